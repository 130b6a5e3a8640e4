/** What a decision about one Pod rests on, read now from a server that can be made to refuse. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { EvidenceReader } from "../../../src/controller/healing/evidence-reader.ts";
import type { HealingEvidence } from "../../../src/core/healing/decision.ts";
import { memberAt } from "../../../src/core/json-value.ts";
import type { LiveReadResult } from "../../../src/server/admission/ports.ts";
import { type ClientBed, startBed } from "../../cluster/testbed.ts";
import { evidenceOf, ownedBy } from "../../core/healing/examples.ts";

const { view, pod } = evidenceOf();
const WEBHOOK = { name: "inject.pullring.dev", rules: [] };

interface Bed extends ClientBed {
  read(options?: { readonly result?: LiveReadResult; readonly isNamespaced?: boolean }): Promise<HealingEvidence>;
}

async function makeBed(t: TestContext): Promise<Bed> {
  const bed = await startBed(t);
  const { server, client } = bed;
  server.store.put("namespaces", { namespace: "", name: "apps" }, { metadata: { labels: { team: "shop" } } });
  server.store.put(
    "mutatingwebhookconfigurations",
    { namespace: "", name: "pullring" },
    { webhooks: [WEBHOOK, { name: "other.example.com" }] },
  );
  const metadata = { ...ownedBy("apps/v1", "Deployment"), uid: "u", annotations: { big: "text" } };
  server.store.put("replicasets", { namespace: "apps", name: "owner" }, { metadata, spec: { template: {} } });
  server.store.put("deployments", { namespace: "apps", name: "owner" }, { metadata: { uid: "u" } });
  return {
    ...bed,
    read: ({ result = "fresh", isNamespaced = false } = {}) =>
      new EvidenceReader({
        client,
        source: { readLive: async () => ({ view, result }) },
        webhookConfiguration: "pullring",
        isNamespaced,
      }).read({ namespace: "apps", pod }),
  };
}

test("has the credentials, the labels of the namespace, our webhooks, the owner and its own owner", async (t) => {
  const bed = await makeBed(t);
  const { namespaceLabels, webhooks, owner, workload, ...rest } = await bed.read();
  assert.deepEqual(rest, { namespace: "apps", pod, view });
  assert.deepEqual(namespaceLabels, { team: "shop" });
  assert.deepEqual(webhooks, [WEBHOOK]);
  assert.deepEqual([memberAt(owner, ["metadata", "uid"]), memberAt(workload, ["metadata", "uid"])], ["u", "u"]);
  assert.deepEqual([memberAt(owner, ["spec"]), memberAt(owner, ["metadata", "annotations"])], [{}, undefined]);
});

test("another object under the owner's name is not its owner", async (t) => {
  const bed = await makeBed(t);
  bed.server.store.put("replicasets", { namespace: "apps", name: "owner" }, { metadata: { uid: "another" } });
  const { owner, workload } = await bed.read();
  assert.deepEqual([owner, workload], [undefined, undefined]);
});

test("an owner, a namespace and a configuration that are gone are told apart from those that cannot be read", async (t) => {
  const bed = await makeBed(t);
  bed.server.store.delete("replicasets", { namespace: "apps", name: "owner" });
  bed.server.store.delete("namespaces", { namespace: "", name: "apps" });
  bed.server.store.delete("mutatingwebhookconfigurations", { namespace: "", name: "pullring" });
  const { owner, namespaceLabels, webhooks } = await bed.read();
  assert.deepEqual([owner, namespaceLabels, webhooks], [undefined, {}, []]);
});

for (const resource of ["replicasets", "deployments", "namespaces", "mutatingwebhookconfigurations"]) {
  test(`decides nothing without the right to read ${resource}, which is named`, async (t) => {
    const bed = await makeBed(t);
    bed.server.fault = (seen) => (seen.resource === resource ? { status: 403 } : undefined);
    await assert.rejects(bed.read(), { message: new RegExp(`get ${resource}`) });
  });
}

for (const result of ["timeout", "busy", "failed", "not-served"] as const) {
  test(`decides nothing on credentials of before, where a live read ends in ${result}`, async (t) => {
    const bed = await makeBed(t);
    await assert.rejects(bed.read({ result }), { message: "the credentials of a namespace could not be read" });
  });
}

test("names a missing right as that of the namespace where rights are those of chosen ones", async (t) => {
  const bed = await makeBed(t);
  bed.server.fault = (seen) => (seen.resource === "replicasets" ? { status: 403 } : undefined);
  await assert.rejects(bed.read(), { message: /in all namespaces/ });
  await assert.rejects(bed.read({ isNamespaced: true }), { message: /in namespace apps/ });
});
