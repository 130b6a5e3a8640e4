/** What the API server has acknowledged before a request is seen by it, however late the watch is. */
import assert from "node:assert/strict";
import { after, before, describe, type TestContext, test } from "node:test";
import type { ApiClient } from "./control-plane/api-client.ts";
import { runClients } from "./webhook/clients.ts";
import { PATIENT, startProxiedPlane } from "./webhook/installed-plane.ts";
import { createNamespace, type Namespace } from "./webhook/namespace.ts";
import { credentialOf, podOf, pullSecretsOf } from "./webhook/objects.ts";
import { createKnown, waitForRemoval, wouldGet, wouldGetByWatch } from "./webhook/settled.ts";

const PAIRS = { count: 2_000, clients: 16 };

describe("right after a write", () => {
  let installed: Awaited<ReturnType<typeof startProxiedPlane>>;
  before(async () => {
    installed = await startProxiedPlane(PATIENT);
  });
  after(() => installed?.plane.stop());

  test("2,000 Pods name the credentials created right before them", async (context) => {
    const lost = await createPairs(installed.plane.api, "pairs", PAIRS);
    report(context, "pairs of a credential and a Pod, 16 clients", PAIRS.count, lost.length);
    assert.deepEqual(lost, []);
  });

  test("2,000 Pods name the credentials created right before them while all watches are stalled", async (context) => {
    const { plane, proxy } = installed;
    const namespace = await createNamespace(plane.api, "stalled");
    await createKnown(namespace, "gone");
    proxy.stallWatches();
    await namespace.remove("secrets", "gone");
    const lost = await createPairs(plane.api, "stalled-pairs", PAIRS);
    report(context, "pairs while all watches were stalled, 16 clients", PAIRS.count, lost.length);
    assert.deepEqual(lost, []);
    // The watch was silent, or this would be no test: by what it reported the credential is still there.
    assert.deepEqual(await wouldGetByWatch(namespace, "gone.example/app"), ["gone"]);
    assert.deepEqual(await wouldGet(namespace, "gone.example/app"), []);
    proxy.resumeWatches();
    await waitForRemoval(namespace, "gone");
  });
});

function report(context: TestContext, what: string, count: number, lost: number): void {
  context.diagnostic(`${what}: ${count}, lost injections: ${lost}`);
}

/** How many namespaces the pairs are spread over. */
const NAMESPACES = 50;

/** Creates `count` pairs from `clients` concurrent clients and returns the numbers of those whose Pod lacks its credential. */
async function createPairs(
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
