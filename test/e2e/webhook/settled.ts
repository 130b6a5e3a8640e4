/** Waits for what pullring learns by its watch alone, which Pods of controllers show: no live read is made for them. */
import { waitUntil } from "../../wait-until.ts";
import type { Namespace } from "./namespace.ts";
import { credentialOf, podOf, pullSecretsOf } from "./objects.ts";

/** Longer than the idle time-out of watches (90 s) and their longest back-off (30 s) together. */
const TIMEOUT_MS = 240_000;

/** Names in the list that a Pod with `image` would be stored with. */
export async function wouldGet(namespace: Namespace, image: string): Promise<readonly string[]> {
  return pullSecretsOf(await namespace.create("pods", podOf("would-get", image), "?dryRun=All"));
}

/** The same for a Pod of a controller, which is decided by what the watches have reported. */
export async function wouldGetByWatch(namespace: Namespace, image: string): Promise<readonly string[]> {
  const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: "1", controller: true };
  const { spec } = podOf("by-watch", image) as { readonly spec: object };
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "by-watch", ownerReferences: [owner] }, spec };
  return pullSecretsOf(await namespace.create("pods", pod, "?dryRun=All"));
}

/** Creates a credential and returns when Pods get it. Pair with {@link removeAndWait}. */
export async function createKnown(namespace: Namespace, name: string): Promise<void> {
  await namespace.create("secrets", credentialOf(name, `${name}.example`));
  await waitForUse(namespace, name);
}

export async function waitForUse(namespace: Namespace, name: string): Promise<void> {
  const isUsed = async () => (await wouldGetByWatch(namespace, `${name}.example/app`)).includes(name);
  await waitUntil(`credential ${name} in force`, isUsed);
}

export async function removeAndWait(namespace: Namespace, name: string): Promise<void> {
  await namespace.remove("secrets", name);
  await waitForRemoval(namespace, name);
}

/** Returns when Pods get the credential no more. */
export async function waitForRemoval(namespace: Namespace, name: string): Promise<void> {
  await waitUntil(
    `credential ${name} no longer in force`,
    async () => !(await wouldGetByWatch(namespace, `${name}.example/app`)).includes(name),
    { timeoutMs: TIMEOUT_MS, intervalMs: 250 },
  );
}
