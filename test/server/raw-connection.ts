/** Connections on which tests write bytes of their own, and sources that keep a request waiting. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent } from "node:https";
import type { TestContext } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import type { CredentialSource } from "../../src/server/admission/ports.ts";
import type { ServerLimits } from "../../src/server/limits/server-limits.ts";
import { waitUntil } from "../wait-until.ts";
import { EMPTY_SOURCE } from "./admission/example-source.ts";
import { send, startFor, type TestServer } from "./running-server.ts";

/** A connection to the webhook port. */
export interface RawConnection {
  readonly socket: TLSSocket;
  /** All that the server has sent. */
  received(): string;
  /** Resolves with all that the server sent when the connection is closed. */
  readonly ended: Promise<string>;
}

/** Opens a connection, and waits until its handshake is over or it is closed. */
export async function openRaw(context: TestContext, server: TestServer): Promise<RawConnection> {
  const socket = connect({ ...server.server.address, ca: server.ca, servername: "localhost" });
  context.after(() => socket.destroy());
  let received = "";
  socket.setEncoding("utf8").on("data", (text: string) => {
    received += text;
  });
  socket.on("error", () => undefined);
  const ended = new Promise<string>((resolve) => {
    socket.on("close", () => resolve(received));
  });
  await Promise.race([once(socket, "secureConnect"), ended]);
  return { socket, received: () => received, ended };
}

/** The head of a review whose body has `bytes`. */
export function headOf(bytes: number): string {
  return `POST /mutate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n`;
}

/** Sends a body over a connection of its own and gives the status. */
export async function callAnew(server: TestServer, body: string): Promise<number> {
  const agent = new Agent({ ca: server.ca });
  const { status } = await send(agent, server.server.address.port, { body });
  agent.destroy();
  return status;
}

const reviewOf = (object: unknown): string =>
  JSON.stringify({
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: { uid: "u-1", kind: { group: "", kind: "Pod" }, operation: "CREATE", namespace: "a", object },
  });

/** A review that is answered at once. */
export const QUICK_REVIEW: string = reviewOf({});

/** A review that waits for a live read where there are any; `more` makes it long. */
export function waitingReview(more: unknown = null): string {
  return reviewOf({ spec: { containers: [{ name: "a", image: "quay.io/a" }] }, more });
}

/** A source whose live reads wait. */
export interface WaitingSource extends CredentialSource {
  /** Waits until so many live reads were asked for. */
  untilAsked(count: number): Promise<unknown>;
  /** Ends all of them, and those to come. */
  answer(): void;
}

/** Starts a server over such a source. */
export async function startWaiting(
  context: TestContext,
  limits: Partial<ServerLimits> = {},
): Promise<{ readonly server: TestServer; readonly source: WaitingSource }> {
  const ended = new AbortController();
  let count = 0;
  const source: WaitingSource = {
    view: EMPTY_SOURCE.view,
    readLive: async ({ namespace, serviceAccountName }) => {
      count += 1;
      if (!ended.signal.aborted) await once(ended.signal, "abort");
      return { view: EMPTY_SOURCE.view(namespace, serviceAccountName), result: "fresh" };
    },
    untilAsked: (wanted) => waitUntil(`${wanted} live reads`, () => count === wanted),
    answer: () => ended.abort(),
  };
  return { source, server: await startFor(context, { limits: { closeTimeoutMs: 100, ...limits }, source }) };
}

/** Waits for the second response of 200 on a connection. */
export async function untilSecondResponse({ socket, received }: RawConnection): Promise<void> {
  const isThere = (): boolean => received().split("HTTP/1.1 200 ").length === 3;
  await waitUntil("two responses", () => socket.destroyed || isThere());
  assert.ok(isThere());
}
