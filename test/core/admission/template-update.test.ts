/** The stories of templates that pullring filled before: what an update by a person may and may not change. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import jsonPatch from "fast-json-patch";
import { type Decision, decide } from "../../../src/core/admission/decision.ts";
import { readEligibleCredential } from "../../../src/core/admission/eligibility.ts";
import type { NamespaceView } from "../../../src/core/admission/namespace-view.ts";
import { writtenNames } from "../../../src/core/admission/written-names.ts";
import { isSameJson, type JsonObject, memberAt } from "../../../src/core/json-value.ts";
import {
  credentialOf,
  deploymentOf,
  injectedBefore,
  malformedOf,
  podOf,
  requestOf,
  secretOf,
  viewOf,
} from "./examples.ts";
import { checkProperty } from "./property.ts";

const IMAGE = "quay.io/acme/web:1";
const H0 = credentialOf("h0", "quay.io");
const H1 = credentialOf("h1", "quay.io");
const OPTED_OUT = readEligibleCredential(
  secretOf("h0", { auths: { "quay.io": { auth: "dTpw" } } }, { labels: { "pullring.dev/inject": "false" } }),
);

/** A Deployment whose template lists `listed`, `own` of which are pullring's. */
function filled(image: string, listed: readonly string[], own: readonly string[], more: JsonObject = {}): JsonObject {
  const { annotations } = injectedBefore(...own) as { readonly annotations: JsonObject };
  return deploymentOf(podOf([image], listed, { annotations: { ...annotations, ...more } }));
}

/** A Deployment as it stands in git. */
function inGit(image: string, listed?: readonly string[], annotations: JsonObject = {}): JsonObject {
  return deploymentOf(podOf([image], listed, { annotations }));
}

function update(oldObject: JsonObject, object: JsonObject, view: NamespaceView | null): Decision {
  return decide(requestOf(object, { operation: "UPDATE", oldObject }), () => view ?? assert.fail("asked"));
}

function after(decision: Decision, object: JsonObject): JsonObject {
  const patched = structuredClone(object);
  jsonPatch.applyPatch(patched, structuredClone(decision.patch) as jsonPatch.Operation[], true);
  return patched;
}

function listOf(object: JsonObject): readonly string[] {
  const list = memberAt(object, ["spec", "template", "spec", "imagePullSecrets"]) ?? [];
  return (list as readonly { readonly name: string }[]).map(({ name }) => name);
}

function annotationOf(object: JsonObject): unknown {
  return memberAt(object, ["spec", "template", "metadata", "annotations", "pullring.dev/injected"]);
}

test("a PUT as in git puts back what pullring added, and asks for no credentials", () => {
  const stored = filled(IMAGE, ["h0"], ["h0"]);
  const put = { ...inGit(IMAGE), spec: { ...(inGit(IMAGE).spec as JsonObject), replicas: 3 } };
  const decision = update(stored, put, null);
  assert.deepEqual(after(decision, put).spec, { ...(stored.spec as JsonObject), replicas: 3 });
  assert.deepEqual([decision.injected, decision.liveRead], [["h0"], null]);
});

test("names of people and of pullring go back to the places that are stored", () => {
  const stored = filled(IMAGE, ["h0", "mine", "h1"], ["h0", "h1"]);
  const put = inGit(IMAGE, ["mine"]);
  assert.deepEqual(listOf(after(update(stored, put, null), put)), ["h0", "mine", "h1"]);
});

test("an annotation that a client replaced is put back, and nothing else", () => {
  const stored = filled(IMAGE, ["h0"], ["h0"], { team: "a" });
  const put = deploymentOf(podOf([IMAGE], ["h0"], { annotations: { team: "a" } }));
  const decision = update(stored, put, null);
  assert.deepEqual(after(decision, put), stored);
  assert.deepEqual([decision.outcome, decision.injected], ["inject", []]);
});

test("an update that keeps the template as it is needs no patch", () => {
  const stored = filled(IMAGE, ["h0"], ["h0"]);
  const { reason, patch } = update(stored, { ...stored, status: { replicas: 1 } }, null);
  assert.deepEqual([reason, patch], ["unchanged-template", []]);
});

test("metadata or annotations that are missing, null or empty are the same", () => {
  for (const metadata of [undefined, null, {}, { annotations: null }, { annotations: {} }]) {
    const put = deploymentOf({ ...podOf([IMAGE]), metadata });
    assert.equal(update(inGit(IMAGE), put, null).reason, "unchanged-template");
    assert.equal(update(put, inGit(IMAGE), null).reason, "unchanged-template");
  }
});

