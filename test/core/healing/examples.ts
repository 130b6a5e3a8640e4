/** Pods that wait for an image, and what a decision about them rests on. */
import { DEFAULT_WEBHOOKS } from "../../../src/core/admission/webhook-selection.ts";
import type { HealingEvidence } from "../../../src/core/healing/decision.ts";
import { isObject, type JsonObject, memberAt } from "../../../src/core/json-value.ts";
import { credentialOf, podOf, viewOf } from "../admission/examples.ts";

/** A Pod whose containers wait with this reason. */
export function waitingPod(pod: JsonObject, reason = "ErrImagePull"): JsonObject {
  const containers = memberAt(pod, ["spec", "containers"]);
  const names = Array.isArray(containers) ? containers.filter(isObject).map(({ name }) => name) : [];
  return { ...pod, status: { containerStatuses: names.map((name) => ({ name, state: { waiting: { reason } } })) } };
}

/** Metadata of a Pod with a controller. */
export function ownedBy(apiVersion: string, kind: string, metadata: JsonObject = {}): JsonObject {
  return { ...metadata, ownerReferences: [{ apiVersion, kind, name: "owner", uid: "u", controller: true }] };
}

/** A Pod of a ReplicaSet waits for an image that a credential of its namespace serves. */
export function evidenceOf(changes: Partial<HealingEvidence> = {}): HealingEvidence {
  return {
    namespace: "apps",
    pod: waitingPod(podOf(["reg.io/app"], undefined, ownedBy("apps/v1", "ReplicaSet"))),
    view: viewOf([credentialOf("team", "reg.io")]),
    namespaceLabels: {},
    webhooks: DEFAULT_WEBHOOKS,
    owner: { metadata: { uid: "u" } },
    workload: undefined,
    ...changes,
  };
}
