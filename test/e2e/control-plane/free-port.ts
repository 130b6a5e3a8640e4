/** TCP ports for servers that cannot choose one themselves and must keep it across restarts. */
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * A port that nobody listens on at `address`, below the range from which kernels take the ports of outgoing connections
 * (Linux: 32768 and up): otherwise, while a server restarts, one of its clients can be given the server's port.
 * @throws Error when no port is free after many tries
 */
export async function freePort(address = "127.0.0.1"): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = randomInt(20_000, 32_000);
    const server = createServer();
    try {
      server.listen(port, address);
      await once(server, "listening");
      server.close();
      await once(server, "close");
      return port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    }
  }
  throw new Error(`no free port between 20000 and 32000 on ${address}`);
}
