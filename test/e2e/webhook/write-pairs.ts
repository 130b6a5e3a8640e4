/** Pairs of a credential and a Pod that needs it, back to back, from many clients at once. */
import type { ApiClient } from "../control-plane/api-client.ts";
import { runClients } from "./clients.ts";
import { createNamespace, type Namespace } from "./namespace.ts";
import { credentialOf, podOf, pullSecretsOf } from "./objects.ts";

/** How many namespaces the pairs are spread over. */
const NAMESPACES = 50;

/** Creates `count` pairs from `clients` concurrent clients and returns the numbers of those whose Pod lacks its credential. */
export async function createPairs(
  api: ApiClient,
  prefix: string,
  size: { readonly count: number; readonly clients: number },
): Promise<readonly number[]> {
  const namespaces: Namespace[] = [];
  for (let number = 0; number < NAMESPACES; number++) {
    namespaces.push(await createNamespace(api, `${prefix}-${number}`));
  }
  const lost: number[] = [];
  await runClients(size, async (number) => {
    const namespace = namespaces[number % NAMESPACES] as Namespace;
    await namespace.create("secrets", credentialOf(`cred-${number}`, `r${number}.example`));
    const pod = await namespace.create("pods", podOf(`pod-${number}`, `r${number}.example/app:1`));
    if (pullSecretsOf(pod).join() !== `cred-${number}`) lost.push(number);
  });
  return lost;
}
