import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import jsonPatch from "fast-json-patch";
import { decide } from "../../../src/core/admission/decision.ts";
import { readEligibleCredential } from "../../../src/core/admission/eligibility.ts";
import { explainRequest } from "../../../src/core/admission/explanation.ts";
import { decodeReview, encodeReview } from "../../../src/core/admission/review.ts";
import { positionsOf, triedEntries } from "../../../src/core/admission/trial.ts";
import { type JsonObject, memberAt } from "../../../src/core/json-value.ts";
import { buildKeyring, lookupCredentials } from "../../../src/core/kubelet/keyring.ts";
import type { JudgedCredential } from "../../../src/core/verdicts/judged-credential.ts";
import { deploymentOf, injectedBefore, malformedOf, podOf, requestOf, secretOf, viewOf } from "./examples.ts";
import { checkProperty } from "./property.ts";

const HOSTS = ["quay.io", "ghcr.io", "docker.io", "localhost", "FOO", "reg:5000", "[::1]:5000", "a.corp.io"];
const KEYS = [
  ...`quay.io *.io *.corp.io quay.io/team docker.io docker.io/library https://index.docker.io/v1/ *
    *:5000 ghcr.io/acme reg:5000 [::1]:5000`.split(/\s+/),
  "re g",
];
const NAMES = ["a", "b", "c", "d", "e"];

const image = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom(...HOSTS), fc.constantFrom("x", "team/x", "acme/y"))
      .map((parts) => parts.join("/")),
  },
  { weight: 3, arbitrary: fc.constantFrom("nginx", "acme/api:1", "index.docker.io/x") },
  { weight: 1, arbitrary: fc.constantFrom("Bad", "", "x y") },
);
const credentials: fc.Arbitrary<readonly JudgedCredential[]> = fc
  .uniqueArray(
    fc.tuple(fc.constantFrom(...NAMES), fc.uniqueArray(fc.constantFrom(...KEYS), { maxLength: 3 }), fc.nat(9)),
    { selector: ([name]) => name },
  )
  .map((secrets) =>
    secrets.map(([name, keys, kind]) => {
      const metadata = kind === 1 ? { labels: { "pullring.dev/inject": "false" } } : {};
      return kind === 0
        ? malformedOf(name)
        : readEligibleCredential(
            secretOf(
              name,
              { auths: Object.fromEntries(keys.map((key) => [key, kind === 2 ? {} : { auth: "dTpw" }])) },
              metadata,
            ),
          );
    }),
  );
const names = fc.array(fc.constantFrom(...NAMES, "s1", "s2", "missing", ""), { maxLength: 3 });
const target: fc.Arbitrary<JsonObject> = fc
  .record({
    images: fc.array(image, { minLength: 1, maxLength: 4 }),
    listed: fc.option(names, { nil: undefined }),
    before: fc.option(names),
    isTemplate: fc.boolean(),
  })
  .map(({ images, listed, before, isTemplate }) => {
    const pod = podOf(images, listed, before === null ? {} : injectedBefore(...before));
    return isTemplate ? deploymentOf(pod) : pod;
  });
const serviceAccount = fc.record({
  imagePullSecrets: fc.uniqueArray(fc.constantFrom("s1", "s2", "a"), { maxLength: 2 }),
  enforcesMountableSecrets: fc.boolean(),
});

function listOf(object: JsonObject): readonly { readonly name?: string }[] {
  const template = object.kind === "Pod" ? object : memberAt(object, ["spec", "template"]);
  return (memberAt(template, ["spec", "imagePullSecrets"]) ?? []) as readonly { readonly name?: string }[];
}

test("a patch applies, only appends, touches only the list and the annotation, gives the explained result, and is not made twice", () => {
  checkProperty(
    fc.property(target, credentials, serviceAccount, (object, available, account) => {
      const view = viewOf(available, account);
      const { patch } = decide(requestOf(object), () => view);
      const patched = structuredClone(object);
      jsonPatch.applyPatch(patched, structuredClone(patch) as jsonPatch.Operation[], true);
      const before = listOf(object);
      assert.deepEqual(listOf(patched).slice(0, before.length), before);
      const added = listOf(patched)
        .slice(before.length)
        .map(({ name }) => name);
      assert.equal(new Set(added).size, added.length);
      assert.ok(before.every(({ name }) => !added.includes(name)));
      const allowed =
        /^(?:\/spec\/template)?(?:\/spec\/imagePullSecrets(?:\/-)?|\/metadata\/annotations(?:\/pullring\.dev~1injected)?)$/;
      assert.deepEqual(
        patch.filter(({ op, path }) => op !== "add" || !allowed.test(path)),
        [],
      );
      const { result } = explainRequest(requestOf(object), () => view).imagePullSecrets;
      assert.deepEqual(
        listOf(patched).map(({ name }) => name ?? ""),
        result,
      );
      assert.deepEqual(decide(requestOf(patched), () => view).patch, []);
    }),
    2000,
  );
});

