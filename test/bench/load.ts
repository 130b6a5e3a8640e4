/** Sends reviews as API servers do, over TLS connections that stay open, and measures what a target spends on one. */
import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { runClients } from "../e2e/webhook/clients.ts";
import type { BenchContext } from "./context.ts";
import { cpuMicrosecondsOf, type Target } from "./targets.ts";

/** A review recorded from a real API server, for an object in `namespace`. */
export function recordedReview(name: string, namespace: string): string {
  const url = new URL(`../fixtures/admission-reviews/${name}.json`, import.meta.url);
  const review = JSON.parse(readFileSync(url, "utf8")) as { request: { namespace: string } };
  review.request.namespace = namespace;
  return JSON.stringify(review);
}

const WARM_UP_REQUESTS = 5000;

/** CPU microseconds of a request, one figure a round, by the name of the target. */
export type CpuFigures = ReadonlyMap<string, readonly number[]>;

/**
 * Sends the same review to all targets in turn, so that noise falls on all alike. A first round lets the JIT compilers finish
 * and does not count.
 * @throws Error when a request is not answered with status 200
 */
export async function measureCpu(
  targets: readonly Target[],
  review: string,
  { brief, certificate }: BenchContext,
): Promise<CpuFigures> {
  const [rounds, requests] = brief ? [3, 1000] : [7, 5000];
  const agent = new Agent({ keepAlive: true, ca: certificate.cert });
  const figures = new Map<string, number[]>(targets.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const { name, pid, port } of targets) {
      const before = cpuMicrosecondsOf(pid);
      await runClients({ count: round === 0 ? WARM_UP_REQUESTS : requests, clients: 8 }, () =>
        sendReview(`https://127.0.0.1:${port}/mutate`, agent, review),
      );
      if (round > 0) figures.get(name)?.push((cpuMicrosecondsOf(pid) - before) / requests);
    }
  }
  agent.destroy();
  return figures;
}

function sendReview(url: string, agent: Agent, body: string): Promise<void> {
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: "POST", agent, headers }, (response) => {
      response.resume();
      response.once("end", () =>
        response.statusCode === 200 ? resolve() : reject(new Error(`status ${response.statusCode} for a review`)),
      );
    });
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}
