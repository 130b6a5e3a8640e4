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
const ROTATIONS = 300;

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

  for (const isStalled of [false, true]) {
    const state = isStalled ? "while all watches are stalled" : "while the watches are late at most";
    test(`300 Pods name the second credential of a registry, created right before them, ${state}`, () =>
      tellRotations(isStalled, async (namespace, number) => {
        await namespace.create("secrets", credentialOf(`new-${number}`, `r${number}.example`));
        return [`new-${number}`, `old-${number}`];
      }));

    test(`300 Pods name the credential that replaced another right before them, ${state}`, () =>
      tellRotations(isStalled, async (namespace, number) => {
        await namespace.create("secrets", credentialOf(`new-${number}`, `r${number}.example`));
        await namespace.remove("secrets", `old-${number}`);
        return [`new-${number}`];
      }));
  }

  let told = 0;

  /** Has 8 clients change a known credential each and create a Pod, which has to name what `change` gives. */
  async function tellRotations(
    isStalled: boolean,
    change: (namespace: Namespace, number: number) => Promise<readonly string[]>,
  ): Promise<void> {
    const { plane, proxy } = installed;
    const namespace = await createNamespace(plane.api, `rotation-${told++}`);
    for (let number = 0; number < ROTATIONS; number++) {
      await namespace.create("secrets", credentialOf(`old-${number}`, `r${number}.example`));
    }
    await createKnown(namespace, "last");
    if (isStalled) proxy.stallWatches();
    try {
      const wrong: number[] = [];
      await runClients({ count: ROTATIONS, clients: 8 }, async (number) => {
        const names = await change(namespace, number);
        const pod = await namespace.create("pods", podOf(`pod-${number}`, `r${number}.example/app:1`));
        if (pullSecretsOf(pod).join() !== names.join()) wrong.push(number);
      });
      assert.deepEqual(wrong, []);
    } finally {
      proxy.resumeWatches();
    }
  }
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
