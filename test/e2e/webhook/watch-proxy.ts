/**
 * Stands between pullring and the API server and disturbs watches only: it can stall them silently, cut them, refuse new
 * ones and end them as expired, while every other request goes through. Nothing is changed in what it passes on.
 */
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Agent, createServer, request as httpsRequest } from "node:https";
import { listenOn } from "../../listen-on.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { makeServingCertificate } from "./serving-certificate.ts";

/** A running proxy. It ends with {@link WatchProxy.close}. */
export interface WatchProxy {
  readonly url: string;
  /** PEM of its certificate. */
  readonly caFile: string;
  /** From now on no byte of any watch is passed on; connections stay open, and new watches open and stay silent as well. */
  stallWatches(): void;
  /** Passes on what was held back and what follows. */
  resumeWatches(): void;
  /** Ends the connection of every watch. */
  cutWatches(): void;
  /** Ends every watch with the event of a server that no longer has the history: what follows is a list of everything. */
  expireWatches(): void;
  /** Whether a new watch is cut before it is answered; false at the start. */
  refuseWatches(isRefused: boolean): void;
  /**
   * Watches seen so far, `reads of a ServiceAccount` by its name, and answers to all requests by status (`410 in a watch` for
   * an ERROR event).
   */
  readonly seen: ReadonlyMap<string, number>;
  close(): void;
}

/** Starts a proxy before the API server of `plane`, on a free port of 127.0.0.1. */
export async function startWatchProxy(plane: ControlPlane): Promise<WatchProxy> {
  const { cert, key, certFile } = await makeServingCertificate(plane.directory, "proxy");
  const agent = new Agent({ keepAlive: true, ca: readFileSync(plane.caFile) });
  const state: ProxyState = { watches: new Set(), seen: new Map(), isStalled: false, isRefused: false };
  const server = createServer({ cert, key }, (request, response) => {
    const isWatch = /[?&]watch=(1|true)\b/.test(request.url ?? "");
    if (isWatch) count(state, "watches");
    if (/\/serviceaccounts\/[^/]/.test(request.url ?? "")) count(state, "reads of a ServiceAccount");
    if (isWatch && state.isRefused) response.destroy();
    else forward({ plane, agent, state, isWatch }, request, response);
  });
  const port = await listenOn(server);
  return {
    url: `https://127.0.0.1:${port}`,
    caFile: certFile,
    stallWatches: () => {
      state.isStalled = true;
      for (const { answer } of state.watches) answer.pause();
    },
    resumeWatches: () => {
      state.isStalled = false;
      for (const { answer } of state.watches) answer.resume();
    },
    cutWatches: () => {
      for (const { response } of state.watches) response.destroy();
    },
    expireWatches: () => {
      for (const { answer, response } of state.watches) {
        answer.pause();
        response.end(EXPIRED);
      }
    },
    refuseWatches: (isRefused) => {
      state.isRefused = isRefused;
    },
    seen: state.seen,
    close: () => {
      server.closeAllConnections();
      server.close();
      agent.destroy();
    },
  };
}

/** @see kubernetes staging/src/k8s.io/apimachinery/pkg/api/errors NewResourceExpired */
const EXPIRED = `${JSON.stringify({
  type: "ERROR",
  object: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", reason: "Expired", code: 410 },
})}\n`;

interface Watch {
  readonly answer: IncomingMessage;
  readonly response: ServerResponse;
}

interface ProxyState {
  readonly watches: Set<Watch>;
  readonly seen: Map<string, number>;
  isStalled: boolean;
  isRefused: boolean;
}

interface Forwarding {
  readonly plane: ControlPlane;
  readonly agent: Agent;
  readonly state: ProxyState;
  readonly isWatch: boolean;
}

function forward(
  { plane, agent, state, isWatch }: Forwarding,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { method, headers, url } = request;
  const target = new URL(url ?? "/", plane.url);
  const forwarded = httpsRequest(target, { method, headers, agent }, (answer) => {
    count(state, `status ${answer.statusCode}`);
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    response.flushHeaders();
    if (isWatch) passOn(state, { answer, response });
    else answer.pipe(response);
  });
  forwarded.once("error", () => response.destroy());
  response.once("close", () => forwarded.destroy());
  request.pipe(forwarded);
}

function passOn(state: ProxyState, watch: Watch): void {
  const { answer, response } = watch;
  state.watches.add(watch);
  response.once("close", () => state.watches.delete(watch));
  answer.on("data", (chunk: Buffer) => {
    if (chunk.includes('"code":410')) count(state, "410 in a watch");
    response.write(chunk);
  });
  answer.once("end", () => response.end());
  answer.once("error", () => response.destroy());
  if (state.isStalled) answer.pause();
}

function count({ seen }: ProxyState, what: string): void {
  seen.set(what, (seen.get(what) ?? 0) + 1);
}
