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

/** A running proxy. It keeps no process alive and ends with this one. */
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
  /** Counts `watches`, `reads of a ServiceAccount` by its name, `status NNN` of all answers and `410 in a watch` (an event). */
  readonly seen: ReadonlyMap<string, number>;
}

/** Starts a proxy before the API server of `plane`, on a free port of 127.0.0.1. */
export async function startWatchProxy(plane: ControlPlane): Promise<WatchProxy> {
  const { cert, key, certFile } = await makeServingCertificate(plane.directory, "proxy");
  const agent = new Agent({ keepAlive: true, ca: readFileSync(plane.caFile) });
  const watches = new Set<{ readonly answer: IncomingMessage; readonly response: ServerResponse }>();
  const seen = new Map<string, number>();
  const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);
  let isStalled = false;
  let areWatchesRefused = false;

  const passOn = (answer: IncomingMessage, response: ServerResponse): void => {
    const watch = { answer, response };
    watches.add(watch);
    response.once("close", () => watches.delete(watch));
    answer.on("data", (chunk: Buffer) => {
      if (chunk.includes('"code":410')) count("410 in a watch");
      response.write(chunk);
    });
    answer.once("end", () => response.end());
    answer.once("error", () => response.destroy());
    if (isStalled) answer.pause();
  };
  const server = createServer({ cert, key }, (request, response) => {
    const { method, headers, url = "/" } = request;
    const isWatch = /[?&]watch=(1|true)\b/.test(url);
    if (isWatch) count("watches");
    if (/\/serviceaccounts\/[^/]/.test(url)) count("reads of a ServiceAccount");
    if (isWatch && areWatchesRefused) {
      response.destroy();
      return;
    }
    const forwarded = httpsRequest(new URL(url, plane.url), { method, headers, agent }, (answer) => {
      count(`status ${answer.statusCode}`);
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      response.flushHeaders();
      if (isWatch) passOn(answer, response);
      else answer.pipe(response);
    });
    forwarded.once("error", () => response.destroy());
    response.once("close", () => forwarded.destroy());
    request.pipe(forwarded);
  });
  const port = await listenOn(server);
  server.unref();
  return {
    url: `https://127.0.0.1:${port}`,
    caFile: certFile,
    stallWatches: () => {
      isStalled = true;
      for (const { answer } of watches) answer.pause();
    },
    resumeWatches: () => {
      isStalled = false;
      for (const { answer } of watches) answer.resume();
    },
    cutWatches: () => {
      for (const { response } of watches) response.destroy();
    },
    expireWatches: () => {
      for (const { answer, response } of watches) {
        answer.pause();
        response.end(EXPIRED);
      }
    },
    refuseWatches: (isRefused) => {
      areWatchesRefused = isRefused;
    },
    seen,
  };
}

/** @see kubernetes staging/src/k8s.io/apimachinery/pkg/api/errors NewResourceExpired */
const EXPIRED = `${JSON.stringify({
  type: "ERROR",
  object: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", reason: "Expired", code: 410 },
})}\n`;