test("a list that a person emptied together with nothing else is put back", () => {
  const stored = filled(IMAGE, ["h0"], ["h0"]);
  const put = inGit(IMAGE, []);
  assert.deepEqual(listOf(after(update(stored, put, null), put)), ["h0"]);
});

for (const [title, view, names] of [
  ["a credential that is still the one", viewOf([H0]), ["h0"]],
  ["a credential of another name", viewOf([H1]), ["h1"]],
  ["one more credential", viewOf([H0, H1]), ["h0", "h1"]],
  ["no credential any more", viewOf([]), []],
  ["a credential that opted out", viewOf([OPTED_OUT]), []],
  ["a credential that became malformed", viewOf([malformedOf("h0")]), []],
  ["a ServiceAccount that enforces mountable secrets", viewOf([H0], { enforcesMountableSecrets: true }), []],
  ["a ServiceAccount that is not there", { ...viewOf([H0]), serviceAccount: null }, []],
  ["a ServiceAccount with a secret of its own", viewOf([H0], { imagePullSecrets: ["own"] }), ["own", "h0"]],
] as const) {
  test(`a restart with ${title} leaves ${names.join(" and ") || "no name"}`, () => {
    const stored = filled(IMAGE, ["h0"], ["h0"]);
    const restarted = filled(IMAGE, ["h0"], ["h0"], { "kubectl.kubernetes.io/restartedAt": "now" });
    const result = after(update(stored, restarted, view), restarted);
    assert.deepEqual(listOf(result), names);
    assert.equal(annotationOf(result), names.length === 0 ? undefined : names.join(","));
  });
}

test("a name that a person lists stays through every rollout", () => {
  const stored = filled(IMAGE, ["mine", "h0"], ["h0"]);
  const put = inGit("ghcr.io/acme/web:2", ["mine"]);
  assert.deepEqual(listOf(after(update(stored, put, viewOf([H0])), put)), ["mine"]);
});

test("an image that moves to a public registry takes the name of its old credential with it", () => {
  const stored = filled(IMAGE, ["h0"], ["h0"]);
  const applied = filled("registry.k8s.io/pause:3", ["h0"], ["h0"]);
  const decision = update(stored, applied, viewOf([malformedOf("h0")]));
  assert.deepEqual([listOf(after(decision, applied)), decision.removed], [[], ["h0"]]);
});

