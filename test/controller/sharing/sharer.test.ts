/** When copies are written, when not, and what becomes of errors; the time is in the test's hand, the server's side in a writer. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ApiServerError, refusal } from "../../../src/cluster/api/api-server-error.ts";
import { ReflectedTable } from "../../../src/cluster/index/reflected-table.ts";
import { namespaceResource } from "../../../src/cluster/objects/namespace-resource.ts";
import { type ObservedCopy, sharedCopyResource } from "../../../src/cluster/objects/shared-copy-resource.ts";
import { sharedSourceResource } from "../../../src/cluster/objects/shared-source-resource.ts";
import { ChangeSet } from "../../../src/controller/change-set.ts";
import { Backlog } from "../../../src/controller/sharing/backlog.ts";
import type { WriteOutcome } from "../../../src/controller/sharing/copy-writer.ts";
import { Sharer } from "../../../src/controller/sharing/sharer.ts";
import { SharingState } from "../../../src/controller/sharing/sharing-state.ts";
import { DEFAULT_WEBHOOKS } from "../../../src/core/admission/webhook-selection.ts";
import { readReach } from "../../../src/core/sharing/share-with.ts";
import { createLogger } from "../../../src/telemetry/logger.ts";
import { moment, until } from "../../cluster/testbed.ts";
import { ManualClock } from "../../manual-clock.ts";

const TYPE = "kubernetes.io/dockerconfigjson";
const RULE = { verb: "create", resource: "secrets", namespace: undefined } as const;

/** A running sharer. */
interface Bed {
  readonly clock: ManualClock;
  readonly state: SharingState;
  readonly sharer: Sharer;
  readonly changes: ChangeSet;
  /** Each write that was tried, as `step namespace/name`. */
  readonly tried: string[];
  /** What was told, as `code name`. */
  readonly told: string[];
  /** Seconds until the last copy of a change. */
  readonly shared: number[];
  isReady: boolean;
  /** What becomes of a write; the watch shows those that are done unless it is silent. */
  outcome: (namespace: string) => WriteOutcome | Error | Promise<Error>;
  isSilent: boolean;
  addNamespace(name: string): void;
  share(name: string, digest?: string): void;
  unshare(name: string): void;
  copy(namespace: string, name: string): ObservedCopy | undefined;
}

function startSharer(t: TestContext, { isReady = true } = {}): Bed {
  const clock = new ManualClock();
  const changes = new ChangeSet(clock);
  const digestOf = (): string => "";
  const sources = new ReflectedTable(
    { resource: sharedSourceResource(TYPE, digestOf), namespace: "shared" },
    (_, name) => (name === undefined ? changes.note() : changes.note("shared", name)),
  );
  const copies = new ReflectedTable(
    { resource: sharedCopyResource(TYPE, "shared", digestOf), namespace: undefined },
    (space, name) => {
      if (space !== undefined && name !== undefined) sharer.release({ namespace: space, name });
      changes.note(space, name);
    },
  );
  const namespaces = new ReflectedTable({ resource: namespaceResource(), namespace: undefined }, (_, name) =>
    changes.note(name),
  );
  const state = new SharingState("shared", { sources: [sources], copies: [copies], namespaces: [namespaces] });
  state.webhooks = DEFAULT_WEBHOOKS;
  const [tried, told, shared]: [string[], string[], number[]] = [[], [], []];
  let version = 1;
  const sharer = new Sharer({
    changes,
    state,
    backlog: new Backlog(() => false),
    writer: {
      write: async ({ namespace, name }, { step, source }) => {
        tried.push(`${step} ${namespace}/${name}`);
        const outcome = await bed.outcome(namespace);
        if (outcome instanceof Error) throw outcome;
        if (outcome !== "written" || bed.isSilent) return outcome;
        version += 1;
        const key = { namespace, name, version };
        if (step === "remove") copies.remove(key);
        else {
          const value = { type: TYPE, digest: source?.digest ?? "", isImmutable: false, isBeingDeleted: false };
          copies.put({ ...key, value: { ...value, version, isOurs: true } });
        }
        return outcome;
      },
    },
    reporter: { report: (name, _, { code }) => told.push(`${code} ${name}`) },
    isReady: () => bed.isReady,
    writesPerSecond: 1_000,
    onWritten: () => undefined,
    onShared: (seconds) => shared.push(seconds),
    clock,
    logger: createLogger({ level: "fatal", version: "1" }),
  });
  const bed: Bed = {
    ...{ clock, state, sharer, changes, tried, told, shared, isReady, isSilent: false },
    outcome: () => "written",
    addNamespace: (name) => {
      const value = { labels: { team: "shop" }, isBeingDeleted: false };
      namespaces.put({ namespace: "", name, version: ++version, value });
    },
    share: (name, digest = "one") => {
      const reach = readReach({ metadata: { annotations: { "pullring.dev/share-with": "team=shop" } } });
      const value = { type: TYPE, version: ++version, uid: name, digest, reach };
      sources.put({ namespace: "shared", name, version, value });
    },
    unshare: (name) => sources.remove({ namespace: "shared", name, version: ++version }),
    copy: (namespace, name) => copies.inNamespace(namespace).get(name),
  };
  const stopped = new AbortController();
  const running = sharer.run(stopped.signal);
  t.after(() => {
    stopped.abort();
    return running;
  });
  return bed;
}

/** Moves the clock on until `condition` holds. */
async function untilTimePassed({ clock }: Bed, condition: () => boolean): Promise<void> {
  await until(() => {
    clock.advance(1_000);
    return condition();
  });
}

