/** Clients that create Pods one after the other and remember which were stored without their pull secret, and when. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient } from "../e2e/control-plane/api-client.ts";
import { createNamespace } from "../e2e/webhook/namespace.ts";
import { credentialOf, podOf, pullSecretsOf } from "../e2e/webhook/objects.ts";
import { waitUntil } from "../wait-until.ts";

/** When something began and ended, in milliseconds since 1970. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** Running clients. */
export interface Creations {
  /** Pods that the API server has acknowledged. */
  created(): number;
  /** Those of them without their pull secret. */
  readonly lost: readonly Span[];
  /** @throws Error when a creation was refused */
  stop(): Promise<void>;
}

const CLIENTS = 4;
/** Between two Pods of a client, so that the machine is not the limit. */
const PAUSE_MS = 25;
const CREDENTIAL = "registry";

/** Makes a namespace with a credential, waits until it is injected, and begins. */
export async function startCreations(api: ApiClient, name: string): Promise<Creations> {
  const namespace = await createNamespace(api, name);
  await namespace.create("secrets", credentialOf(CREDENTIAL, "registry.example"));
  const isInjected = async (pod: string, query = ""): Promise<boolean> => {
    const stored = await namespace.create("pods", podOf(pod, "registry.example/app"), query);
    return pullSecretsOf(stored).join() === CREDENTIAL;
  };
  await waitUntil("an injection", () => isInjected("first", "?dryRun=All"));
  let count = 0;
  let isEnding = false;
  const lost: Span[] = [];
  const client = async (number: number): Promise<void> => {
    for (let turn = 0; !isEnding; turn += 1) {
      const startMs = Date.now();
      if (!(await isInjected(`pod-${number}-${turn}`))) lost.push({ startMs, endMs: Date.now() });
      count += 1;
      await sleep(PAUSE_MS);
    }
  };
  const clients = Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)));
  clients.catch(() => undefined);
  return {
    created: () => count,
    lost,
    stop: async () => {
      isEnding = true;
      await clients;
    },
  };
}
