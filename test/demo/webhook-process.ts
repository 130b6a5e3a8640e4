/** Runs the built `pullring serve` as a process of its own and talks to it as an API server does. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { send } from "../server/running-server.ts";

/** A webhook that answers. */
export interface WebhookProcess {
  readonly port: number;
  /** Sends a review over verified HTTPS and gives the parsed answer. @throws when the answer is not 200 */
  review(body: object): Promise<unknown>;
  stop(): Promise<void>;
}

/**
 * Starts the webhook on a free loopback port and waits until it listens.
 * @param credentials files or directories of Secret manifests
 * @param tlsDirectory where the certificate is made and kept
 */
export async function startWebhook(credentials: string, tlsDirectory: string): Promise<WebhookProcess> {
  const listen = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--drain-grace", "0s"];
  const tls = ["--tls", "local", "--tls-dir", tlsDirectory];
  const args = ["dist/pullring.cjs", "serve", "--credentials", credentials, ...tls, ...listen];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const port = await portFromLog(child);
  const ca = readFileSync(join(tlsDirectory, "ca.crt"));
  return {
    port,
    review: (body) => postReview({ port, ca, body: JSON.stringify(body) }),
    stop: async () => {
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

async function portFromLog({ stdout }: ChildProcess): Promise<number> {
  if (stdout === null) throw new Error("the webhook has no output");
  for await (const line of createInterface({ input: stdout })) {
    const { msg, logger, address } = JSON.parse(line) as Readonly<Record<string, string>>;
    if (msg !== "Listening" || logger !== "webhook") continue;
    stdout.resume();
    return Number(address?.split(":").at(-1));
  }
  throw new Error("the webhook ended before it listened");
}

/** Sends a review over verified HTTPS and gives the parsed answer. @throws when the answer is not 200 */
export async function postReview(call: {
  readonly port: number;
  readonly ca: Buffer;
  readonly body: string;
}): Promise<unknown> {
  const { status, text } = await send(new Agent({ ca: call.ca }), call.port, { body: call.body });
  if (status !== 200) throw new Error(`the webhook answered ${status}: ${text}`);
  return JSON.parse(text);
}