/** The object with what `kubectl apply` notes of the names in the manifest. */
function applied(object: JsonObject, ...names: readonly string[]): JsonObject {
  const manifest = inGit(IMAGE, names);
  const annotations = { "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify(manifest) };
  return { ...object, metadata: { ...(object.metadata as JsonObject), annotations } };
}

test("a name of ours that a person lists later starts no rollout, and is theirs from then on", () => {
  const stored = filled(IMAGE, ["h0"], ["h0"]);
  const listing = applied(stored, "h0");
  assert.deepEqual(update(stored, listing, null).patch, []);
  const moved = applied(filled("registry.k8s.io/pause:3", ["h0"], ["h0"]), "h0");
  for (const before of [listing, stored]) {
    const result = after(update(before, moved, viewOf([])), moved);
    assert.deepEqual([listOf(result), annotationOf(result)], [["h0"], undefined]);
  }
});

test("a name of theirs that people take away again is planned anew", () => {
  const stored = applied(filled(IMAGE, ["h0"], ["h0"]), "h0");
  const without = applied(inGit(IMAGE));
  for (const [view, names] of [
    [viewOf([H0]), ["h0"]],
    [viewOf([]), []],
  ] as const) {
    assert.deepEqual(listOf(after(update(stored, without, view), without)), names);
  }
});

test("beside a name that a person lists, the ServiceAccount's are not copied", () => {
  const stored = applied(filled(IMAGE, ["h0"], ["h0"]), "h0");
  const restarted = applied(filled(IMAGE, ["h0"], ["h0"], { restartedAt: "now" }), "h0");
  const result = after(update(stored, restarted, viewOf([H0], { imagePullSecrets: ["own"] })), restarted);
  assert.deepEqual(listOf(result), ["h0"]);
});

test("rotation by new names leaves one name, however often", () => {
  let stored = after(
    decide(requestOf(inGit("quay.io/web:0")), () => viewOf([H0])),
    inGit("quay.io/web:0"),
  );
  for (let round = 1; round <= 5; round += 1) {
    const applied = structuredClone(stored) as { spec: { template: { spec: { containers: { image: string }[] } } } };
    for (const container of applied.spec.template.spec.containers) container.image = `quay.io/web:${round}`;
    const view = viewOf([credentialOf(`h${round}`, "quay.io")]);
    stored = after(update(stored, applied as unknown as JsonObject, view), applied as unknown as JsonObject);
    assert.deepEqual([listOf(stored), annotationOf(stored)], [[`h${round}`], `h${round}`]);
  }
});

test("where the same names are needed again, nothing changes, not even their order", () => {
  const stored = filled(IMAGE, ["h1", "h0"], ["h1", "h0"]);
  const applied = filled("quay.io/acme/web:2", ["h1", "h0"], ["h1", "h0"]);
  assert.deepEqual(update(stored, applied, viewOf([H0, H1])).patch, []);
});

function jobOf(deployment: JsonObject): JsonObject {
  return { ...deployment, apiVersion: "batch/v1", kind: "Job" };
}

for (const [title, put] of [
  ["as in git", jobOf(inGit(IMAGE))],
  ["as in git with another annotation, as a suspended Job takes it", jobOf(inGit(IMAGE, undefined, { a: "b" }))],
] as const) {
  test(`a PUT of a Job ${title} puts back the stored list, whatever credentials there are by then`, () => {
    const decision = update(jobOf(filled(IMAGE, ["h0"], ["h0"])), put, null);
    assert.deepEqual(listOf(after(decision, put)), ["h0"]);
  });
}

test("a Job whose annotations leave no room for ours keeps its list", () => {
  const annotations = { long: "x".repeat(256 * 1024 - "long".length) };
  const put = jobOf(inGit(IMAGE, undefined, annotations));
  const result = after(update(jobOf(filled(IMAGE, ["h0"], ["h0"])), put, null), put);
  assert.deepEqual([listOf(result), annotationOf(result)], [["h0"], undefined]);
});

test("a Job whose list a person changes is left to the API server", () => {
  const { patch } = update(jobOf(filled(IMAGE, ["h0"], ["h0"])), jobOf(inGit(IMAGE, ["other"])), null);
  assert.deepEqual(patch, []);
});

test("a workload that opts out keeps its list until its template changes", () => {
  const optedOut = { metadata: { labels: { "pullring.dev/inject": "false" } } };
  const stored = filled(IMAGE, ["h0"], ["h0"]);
  const same = { ...inGit(IMAGE), ...optedOut };
  assert.deepEqual(listOf(after(update(stored, same, null), same)), ["h0"]);
  const changed = { ...filled("quay.io/acme/web:2", ["h0", "mine"], ["h0"]), ...optedOut };
  assert.deepEqual(listOf(after(update(stored, changed, null), changed)), ["mine"]);
});

for (const [title, view, reason] of [
  ["is not there yet", { ...viewOf([H0]), serviceAccount: null }, "no-service-account"],
  ["enforces mountable secrets", viewOf([H0], { enforcesMountableSecrets: true }), "mountable-secrets"],
  [
    "enforces them and lists what would serve",
    viewOf([H0], { imagePullSecrets: ["h0"], enforcesMountableSecrets: true }),
    "already-served",
  ],
] as const) {
  test(`a new template whose ServiceAccount ${title} is left alone`, () => {
    const decision = decide(requestOf(inGit(IMAGE)), () => view);
    assert.deepEqual([decision.reason, decision.patch], [reason, []]);
  });
}

for (const [title, object] of [
  ["annotations have no room left", inGit(IMAGE, undefined, { big: "x".repeat(256 * 1024 - 5) })],
  ["annotations have no room left for their bytes", inGit(IMAGE, undefined, { big: "ü".repeat(128 * 1024 - 2) })],
  ["object has no room left", { ...inGit(IMAGE), padding: "x".repeat(1536 * 1024) }],
  ["object has no room left for its bytes", { ...inGit(IMAGE), padding: "ü".repeat(768 * 1024) }],
] as const) {
  test(`a template whose ${title} is left as it is, with a warning`, () => {
    const { patch, reason, warnings } = decide(requestOf(object), () => viewOf([H0]));
    assert.deepEqual([patch, reason], [[], "too-large"]);
    assert.deepEqual(warnings, [{ code: "too-large" }]);
  });
}

/** As a ServiceAccount may list them: more than fits beside an object that has room for our own names. */
const MANY_NAMES = Array.from({ length: 800 }, (_, index) => String(index).padEnd(250, "n"));

test("names of a ServiceAccount that would make a template too long are left out, with a warning", () => {
  const object = { ...inGit(IMAGE), padding: "x".repeat(1_300_000) };
  const decision = decide(requestOf(object), () => viewOf([H0], { imagePullSecrets: MANY_NAMES }));
  assert.deepEqual([decision.patch, decision.reason, decision.warnings], [[], "too-large", [{ code: "too-large" }]]);
  assert.deepEqual(decide(requestOf(object), () => viewOf([H0])).injected, ["h0"]);
});

for (const [title, padding, isPutBack] of [
  ["became as long as can be stored with them", 1_507_300, false],
  ["has room for them", 1_400_000, true],
] as const) {
  test(`an update that leaves alone the template of an object that ${title} ${isPutBack ? "gets" : "is stored without"} the stored names`, () => {
    const put = { ...inGit(IMAGE), metadata: { annotations: { long: "x".repeat(padding) } } };
    const { patch, warnings } = update(filled(IMAGE, ["h0"], ["h0"]), put, null);
    assert.deepEqual([patch.length > 0, warnings.length], [isPutBack, isPutBack ? 0 : 1]);
  });
}

test("an object that is stored as long as can be gets the stored names back, and one that has them asks for nothing", () => {
  const padding = { padding: "x".repeat(1_520_000) };
  const stored = { ...filled(IMAGE, ["h0"], ["h0"]), ...padding };
  const put = { ...inGit(IMAGE), ...padding };
  assert.deepEqual(listOf(after(update(stored, put, null), put)), ["h0"]);
  assert.deepEqual(update(inGit(IMAGE), { ...inGit(IMAGE), ...padding }, null).warnings, []);
});

const names = fc.uniqueArray(fc.constantFrom("a", "b", "c", "s1", "mine"), { maxLength: 3 });
const template = fc
  .record({
    image: fc.constantFrom("quay.io/x", "ghcr.io/x", "nginx"),
    listed: fc.option(names, { nil: undefined }),
    own: names,
    note: fc.constantFrom({}, { note: "1" }),
    written: fc.option(names, { nil: undefined }),
  })
  .map(({ image, listed, own, note, written }) => {
    const annotations = { ...note, ...(own.length > 0 && { "pullring.dev/injected": own.join(",") }) };
    const object = deploymentOf(podOf([image], listed, { annotations }));
    return written === undefined ? object : applied(object, ...written.filter((name) => listed?.includes(name)));
  });
const views = fc
  .record({
    credentials: fc.uniqueArray(
      fc.tuple(fc.constantFrom("a", "b", "c"), fc.constantFrom("quay.io", "ghcr.io", "*.io")),
      { selector: ([name]) => name },
    ),
    imagePullSecrets: fc.uniqueArray(fc.constantFrom("s1", "a"), { maxLength: 2 }),
    enforcesMountableSecrets: fc.boolean(),
  })
  .map(({ credentials, ...account }) =>
    viewOf(
      credentials.map(([name, key]) => credentialOf(name, key)),
      account,
    ),
  );

test("an update keeps every name of a person in order, and applied again it changes nothing", () => {
  checkProperty(
    fc.property(template, template, views, (stored, put, view) => {
      const result = after(update(stored, put, view), put);
      const own = new Set([stored, put].flatMap((object) => String(annotationOf(object) ?? "").split(",")));
      const written = new Set([stored, put].flatMap((object) => writtenNames(object, ["spec", "template"])));
      const people = (object: JsonObject): readonly string[] =>
        listOf(object).filter((name) => !own.has(name) || written.has(name));
      assert.deepEqual(
        listOf(result).filter((name) => people(put).includes(name)),
        people(put),
      );
      assert.deepEqual(update(result, result, view).patch, []);
    }),
    2000,
  );
});

test("a template as people wrote it, put again, is stored as it was", () => {
  checkProperty(
    fc.property(template, views, views, (written, first, later) => {
      const stored = after(
        decide(requestOf(written), () => first),
        written,
      );
      const put = after(update(stored, written, later), written);
      assert.ok(isSameJson(put, stored));
    }),
    2000,
  );
});
