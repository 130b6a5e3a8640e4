/**
 * Names of a template's list that people wrote, by what the object itself shows. pullring's annotation names what it added; who
 * writes such a name into a manifest later wants it there whether or not pullring does.
 */
import { arrayAt, isObject, type JsonObject, memberAt, memberOf, stringOf } from "../json-value.ts";
import { INJECTED_ANNOTATION } from "./markers.ts";

/** What `kubectl apply` notes down. @see https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/ */
export const LAST_APPLIED_ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration";

const LIST = ["spec", "imagePullSecrets"];
const ANNOTATION = ["metadata", "annotations", INJECTED_ANNOTATION];

/**
 * Gives the names that were applied, by `kubectl apply` or on the server. A manifest with our annotation was taken from a stored
 * object together with our names, and shows nothing.
 * @param path from the object to its template
 */
export function writtenNames(object: JsonObject | undefined, path: readonly string[]): readonly string[] {
  const entries = arrayAt(object, ["metadata", "managedFields"]);
  const template = memberAt(readLastApplied(object), path);
  const names = memberAt(template, ANNOTATION) === undefined ? arrayAt(template, LIST).flatMap(nameOf) : [];
  return [...names, ...entries.flatMap((entry) => readAppliedFields(entry, path))];
}

/** Reads the manifest that `kubectl apply` noted; undefined when there is none that can be read. */
export function readLastApplied(object: JsonObject | undefined): unknown {
  return parse(stringOf(memberAt(object, ["metadata", "annotations", LAST_APPLIED_ANNOTATION])) ?? "");
}

/** @see https://kubernetes.io/docs/reference/using-api/server-side-apply/ a reference in a list has the key `k:{"name":"a"}` */
function readAppliedFields(entry: unknown, path: readonly string[]): readonly string[] {
  const fieldsAt = (names: readonly string[]): unknown =>
    memberAt(entry, ["fieldsV1", ...[...path, ...names].map((name) => `f:${name}`)]);
  const list = fieldsAt(LIST);
  const isApplied = memberOf(entry, "operation") === "Apply" && fieldsAt(ANNOTATION) === undefined;
  return isApplied && isObject(list) ? Object.keys(list).flatMap((key) => nameOf(parse(key.slice("k:".length)))) : [];
}

function nameOf(reference: unknown): readonly string[] {
  return [stringOf(memberOf(reference, "name"))].filter((name) => name !== undefined);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
