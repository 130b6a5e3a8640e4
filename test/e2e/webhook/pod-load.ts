/**
 * Clients that create Pods all the time while something else goes wrong. Each Pod's image has a credential that existed before;
 * what counts in the end is what the API server has stored.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient, ApiResponse } from "../control-plane/api-client.ts";
import { createNamespace, type Namespace } from "./namespace.ts";
import { credentialOf, podOf, pullSecretsOf } from "./objects.ts";

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

/** Makes a namespace with credentials, waits until `isKnown` for the last of them, and starts to create Pods there. */
export async function startPodLoad(api: ApiClient, name: string): Promise<PodLoad> {
  const namespace = await createNamespace(api, name);
  for (let number = 0; number < CREDENTIALS; number++) {
    await namespace.create("secrets", credentialOf(`cred-${number}`, registryOf(number)));
  }
  // By the first Pods the namespace is known, by their live look if not by the watch.
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
      const pod = podOf(`pod-${number}-${number % CREDENTIALS}`, `${registryOf(number % CREDENTIALS)}/app`);
      const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
      const path = `/api/v1/namespaces/${name}/pods`;
      const fault = await faultOf(api.request("POST", path, pod, { signal }));
      if (fault !== undefined && /webhook|pullring\.dev/.test(fault)) {
        refused += 1;
      } else if (fault !== undefined) {
        unanswered.push(fault);
      }
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

/** undefined for an object that was created. */
async function faultOf(request: Promise<ApiResponse>): Promise<string | undefined> {
  try {
    const { status, body } = await request;
    return status < 300 ? undefined : `status ${status}: ${JSON.stringify(body)}`;
  } catch (error) {
    return String(error);
  }
}

function registryOf(number: number): string {
  return `r${number}.load.example`;
}

/** The result in the words of docs/reliability.md. */
export function describeLoad(fault: string, result: LoadResult): string {
  const { stored, lost, refused, unanswered } = result;
  return `${fault}: ${stored} Pods stored, ${lost} lost injections, ${refused} refused on account of pullring, ${unanswered.length} not answered by the API server`;
}
