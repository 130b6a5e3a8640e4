/** Chooses TCP ports for servers that cannot choose one themselves and must keep it across restarts. */
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * A TCP port that nobody listens on at `address`, below the range from which kernels take the ports of outgoing
 * connections (Linux: 32768 and up): otherwise, while a server restarts, one of its clients can be given the server's
 * port, or even connect to itself.
 * @throws Error when no port is free after many tries
 */
export async function freePort(address: string): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = randomInt(20_000, 32_000);
    if (await isFree(address, port)) return port;
  }
  throw new Error(`no free port between 20000 and 32000 on ${address}`);
}

async function isFree(address: string, port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, address);
    await once(server, "listening");
    server.close();
    await once(server, "close");
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return false;
    throw error;
  }
}