test("writes that the server fails to do keep no more than half of the writers from others", async (t) => {
  const bed = startSharer(t);
  const failures: (() => void)[] = [];
  const failed = new ApiServerError("no answer", { isTimeout: true });
  bed.outcome = (namespace) =>
    namespace.startsWith("silent") ? new Promise((resolve) => failures.push(() => resolve(failed))) : "written";
  for (let position = 0; position < 12; position += 1) bed.addNamespace(`silent-${position}`);
  bed.share("hub");
  await until(() => failures.length === 8);
  for (let ended = 0; ended < 12; ended += 1) {
    await until(() => failures.length > 0);
    failures.shift()?.();
  }
  await untilTimePassed(bed, () => failures.length === 4);
  bed.addNamespace("well");
  await until(() => bed.copy("well", "hub") !== undefined);
  assert.equal(failures.length, 4);
  bed.outcome = () => failed;
  for (const fail of failures) fail();
});

test("writes what is missing once, and tells when a change has reached all", async (t) => {
  const bed = startSharer(t);
  for (const name of ["a", "b", "shared"]) bed.addNamespace(name);
  bed.share("hub");
  await until(() => bed.shared.length === 1);
  assert.deepEqual(bed.tried, ["create a/hub", "create b/hub"]);
  assert.equal(bed.sharer.countWanted(), 2);
  bed.share("hub", "two");
  await until(() => bed.shared.length === 2);
  bed.unshare("hub");
  await until(() => bed.copy("a", "hub") === undefined && bed.copy("b", "hub") === undefined);
  assert.deepEqual(bed.tried.slice(2), ["replace a/hub", "replace b/hub", "remove a/hub", "remove b/hub"]);
  assert.equal(bed.sharer.countWanted(), 0);
});

test("does nothing before all was listed, and nothing while nobody says what is served", async (t) => {
  const bed = startSharer(t, { isReady: false });
  bed.addNamespace("a");
  bed.share("hub");
  await moment(20);
  assert.deepEqual(bed.tried, []);
  bed.state.webhooks = undefined;
  bed.isReady = true;
  await untilTimePassed(bed, () => bed.sharer.problem !== undefined);
  assert.match(
    bed.sharer.problem ?? "",
    /^no webhook configuration of pullring says what is served, so nothing is shared/,
  );
  bed.state.webhooks = DEFAULT_WEBHOOKS;
  bed.changes.note();
  await untilTimePassed(bed, () => bed.tried.length > 0);
  assert.equal(bed.sharer.problem, undefined);
});

test("pauses while the server does not answer, as long as it asks for, and loses nothing", async (t) => {
  const bed = startSharer(t);
  bed.outcome = () => new ApiServerError("status 429", { status: 429, retryAfterMs: 7_000 });
  bed.addNamespace("a");
  bed.share("hub");
  await until(() => bed.clock.delays.includes(7_000));
  bed.outcome = () => new ApiServerError("no answer: ECONNRESET");
  await untilTimePassed(bed, () => bed.tried.length >= 3);
  assert.deepEqual(bed.told, []);
  bed.outcome = () => "written";
  await untilTimePassed(bed, () => bed.copy("a", "hub") !== undefined);
  assert.equal(bed.shared.length, 1);
});

test("what somebody else has to put right is told of, tried again ever more rarely, and keeps nobody else waiting", async (t) => {
  const bed = startSharer(t);
  bed.outcome = () => refusal(403, RULE);
  bed.addNamespace("a");
  bed.share("hub");
  await until(() => bed.told.length === 1);
  assert.equal(bed.sharer.problem, "missing right: create secrets in all namespaces");
  assert.deepEqual([...bed.sharer.countBlocked()], [["missing-right", 1]]);
  bed.outcome = () => "name-taken";
  await untilTimePassed(bed, () => bed.told.length === 2);
  assert.deepEqual([...bed.sharer.countBlocked()], [["name-taken", 1]]);
  assert.equal(bed.sharer.problem, undefined);
  bed.outcome = () => refusal(403, RULE, { obstacle: "quota" });
  await untilTimePassed(bed, () => bed.told.length === 3);
  bed.outcome = () => refusal(422, RULE);
  await untilTimePassed(bed, () => bed.told.length === 4);
  assert.deepEqual(bed.told, ["missing-right hub", "name-taken hub", "quota-full hub", "refused hub"]);
  const waited = bed.clock.delays.filter((delay) => delay >= 9_000 && delay <= 80_000).length;
  assert.ok(waited > 0);
  bed.outcome = () => "written";
  bed.addNamespace("b");
  await until(() => bed.copy("b", "hub") !== undefined);
  await untilTimePassed(bed, () => bed.copy("a", "hub") !== undefined);
  assert.deepEqual([...bed.sharer.countBlocked()], []);
});

test("what was written is not written again before the watch had time to show it", async (t) => {
  const bed = startSharer(t);
  bed.isSilent = true;
  bed.addNamespace("a");
  bed.share("hub");
  await until(() => bed.tried.length === 1);
  bed.changes.note();
  await moment(30);
  assert.equal(bed.tried.length, 1);
  await untilTimePassed(bed, () => bed.tried.length === 2);
});

test("what is wanted no more is taken out of the backlog", async (t) => {
  const bed = startSharer(t);
  bed.outcome = () => new ApiServerError("no answer: ECONNREFUSED");
  for (let number = 0; number < 20; number += 1) bed.addNamespace(`n${number}`);
  bed.share("hub");
  await until(() => bed.tried.length > 0);
  bed.unshare("hub");
  bed.outcome = () => "written";
  await untilTimePassed(bed, () => bed.shared.length === 1);
  const tried = bed.tried.length;
  bed.clock.advance(10_000);
  await moment(30);
  assert.equal(bed.tried.length, tried);
});
