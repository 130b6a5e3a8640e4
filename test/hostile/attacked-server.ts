/** The built `pullring serve` as the target of attacks: one credential, one process, and what the kernel says of its memory. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { connect as connectTcp, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { connect as connectTls } from "node:tls";
import { listOf, secretManifest } from "../files/secret-manifest.ts";
import { makeDirectory } from "../files/temporary-directory.ts";

const PROGRAM = new URL("../../dist/pullring.cjs", import.meta.url).pathname;

/** A running target. */
export interface AttackedServer {
  readonly port: number;
  readonly ca: string;
  /** Highest resident memory so far, in MiB, as the kernel counted it. */
  peakMiB(): number;
  /** Opens a connection and returns it once it stands; errors on it are ignored. */
  openTcp(): Promise<Socket>;
  openTls(): Promise<Socket>;
  isRunning(): boolean;
}

/** Starts a target that ends with its test. */
export async function startAttackedServer(
  context: TestContext,
  furtherManifests: readonly object[] = [],
): Promise<AttackedServer> {
  const directory = makeDirectory(context);
  const credentials = join(directory, "secret.json");
  writeFileSync(credentials, listOf([secretManifest(["default", "quay"], ["quay.io"]), ...furtherManifests]));
  const child = spawn(
    process.execPath,
    [
      // As in the image, half of the memory limit of the manifests.
      ...["--max-old-space-size=128", "--max-semi-space-size=4"],
      ...[PROGRAM, "serve", "--credentials", credentials, "--tls-dir", join(directory, "certs")],
      ...["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"],
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  context.after(() => child.kill("SIGKILL"));
  const port = await portOf(child);
  child.stdout.resume();
  const ca = readFileSync(join(directory, "certs/ca.crt"), "utf8");
  const stand = async (socket: Socket, event: string): Promise<Socket> => {
    socket.on("error", () => undefined);
    await Promise.race([once(socket, event), once(socket, "close")]);
    return socket;
  };
  return {
    port,
    ca,
    peakMiB: () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]) / 1024,
    openTcp: () => stand(connectTcp({ host: "127.0.0.1", port }), "connect"),
    openTls: () => stand(connectTls({ host: "127.0.0.1", port, ca, servername: "localhost" }), "secureConnect"),
    isRunning: () => child.exitCode === null && child.signalCode === null,
  };
}

/** Where it listens; the rest of its output is for the caller to read. */
async function portOf(child: ChildProcess): Promise<number> {
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const { logger, address, msg } = JSON.parse(line) as Record<string, string>;
    if (msg === "Listening" && logger === "webhook") return Number(address?.split(":").at(-1));
  }
  throw new Error("the program does not listen");
}
