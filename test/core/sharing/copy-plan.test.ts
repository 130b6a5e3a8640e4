import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type CopyState,
  planCopy,
  type ReceivingNamespace,
  type SharedCopy,
  type SharedSource,
} from "../../../src/core/sharing/copy-plan.ts";
import { readReach } from "../../../src/core/sharing/share-with.ts";

function reachOf(text: string): SharedSource["reach"] {
  return readReach({ metadata: { annotations: { "pullring.dev/share-with": text } } });
}

const SOURCE: SharedSource = { type: "json", digest: "one", reach: reachOf("team=shop") };
const NAMESPACE: ReceivingNamespace = { labels: { team: "shop" }, isBeingDeleted: false, isServed: true };
const COPY: SharedCopy = { type: "json", digest: "one", isImmutable: false, isBeingDeleted: false };
const BROKEN = reachOf("team=");
const UNREADABLE = { ...SOURCE, reach: reachOf("team in shop") };

for (const [title, state, isWanted, step] of [
  ["nothing is there and nothing is shared", { source: undefined, copy: undefined }, false, null],
  ["a namespace lacks its copy", { copy: undefined }, true, "create"],
  ["all is as it should be", {}, true, null],
  ["the payload is another one", { copy: { ...COPY, digest: "two" } }, true, "replace"],
  ["the copy holds more than the payload", { copy: { ...COPY, digest: null } }, true, "replace"],
  ["the type is another one", { copy: { ...COPY, type: "dockercfg" } }, true, "remove"],
  ["an immutable copy is out of date", { copy: { ...COPY, digest: "two", isImmutable: true } }, true, "remove"],
  ["an immutable copy is up to date", { copy: { ...COPY, isImmutable: true } }, true, null],
  ["the copy is on its way out", { copy: { ...COPY, digest: "two", isBeingDeleted: true } }, true, null],
  ["the source is gone", { source: undefined }, false, "remove"],
  ["the source is shared no more", { source: { ...SOURCE, reach: undefined } }, false, "remove"],
  ["the label is gone", { namespace: { ...NAMESPACE, labels: {} } }, false, "remove"],
  ["the namespace is not served", { namespace: { ...NAMESPACE, isServed: false } }, false, "remove"],
  [
    "the namespace is not served and has none",
    { namespace: { ...NAMESPACE, isServed: false }, copy: undefined },
    false,
    null,
  ],
  ["the namespace is on its way out", { namespace: { ...NAMESPACE, isBeingDeleted: true } }, false, null],
  ["the namespace is not known", { namespace: undefined }, false, null],
  ["the selector is empty at a value", { source: { ...SOURCE, reach: BROKEN }, copy: undefined }, false, null],
  ["the selector cannot be read and there is no copy", { source: UNREADABLE, copy: undefined }, false, null],
  ["the selector cannot be read and there is a copy", { source: UNREADABLE }, true, null],
  ["the selector cannot be read and the copy is old", { source: { ...UNREADABLE, digest: "two" } }, true, "replace"],
  [
    "the selector cannot be read and an immutable copy is old",
    { source: { ...UNREADABLE, digest: "two" }, copy: { ...COPY, isImmutable: true } },
    true,
    null,
  ],
  [
    "the selector cannot be read and the type is another one",
    { source: { ...UNREADABLE, type: "dockercfg" } },
    true,
    null,
  ],
  [
    "the selector cannot be read and the namespace is not served",
    { source: UNREADABLE, namespace: { ...NAMESPACE, isServed: false } },
    false,
    "remove",
  ],
] as const satisfies readonly (readonly [string, Partial<CopyState>, boolean, string | null])[]) {
  test(`${title}: ${step ?? "nothing to do"}`, () => {
    const plan = planCopy({ source: SOURCE, namespace: NAMESPACE, copy: COPY, ...state });
    assert.deepEqual(plan, { isWanted, step });
  });
}

const digests = fc.constantFrom("one", "two");
const types = fc.constantFrom("json", "dockercfg");
const reaches = fc.constantFrom("team=shop", "*", "stage", "team in shop", "").map(reachOf);
const sources = fc.option(fc.record({ type: types, digest: digests, reach: fc.option(reaches, { nil: undefined }) }), {
  nil: undefined,
});
const copies = fc.option(
  fc.record({ type: types, digest: fc.option(digests), isImmutable: fc.boolean(), isBeingDeleted: fc.constant(false) }),
  { nil: undefined },
);
const namespaces = fc.option(
  fc.record({
    labels: fc.constantFrom<Record<string, string>>({}, { team: "shop" }, { stage: "prod" }),
    isBeingDeleted: fc.boolean(),
    isServed: fc.boolean(),
  }),
  { nil: undefined },
);
const states = fc.record({ source: sources, namespace: namespaces, copy: copies });

/** What the API server makes of a step. */
function afterStep(state: CopyState): CopyState {
  const { source } = state;
  switch (planCopy(state).step) {
    case "create":
    case "replace":
      assert.ok(source);
      return { ...state, copy: { ...COPY, type: source.type, digest: source.digest } };
    case "remove":
      return { ...state, copy: undefined };
    case null:
      return state;
  }
}

test("two steps lead to the end, from wherever, and there is nothing to do then", () => {
  fc.assert(
    fc.property(states, (state) => {
      const end = afterStep(afterStep(state));
      assert.equal(planCopy(end).step, null);
      const { source, namespace, copy } = end;
      if (namespace === undefined || namespace.isBeingDeleted) {
        assert.deepEqual(end, state);
      } else if (copy !== undefined) {
        assert.ok(namespace.isServed);
        // What cannot be changed in place stays while the selector cannot be read.
        const isKept = source?.reach?.selector === null && (copy.isImmutable || copy.type !== source.type);
        if (isKept) assert.deepEqual(copy, state.copy);
        else assert.deepEqual([copy.type, copy.digest], [source?.type, source?.digest]);
      }
    }),
  );
});

test("a step needs what it works with, and only a copy is ever written over", () => {
  fc.assert(
    fc.property(states, (state) => {
      const { step, isWanted } = planCopy(state);
      assert.equal(step === "create", isWanted && state.copy === undefined);
      if (step === "replace" || step === "remove") assert.ok(state.copy);
      if (step === "replace") assert.deepEqual([state.copy?.type, isWanted], [state.source?.type, true]);
    }),
  );
});

test("a second controller that sees the end of a step leaves it alone or goes on", () => {
  fc.assert(
    fc.property(states, (state) => {
      const next = afterStep(state);
      if (planCopy(state).step === "create" || planCopy(state).step === "replace") {
        assert.equal(planCopy(next).step, null);
      }
    }),
  );
});
