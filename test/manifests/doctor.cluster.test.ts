/** Whatever components and options the manifests are rendered with, the doctor finds their webhooks well. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Webhook } from "../../src/core/admission/webhook-selection.ts";
import { judgeWebhooks } from "../../src/core/doctor/webhook-shape.ts";
import { onlyOf, parseManifests } from "./manifest.ts";
import { helmTemplate, kustomize } from "./render.ts";

const OBSERVED = ["observed", "observed"];

function codesOf(text: string): readonly string[] {
  const { webhooks } = onlyOf(parseManifests(text), "MutatingWebhookConfiguration");
  return judgeWebhooks(webhooks as readonly Webhook[]).map(({ code }) => code);
}

for (const [components, codes] of [
  [[], []],
  [["opt-in"], []],
  [["pods-only"], []],
  [["high-security"], []],
  [["namespaced"], []],
  [["cert-manager"], []],
  [["observe"], OBSERVED],
  [["opt-in", "pods-only", "high-security"], []],
] as const) {
  test(`with ${components.join(", ") || "no"} component`, async () => {
    assert.deepEqual(codesOf(await kustomize(components)), codes);
  });
}

for (const [settings, codes] of [
  [[], []],
  [["optIn=true", "podsOnly=true", "highSecurity=true"], []],
  [["observe=true"], OBSERVED],
  [["namespaces={default}"], []],
] as const) {
  test(`the chart with ${settings.join(", ") || "no setting"}`, async () => {
    assert.deepEqual(codesOf(await helmTemplate(settings)), codes);
  });
}
