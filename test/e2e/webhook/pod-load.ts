/**
 * Clients that create Pods all the time while something else goes wrong. Each Pod's image has a credential that existed before;
 * what counts in the end is what the API server has stored.
 */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient } from "../control-plane/api-client.ts";
import { createNamespace, type Namespace } from "./namespace.ts";
import { credentialOf, type PodSpecParts, podOf, pullSecretsOf } from "./objects.ts";
import { createKnown, removeAndWait } from "./settled.ts";

/** What became of the Pods. */
export interface LoadResult {
  /** Pods that are stored. */
  readonly stored: number;
  /** Those among them without their credential. */
  readonly lost: number;
  /** Requests that were refused with words about a webhook. */
  readonly refused: number;
  /** Why requests were not answered by the API server itself, one text for each: it was down or had no etcd. */
  readonly unanswered: readonly string[];
}

/** A running load. */
export interface PodLoad {
  readonly namespace: Namespace;
  /** Pods that were asked for so far. */
  requested(): number;
  /** Ends the creation and counts what is stored. */
  stop(): Promise<LoadResult>;
}

const CREDENTIALS = 20;
const CLIENTS = 4;
/** Between two Pods of a client, so that the load is steady and the machine is not its limit. */
const PAUSE_MS = 30;
/** Longer than any fault of the tests: a request that waits for etcd is answered in the end. */
const REQUEST_TIMEOUT_MS = 40_000;

/** Makes a namespace with credentials and starts to create Pods there. @param spec what the Pods have besides their container */
export async function startPodLoad(api: ApiClient, name: string, spec: PodSpecParts = {}): Promise<PodLoad> {
  const namespace = await createNamespace(api, name);
  for (let number = 0; number < CREDENTIALS; number++) {
    await namespace.create("secrets", credentialOf(`cred-${number}`, registryOf(number)));
  }
  // By the first Pods the namespace is known, by a live read if not by the watch.
  for (let number = 0; number < CREDENTIALS; number++) {
    await namespace.create("pods", podOf(`first-${number}`, `${registryOf(number)}/app`), "?dryRun=All");
  }
  let refused = 0;
  const unanswered: string[] = [];
  let isEnding = false;
  let next = 0;
  const client = async (): Promise<void> => {
    while (!isEnding) {
      const number = next++;
      const pod = podOf(`pod-${number}-${number % CREDENTIALS}`, `${registryOf(number % CREDENTIALS)}/app`, spec);
      const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
      const problem = await api.request("POST", `/api/v1/namespaces/${name}/pods`, pod, { signal }).then(
        ({ status, body }) => (status < 300 ? undefined : `status ${status}: ${JSON.stringify(body)}`),
        (error: unknown) => String(error),
      );
      if (problem !== undefined && /webhook|pullring\.dev/.test(problem)) refused += 1;
      else if (problem !== undefined) unanswered.push(problem);
      await sleep(PAUSE_MS);
    }
  };
  const clients = Promise.all(Array.from({ length: CLIENTS }, client));
  return {
    namespace,
    requested: () => next,
    stop: async () => {
      isEnding = true;
      await clients;
      const pods = await namespace.list("pods");
      const lost = pods.filter((pod) => {
        const number = pod.metadata.name.slice(pod.metadata.name.lastIndexOf("-") + 1);
        return pullSecretsOf(pod).join() !== `cred-${number}`;
      });
      return { stored: pods.length, lost: lost.length, refused, unanswered };
    },
  };
}

/**
 * Runs `fault` while clients create Pods, and shows in the end that a removal is seen, which needs a watch that has recovered.
 * @param aroundMs how long the clients go on before and after the fault
 */
export async function underLoad(
  api: ApiClient,
  context: TestContext,
  { name, aroundMs, fault }: { name: string; aroundMs: number; fault: () => Promise<void> },
): Promise<LoadResult> {
  const load = await startPodLoad(api, name);
  await createKnown(load.namespace, "gone");
  await sleep(aroundMs);
  await fault();
  await sleep(aroundMs);
  await removeAndWait(load.namespace, "gone");
  const result = await load.stop();
  context.diagnostic(describeLoad(context.name, result));
  assert.ok(result.stored > 0);
  return result;
}

function registryOf(number: number): string {
  return `r${number}.load.example`;
}

/** The result in the words of docs/reliability.md. */
export function describeLoad(fault: string, result: LoadResult): string {
  const { stored, lost, refused, unanswered } = result;
  return `${fault}: ${stored} Pods stored, ${lost} lost injections, ${refused} refused on account of pullring, ${unanswered.length} not answered by the API server`;
}
