/** Sends reviews as API servers do, over TLS connections that stay open; and writes the credentials that targets load. */
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { runClients } from "../e2e/webhook/clients.ts";
import { credentialOf } from "../e2e/webhook/objects.ts";
import type { BenchContext } from "./cluster.ts";
import { cpuMicrosecondsOf, type Target } from "./targets.ts";

/** A review recorded from a real API server, for an object in `namespace`. */
export function recordedReview(name: string, namespace: string): string {
  const url = new URL(`../fixtures/admission-reviews/${name}.json`, import.meta.url);
  const review = JSON.parse(readFileSync(url, "utf8")) as { request: { namespace: string } };
  review.request.namespace = namespace;
  return JSON.stringify(review);
}

const WARM_UP_REQUESTS = 5000;

/**
 * CPU microseconds of a request, one figure a round, by the name of the target. All targets get the same review in turn, so
 * that noise falls on all alike. A first round lets the JIT compilers finish and does not count.
 * @throws Error when a request is not answered with status 200
 */
export async function measureCpu(
  targets: readonly Target[],
  review: string,
  { brief, certificate }: BenchContext,
): Promise<ReadonlyMap<string, readonly number[]>> {
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

async function sendReview(url: string, agent: Agent, body: string): Promise<void> {
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  const outgoing = request(url, { method: "POST", agent, headers }).end(body);
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  await once(response.resume(), "end");
  if (response.statusCode !== 200) throw new Error(`status ${response.statusCode} for a review`);
}

/** The registry of the recorded reviews. */
const RECORDED_REGISTRY = "10.99.0.1:15000";

/** What to write. Namespaces are named `ns-<number>`. */
export interface CredentialPlan {
  readonly namespaces: number;
  readonly perNamespace: number;
  /** Whether the first credential of a namespace serves the recorded images. */
  readonly serving: boolean;
  /** Whether the keys of the others hold a star. */
  readonly globs?: boolean;
}

/** Writes a List of Secrets into `directory` and gives its path. */
export function writeCredentials(directory: string, plan: CredentialPlan): string {
  const registryOf = (index: number): string => {
    if (plan.serving && index === 0) return RECORDED_REGISTRY;
    return plan.globs ? `*.registry-${index}.example.com:5000` : `registry-${index}.example.com`;
  };
  const items = Array.from({ length: plan.namespaces * plan.perNamespace }, (_, number) => {
    const index = number % plan.perNamespace;
    const metadata = { name: `credential-${index}`, namespace: `ns-${Math.floor(number / plan.perNamespace)}` };
    return { ...credentialOf(metadata.name, registryOf(index)), metadata };
  });
  const file = join(directory, `${Object.values(plan).join("-")}.json`);
  writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  return file;
}
