import assert from "node:assert/strict";
import { test } from "node:test";
import { applyManifest, withoutLastApplied, withoutServerFields } from "../../../src/cli/explain/applied-object.ts";

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

test("keeps what the manifest does not speak of, and takes out what an earlier one spoke of", () => {
  const before = {
    metadata: { labels: { old: "1" } },
    spec: { replicas: 2, template: { spec: { imagePullSecrets: [{ name: "mine" }] } } },
  };
  const stored = {
    metadata: { annotations: { [LAST_APPLIED]: JSON.stringify(before) }, labels: { old: "1", by: "server" } },
    spec: {
      replicas: 2,
      strategy: "default",
      template: { spec: { imagePullSecrets: [{ name: "mine" }, { name: "ours" }], restartPolicy: "Always" } },
    },
  };
  const manifest = { metadata: { labels: { fresh: "1" } }, spec: { template: { spec: { restartPolicy: null } } } };
  assert.deepEqual(applyManifest(stored, manifest), {
    metadata: { annotations: { [LAST_APPLIED]: JSON.stringify(manifest) }, labels: { by: "server", fresh: "1" } },
    spec: { strategy: "default", template: { spec: {} } },
  });
});

test("merges the lists of a Pod spec by their keys, and replaces all others", () => {
  const container = { name: "a", image: "a:1", terminationMessagePath: "/dev/termination-log", args: ["x", "y"] };
  const stored = {
    containers: [container, { name: "sidecar" }],
    imagePullSecrets: [{ name: "ours" }],
    tolerations: [1, 2],
  };
  const manifest = {
    containers: [{ name: "a", image: "a:2", args: ["z"] }],
    imagePullSecrets: [{ name: "mine" }],
    tolerations: [3],
  };
  const { metadata: _, ...merged } = applyManifest(stored, manifest);
  assert.deepEqual(merged, {
    containers: [{ ...container, image: "a:2", args: ["z"] }, { name: "sidecar" }],
    imagePullSecrets: [{ name: "mine" }, { name: "ours" }],
    tolerations: [3],
  });
});

test("leaves out what the API server alone writes, and what kubectl noted", () => {
  const metadata = { name: "a", uid: "u", managedFields: [], creationTimestamp: null };
  assert.deepEqual(withoutServerFields({ kind: "A", metadata, status: {} }), { kind: "A", metadata: { name: "a" } });
  const note = { [LAST_APPLIED]: "{}" };
  assert.deepEqual(withoutLastApplied({ kind: "A", metadata: { name: "a", annotations: note } }), {
    kind: "A",
    metadata: { name: "a" },
  });
  const annotations = { ...note, mine: "x" };
  assert.deepEqual(withoutLastApplied({ metadata: { annotations } }), { metadata: { annotations: { mine: "x" } } });
  const plain = { metadata: { annotations: {} } };
  assert.equal(withoutLastApplied(plain), plain);
});
