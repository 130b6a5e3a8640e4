/** Faults between pullring and the API server, while clients create Pods all the time. */
import assert from "node:assert/strict";
import { after, before, describe, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { waitUntil } from "../wait-until.ts";
import type { ControlPlane } from "./control-plane/control-plane.ts";
import { renewToken } from "./webhook/install.ts";
import { startProxiedPlane } from "./webhook/installed-plane.ts";
import { underLoad } from "./webhook/pod-load.ts";
import type { WatchProxy } from "./webhook/watch-proxy.ts";

const AROUND_MS = 1_000;
const CUTS = 20;
const RIGHTS = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";

describe("while clients create Pods, nothing is lost and nothing refused when", () => {
  let installed: Awaited<ReturnType<typeof startProxiedPlane>>;
  let plane: ControlPlane;
  let proxy: WatchProxy;
  before(async () => {
    installed = await startProxiedPlane();
    ({ plane, proxy } = installed);
  });
  after(() => installed?.plane.stop());

  const readLog = (): string => installed.pullring.current().readLog();
  /** Has all watches begin again, every second. */
  const cutUntil = (what: string, check: () => boolean): Promise<boolean> => {
    const cut = () => {
      proxy.cutWatches();
      return check();
    };
    return waitUntil(what, cut, { timeoutMs: 120_000, intervalMs: 1_000 });
  };

  async function assertHarmless(context: TestContext, name: string, fault: () => Promise<void>): Promise<void> {
    const result = await underLoad(plane.api, context, { name, aroundMs: AROUND_MS, fault });
    const { lost, refused, unanswered } = result;
    if (name !== "compacted") assert.deepEqual(unanswered, []);
    assert.deepEqual({ lost, refused }, { lost: 0, refused: 0 });
  }

  test("all watches are cut at random times, 20 times", async (context) => {
    const before = proxy.seen.get("watches") ?? 0;
    await assertHarmless(context, "cut", async () => {
      for (let cut = 0; cut < CUTS; cut++) {
        await sleep(Math.random() * 500);
        proxy.cutWatches();
      }
    });
    const again = (proxy.seen.get("watches") ?? 0) - before;
    context.diagnostic(`watches that were opened again: ${again}`);
    assert.ok(again >= 3);
  });

  test("the history that a watch would go on from is compacted (410 Gone)", async (context) => {
    const count = (): number => (proxy.seen.get("410 in a watch") ?? 0) + (proxy.seen.get("status 410") ?? 0);
    const before = count();
    await assertHarmless(context, "compacted", async () => {
      proxy.refuseWatches(true);
      proxy.cutWatches();
      await sleep(AROUND_MS);
      // Only etcd forgets; the API server has to lose its own history of the last minutes as well.
      await plane.compactEtcd();
      await plane.restartApiServer({ signal: "SIGKILL" });
      proxy.refuseWatches(false);
      await waitUntil("410 Gone", () => count() > before, { timeoutMs: 120_000 });
    });
  });

  test("its token has expired, and is renewed later", async (context) => {
    const { tokenFile } = installed.identity;
    const count = (): number => proxy.seen.get("status 401") ?? 0;
    await assertHarmless(context, "token", async () => {
      await renewToken(plane, tokenFile, 2);
      await cutUntil("a refused token", () => count() > 0);
      await sleep(AROUND_MS);
      await renewToken(plane, tokenFile);
    });
  });

  test("its rights are revoked, which its log and /readyz name, and given back later", async (context) => {
    const binding = await plane.api.expect("GET", `${RIGHTS}/pullring-credentials`);
    await assertHarmless(context, "rights", async () => {
      await plane.api.expect("DELETE", `${RIGHTS}/pullring-credentials`);
      await cutUntil("a log line that names the rule", () => readLog().includes("Lacked a right at the API server"));
      const { text } = await installed.pullring.admin("/readyz");
      assert.match(text, /^ok\ncredentials: .*missing right: (list|watch) secrets/s);
      const { metadata, roleRef, subjects } = binding;
      await plane.api.expect("POST", RIGHTS, { metadata: { name: metadata.name }, roleRef, subjects });
    });
    assert.match(readLog(), /"verb":"(list|watch)".*"rule":"[^"]*secrets/);
  });

  test("all watches are stalled silently until pullring replaces them", async (context) => {
    await assertHarmless(context, "stalled", async () => {
      proxy.stallWatches();
      const isReplaced = () => readLog().includes("Replaced a silent watch");
      await waitUntil("a replaced watch", isReplaced, { timeoutMs: 240_000, intervalMs: 500 });
      proxy.resumeWatches();
    });
  });
});
