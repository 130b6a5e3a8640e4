/**
 * Reads Pods that never ran in whole into what healing needs of them: images, the list of pull secrets, who owns them, what they
 * wait for. Of their environment, commands and other settings nothing is built.
 */
import type { JsonObject } from "../../core/json-value.ts";
import { pickMembers } from "./json-pick.ts";
import { OBJECT_KEY, objectKeyOf, type WatchedResource } from "./watched-resource.ts";

const CONTAINERS = [{ name: "value", image: "value", volumeMounts: [{ name: "value" }] }] as const;
const STATUSES = [{ name: "value", state: { waiting: { reason: "value" } } }] as const;

const POD = {
  metadata: {
    ...OBJECT_KEY.metadata,
    uid: "value",
    creationTimestamp: "value",
    deletionTimestamp: "value",
    ownerReferences: "value",
    labels: "short-texts",
    annotations: {
      "pullring.dev/injected": "value",
      "kubernetes.io/config.mirror": "value",
      "batch.kubernetes.io/job-index-failure-count": "value",
    },
  },
  spec: {
    serviceAccountName: "value",
    imagePullSecrets: "value",
    initContainers: CONTAINERS,
    containers: CONTAINERS,
    volumes: [{ name: "value", image: { reference: "value" } }],
  },
  status: { initContainerStatuses: STATUSES, containerStatuses: STATUSES },
} as const;

/** The Pods in phase Pending: those of which some container, init containers included, never ran. */
export const PENDING_PODS: WatchedResource<JsonObject> = {
  name: "pods",
  scope: "namespaced",
  fieldSelector: "status.phase=Pending",
  label: "pods",
  read: (bytes) => {
    const pod = pickMembers(bytes, POD);
    const key = objectKeyOf(pod, "namespaced");
    return pod === undefined || key === undefined ? undefined : { ...key, value: pod };
  },
};

/** The same Pods, by their names alone. */
export const PENDING_POD_NAMES: WatchedResource<true> = {
  ...PENDING_PODS,
  read: (bytes) => {
    const key = objectKeyOf(pickMembers(bytes, OBJECT_KEY), "namespaced");
    return key && { ...key, value: true };
  },
};