test("nothing useless is added: without any one added name something else is tried for an image that was unserved", () => {
  checkProperty(
    fc.property(target, credentials, serviceAccount, (object, available, account) => {
      const { plan } = decide(requestOf(object), () => viewOf(available, account));
      const triedWith = (list: readonly string[], index: number): readonly string[] =>
        plan === null
          ? []
          : triedEntries((plan.images[index] as (typeof plan.images)[0]).lookup, positionsOf(list)).map(
              ({ credential }) => credential.name,
            );
      const isServed = (list: readonly string[], index: number): boolean =>
        plan !== null &&
        triedEntries((plan.images[index] as (typeof plan.images)[0]).lookup, positionsOf(list)).some(
          ({ isVoid }) => !isVoid,
        );
      for (const name of plan?.added ?? []) {
        const without = (plan?.final ?? []).filter((other) => other !== name);
        const matters = plan?.images.some(
          (_, index) =>
            !isServed(plan.effective, index) &&
            triedWith(plan.final, index).join() !== triedWith(without, index).join(),
        );
        assert.ok(matters, name);
      }
    }),
    2000,
  );
});

test("what can be served without harm to what is listed is served", () => {
  checkProperty(
    fc.property(target, credentials, (object, available) => {
      const plan = decide(requestOf(object), () => viewOf(available)).plan;
      const usable = buildKeyring(available.filter(({ status }) => status === "usable"));
      const leftOut = plan?.leftOut.conflicts.map(({ name }) => name) ?? [];
      for (const { repository, lookup } of plan?.unserved ?? []) {
        const { matches, fallback } = lookupCredentials(usable, repository ?? "");
        const isKeptFromHub = triedEntries(lookup, positionsOf(plan?.final ?? [])).length > 0;
        const able = [...matches, ...(isKeptFromHub ? [] : fallback)].filter(
          ({ credential, isVoid }) => !isVoid && !leftOut.includes(credential.name),
        );
        assert.deepEqual(able, []);
      }
    }),
  );
});

test("a look-up ignores tag and digest", () => {
  const suffix = fc.constantFrom(":1", ":latest", `@sha256:${"a".repeat(64)}`, `:1@sha256:${"0".repeat(64)}`);
  checkProperty(
    fc.property(
      image.filter((text) => !/:1$|Bad| |^$/.test(text)),
      suffix,
      credentials,
      (text, end, available) => {
        const view = viewOf(available);
        const injected = (reference: string): readonly string[] =>
          decide(requestOf(podOf([reference])), () => view).injected;
        assert.deepEqual(injected(text + end), injected(text));
      },
    ),
  );
});

test("a decision depends on the credentials of its own namespace alone", () => {
  checkProperty(
    fc.property(target, credentials, credentials, (object, here, elsewhere) => {
      const views = (others: readonly JudgedCredential[]) => (namespace: string) =>
        viewOf(namespace === "here" ? here : others);
      const named = { ...object, metadata: { namespace: "elsewhere" } };
      const request = requestOf(named, { namespace: "here" });
      assert.deepEqual(decide(request, views(elsewhere)), decide(request, views([])));
    }),
  );
});

