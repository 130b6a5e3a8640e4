/** What `kubectl apply` makes of a manifest where the object exists already: the update that the API server would then send. */
import { LAST_APPLIED_ANNOTATION, readLastApplied } from "../../core/admission/written-names.ts";
import { isObject, type JsonObject, memberOf } from "../../core/json-value.ts";

/**
 * The lists of a Pod spec whose elements are merged by one of their members; all others are replaced.
 * @see k8s.io/api/core/v1/types.go patchMergeKey
 */
const MERGE_KEYS: ReadonlyMap<string, string> = new Map([
  ...["containers", "initContainers", "ephemeralContainers", "volumes", "env", "imagePullSecrets"].map(
    (list) => [list, "name"] as const,
  ),
  ["ports", "containerPort"],
  ["volumeMounts", "mountPath"],
  ["volumeDevices", "devicePath"],
  ["topologySpreadConstraints", "topologyKey"],
  ["hostAliases", "ip"],
]);

/**
 * Gives `stored` as it is with `manifest` applied and noted down. What the manifest does not speak of stays, such as the defaults
 * of the API server, unless it was in the manifest that was applied before.
 * @see https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/#merge-patch-calculation
 */
export function applyManifest(stored: JsonObject, manifest: JsonObject): JsonObject {
  const note = { metadata: { annotations: { [LAST_APPLIED_ANNOTATION]: JSON.stringify(manifest) } } };
  return mergeObject(mergeObject(stored, manifest, readLastApplied(stored)), note, undefined);
}

function mergeObject(stored: JsonObject, manifest: JsonObject, before: unknown): JsonObject {
  const merged: Record<string, unknown> = { ...stored };
  for (const name of Object.keys(isObject(before) ? before : {}))
    if (!Object.hasOwn(manifest, name)) delete merged[name];
  for (const [name, value] of Object.entries(manifest)) {
    if (value === null) delete merged[name];
    else merged[name] = mergeValue([memberOf(stored, name), value, memberOf(before, name)], MERGE_KEYS.get(name));
  }
  return merged;
}

type Versions = readonly [stored: unknown, manifest: unknown, before: unknown];

function mergeValue([stored, manifest, before]: Versions, key: string | undefined): unknown {
  if (isObject(stored) && isObject(manifest)) return mergeObject(stored, manifest, before);
  if (key === undefined || !Array.isArray(stored) || !Array.isArray(manifest)) return manifest;
  const find = (list: unknown, id: unknown): unknown =>
    Array.isArray(list) ? list.find((element) => memberOf(element, key) === id) : undefined;
  const written = manifest.map((element: unknown) => {
    const id = memberOf(element, key);
    return mergeValue([find(stored, id), element, find(before, id)], undefined);
  });
  const kept = stored.filter((element: unknown) => {
    const id = memberOf(element, key);
    return find(manifest, id) === undefined && find(before, id) === undefined;
  });
  return [...written, ...kept];
}

const OF_THE_SERVER = new Set([
  "managedFields",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "selfLink",
]);

/** Gives an object without what the API server alone writes: its status, and its own parts of the metadata. */
export function withoutServerFields({ status: _, metadata, ...rest }: JsonObject): JsonObject {
  const members = Object.entries(isObject(metadata) ? metadata : {}).filter(([name]) => !OF_THE_SERVER.has(name));
  return { ...rest, metadata: Object.fromEntries(members) };
}

/** Gives an object without what `kubectl apply` notes down, as it would be written into a file. */
export function withoutLastApplied(object: JsonObject): JsonObject {
  const { metadata } = object;
  const annotations = memberOf(metadata, "annotations");
  if (!isObject(metadata) || !isObject(annotations) || !(LAST_APPLIED_ANNOTATION in annotations)) return object;
  const { annotations: _, ...others } = metadata;
  const { [LAST_APPLIED_ANNOTATION]: __, ...kept } = annotations;
  return { ...object, metadata: Object.keys(kept).length === 0 ? others : { ...others, annotations: kept } };
}
