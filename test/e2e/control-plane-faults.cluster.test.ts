/** Faults of the control plane and of pullring itself, while clients create Pods all the time. */
import assert from "node:assert/strict";
import { after, before, describe, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { ControlPlane } from "./control-plane/control-plane.ts";
import { type InstalledPlane, startInstalledPlane } from "./webhook/installed-plane.ts";
import { describeLoad, type LoadResult, type PodLoad, startPodLoad } from "./webhook/pod-load.ts";
import { createKnown, removeAndWait } from "./webhook/settled.ts";

/** How long the clients go on before and after a fault. */
const AROUND_MS = 2_000;
const ETCD_PAUSE_MS = 20_000;

describe("while clients create Pods, nothing is lost and nothing refused when", () => {
  let installed: InstalledPlane;
  let plane: ControlPlane;
  before(async () => {
    installed = await startInstalledPlane();
    ({ plane } = installed);
  });
  after(() => plane?.stop());

  /** Runs `fault` under load, then shows that the watches have recovered. */
  async function underLoad(
    context: TestContext,
    { name, fault }: { readonly name: string; readonly fault: (load: PodLoad) => Promise<void> },
  ): Promise<LoadResult> {
    const load = await startPodLoad(plane.api, name);
    await createKnown(load.namespace, "gone");
    await sleep(AROUND_MS);
    await fault(load);
    await sleep(AROUND_MS);
    await removeAndWait(load.namespace, "gone");
    const result = await load.stop();
    context.diagnostic(describeLoad(context.name, result));
    assert.ok(result.stored > 0);
    return result;
  }

  test("the API server is killed and started again, three times", async (context) => {
    const fault = async (): Promise<void> => {
      for (let round = 0; round < 3; round++) {
        await plane.restartApiServer({ signal: "SIGKILL" });
        await sleep(AROUND_MS);
      }
    };
    assertHarmless(await underLoad(context, { name: "api-server-killed", fault }));
  });

  test("the API server comes back with a certificate of another authority", async (context) => {
    const fault = (): Promise<void> => plane.restartApiServer({ newCertificate: true });
    assertHarmless(await underLoad(context, { name: "authority-replaced", fault }));
  });

  test("etcd is paused for 20 s", async (context) => {
    const fault = async (): Promise<void> => {
      plane.pauseEtcd();
      try {
        await sleep(ETCD_PAUSE_MS);
      } finally {
        plane.resumeEtcd();
      }
    };
    assertHarmless(await underLoad(context, { name: "etcd-paused", fault }));
  });

  // failurePolicy Ignore: Pods of the time without pullring are stored as they are. docs/reliability.md names the number.
  test("pullring is killed and started again: only Pods of its absence go without", async (context) => {
    const { pullring } = installed;
    const fault = async (): Promise<void> => {
      await pullring.current().end("SIGKILL");
      await pullring.startAgain();
    };
    const result = await underLoad(context, { name: "pullring-killed", fault });
    assert.equal(result.refused, 0);
    assert.ok(result.lost < result.stored / 2, `${result.lost} of ${result.stored} lost`);
    const load = await startPodLoad(plane.api, "after-pullring-was-killed");
    await sleep(AROUND_MS);
    assertHarmless(await load.stop());
  });
});

function assertHarmless({ lost, refused }: LoadResult): void {
  assert.deepEqual({ lost, refused }, { lost: 0, refused: 0 });
}