test("no password, user name, token or payload of a Secret is found in a credential, a decision, an explanation or a warning", () => {
  const mark = "R4D10ACT1VE";
  const marked = fc.constantFrom(
    mark,
    `${mark}:x`,
    Buffer.from(`u:${mark}`).toString("base64"),
    `${mark}!`,
    7,
    null,
    [mark],
    { [mark]: mark },
  );
  const fields = "username password email auth identitytoken registrytoken serveraddress".split(" ");
  const field = fc.constantFrom(...fields, mark);
  const entry = fc.oneof(fc.dictionary(field, marked), marked);
  const config = fc.record(
    {
      auths: fc.oneof(fc.dictionary(fc.constantFrom("quay.io", "ghcr.io"), entry), marked),
      HttpHeaders: marked,
      [mark]: marked,
    },
    { requiredKeys: ["auths"] },
  );
  const payload = fc.oneof(
    config.map((value) => JSON.stringify(value)),
    config.map((value) => JSON.stringify(value).slice(0, -1)),
    fc.constant(mark),
  );
  const annotations = { note: mark, "kubectl.kubernetes.io/last-applied-configuration": mark };
  checkProperty(
    fc.property(
      payload,
      fc.boolean(),
      fc.constantFrom("kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg", "Opaque"),
      (text, isPlain, type) => {
        const data = isPlain ? text : Buffer.from(text).toString("base64");
        const secret = {
          metadata: { name: "s", annotations },
          type,
          data: { ".dockerconfigjson": data, ".dockercfg": data },
          stringData: { x: mark },
        };
        const credential = readEligibleCredential(secret);
        // A registry key is no secret: where the mark itself stands as one, it may be shown.
        fc.pre(!credential.registries.some((key) => key.includes(mark)));
        const view = viewOf([credential]);
        const request = requestOf(podOf(["quay.io/a", "ghcr.io/b"], ["s"]));
        const output = JSON.stringify([
          credential,
          decide(request, () => view),
          explainRequest(request, () => view),
          [...view.keyring.credentials],
        ]);
        for (const secretText of [
          mark,
          Buffer.from(mark).toString("base64").slice(0, 12),
          Buffer.from(`u:${mark}`).toString("base64").slice(4),
        ]) {
          assert.ok(!output.includes(secretText));
        }
      },
    ),
    1000,
  );
});

test("no object, however hostile, makes the core throw, and what it patches applies", () => {
  const key = fc.constantFrom(
    ...`metadata spec template jobTemplate containers initContainers volumes image reference name
    imagePullSecrets annotations labels ownerReferences __proto__ constructor 0 pullring.dev/injected serviceAccountName`.split(
      /\s+/,
    ),
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom(null, true, 0, "", "quay.io/a", "false", "\ud800", "a,b"),
      fc.array(tie("value"), { maxLength: 3 }),
      fc
        .array(fc.tuple(key, tie("value")), { maxLength: 5 })
        .map(
          (members) =>
            JSON.parse(
              `{${members.map(([name, member]) => `${JSON.stringify(name)}:${JSON.stringify(member)}`).join()}}`,
            ) as unknown,
        ),
    ),
  }));
  const kind = fc.constantFrom(
    { group: "", kind: "Pod" },
    { group: "apps", kind: "Deployment" },
    { group: "batch", kind: "CronJob" },
    { group: "__proto__", kind: "x" },
  );
  const podLike = value.map((spec) => ({
    metadata: {},
    spec: { containers: [{ image: "quay.io/a" }], ...(typeof spec === "object" ? spec : {}) },
  }));
  const request = fc.record({
    uid: fc.constant("u"),
    kind: fc.oneof(kind, value),
    operation: fc.constantFrom("CREATE", "UPDATE", "x"),
    namespace: value,
    object: fc.oneof(value, podLike),
    oldObject: value,
    subResource: fc.constant(""),
  });
  const view = viewOf([readEligibleCredential(secretOf("quay", { auths: { "*.io": { auth: "dTpw" } } }))], {
    imagePullSecrets: ["s1"],
  });
  checkProperty(
    fc.property(request, (raw) => {
      const decoded = decodeReview({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request: raw });
      assert.ok(decoded.request !== null);
      const decision = decide(decoded.request, () => view);
      assert.equal(encodeReview("u", decision, (text) => text).response.allowed, true);
      explainRequest(decoded.request, () => view);
      if (decision.patch.length > 0) {
        jsonPatch.applyPatch(
          structuredClone(raw.object),
          structuredClone(decision.patch) as jsonPatch.Operation[],
          true,
        );
      }
      if (typeof raw.object === "object" && raw.object !== null) {
        readEligibleCredential(raw.object as JsonObject);
        readEligibleCredential({ ...raw.object, type: "kubernetes.io/dockercfg", data: raw.oldObject });
      }
    }),
    3000,
  );
});
