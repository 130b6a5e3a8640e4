/** What is found in the webhooks of a configuration, in the words that a person reads. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Webhook } from "../../../src/core/admission/webhook-selection.ts";
import { judgeWebhooks } from "../../../src/core/doctor/webhook-shape.ts";
import type { JsonObject } from "../../../src/core/json-value.ts";
import { verdictOfInstallation } from "../../../src/core/sentences/installation.ts";
import { onlyOf, parseManifests, readRepositoryFile } from "../../manifests/manifest.ts";

const { webhooks: SHIPPED } = onlyOf(
  parseManifests(readRepositoryFile("manifests/install.yaml")),
  "MutatingWebhookConfiguration",
) as unknown as { readonly webhooks: readonly [Webhook, Webhook] };
const [PODS, TEMPLATES] = SHIPPED;
const NAME = { key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["pullring"] };
const OPT_OUT = { key: "pullring.dev/inject", operator: "NotIn", values: ["false"] };
const required = (operator: string) => ({ key: "pullring.dev/required", operator, values: ["true"] });
const select = (...matchExpressions: readonly object[]): JsonObject => ({ namespaceSelector: { matchExpressions } });
const service = (path: string | undefined): JsonObject => ({
  clientConfig: { service: { name: "pullring", namespace: "pullring", path } },
});

function linesOf(...webhooks: readonly Webhook[]): readonly string[] {
  return judgeWebhooks(webhooks).map((finding) => {
    const { sentence, remedy } = verdictOfInstallation(finding);
    return `${sentence}. Fix: ${remedy}`;
  });
}

test("the webhooks of install.yaml are well", () => {
  assert.deepEqual(linesOf(...SHIPPED), []);
});

const rows: readonly (readonly [title: string, webhook: Webhook, changes: JsonObject, says: RegExp])[] = [
  ["observation", PODS, service("/observe"), /^webhook inject\.pullring\.dev only observes/],
  [
    "another path",
    PODS,
    service("/mutating"),
    /calls path "\/mutating" of the Service, at which .*Fix: apply the manifests/,
  ],
  ["no path", PODS, service(undefined), /calls path "\/"/],
  [
    "Fail for all",
    TEMPLATES,
    { failurePolicy: "Fail" },
    /inject-templates\.pullring\.dev refuses what it is asked about/,
  ],
  ["no policy, which is Fail", PODS, { failurePolicy: undefined }, /refuses what it is asked about/],
  [
    "Fail for itself",
    PODS,
    { failurePolicy: "Fail", ...select(OPT_OUT) },
    /refuses Pods while no replica answers .* namespace pullring.* Fix: leave namespace pullring out/,
  ],
  ["no opt-out of namespaces", PODS, select(NAME), /^the namespaceSelector .* keep away a namespace with the label/],
  [
    "a selector of namespaces that are opted out",
    PODS,
    select(NAME, { ...OPT_OUT, operator: "In" }),
    /^the namespaceSelector /,
  ],
  ["no opt-out of objects", PODS, { objectSelector: {} }, /^the objectSelector .* keep away an object with the label/],
  ["side effects", TEMPLATES, { sideEffects: "Unknown" }, /does not say sideEffects None, .* refuses each dry run/],
  ["no word of side effects", TEMPLATES, { sideEffects: undefined }, /does not say sideEffects None/],
  [
    "kinds that are not sent",
    TEMPLATES,
    { rules: [{ resources: ["deployments", "statefulsets", "daemonsets", "replicasets", "jobs"] }] },
    /has no rule for replicationcontrollers, cronjobs; their Pods are served/,
  ],
  [
    "namespaces of a webhook that is not there",
    PODS,
    select(NAME, OPT_OUT, required("NotIn")),
    /^namespaces with the label pullring\.dev\/required are left out, .* they get nothing/,
  ],
];

for (const [title, webhook, changes, says] of rows) {
  test(title, () => {
    const lines = linesOf({ ...webhook, ...changes });
    assert.equal(lines.length, 1, lines.join("\n"));
    assert.match(lines.join(), says);
  });
}

test("what the components of the manifests change is well", () => {
  const optIn = select(NAME, { key: "pullring.dev/inject", operator: "In", values: ["true"] });
  const refusing = { ...PODS, failurePolicy: "Fail", ...select(NAME, OPT_OUT, required("In")) };
  const others = { ...PODS, ...select(NAME, OPT_OUT, required("NotIn")) };
  assert.deepEqual(linesOf({ ...PODS, ...optIn }, { ...TEMPLATES, ...optIn }), []);
  assert.deepEqual(linesOf(others, TEMPLATES, refusing), []);
  assert.deepEqual(linesOf({ ...PODS, sideEffects: "NoneOnDryRun" }), []);
});

test("a webhook with a URL is called where somebody else decides", () => {
  assert.deepEqual(linesOf({ ...PODS, clientConfig: { url: "https://pullring.example/webhooks/pullring" } }), []);
  const all = { ...PODS, failurePolicy: "Fail", rules: [{ resources: ["*/*"] }], clientConfig: { url: "https://a/" } };
  assert.deepEqual(
    judgeWebhooks([all]).map(({ code }) => code),
    ["refuses"],
  );
});
