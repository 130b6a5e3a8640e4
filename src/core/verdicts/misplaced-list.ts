/** `imagePullSecrets` at a place where Kubernetes does not look for them. */
import { type JsonObject, memberOf } from "../json-value.ts";

/** Such a list. */
export interface MisplacedList {
  readonly code: "misplaced-list";
  /** As in `spec.imagePullSecrets`. */
  readonly field: string;
  /** Where it belongs. */
  readonly rightField: string;
}

/**
 * Finds the first such list around the Pod spec or in one of its containers; undefined when there is none.
 * @param path the path from the object to its Pod template
 */
export function findMisplacedList(object: JsonObject, path: readonly string[]): MisplacedList | undefined {
  const podSpec = [...path, "spec"];
  const rightField = [...podSpec, "imagePullSecrets"].join(".");
  const found = (...place: readonly string[]): MisplacedList => {
    return { code: "misplaced-list", field: [...place, "imagePullSecrets"].join("."), rightField };
  };
  let value: unknown = object;
  for (const [depth, name] of podSpec.entries()) {
    const place = podSpec.slice(0, depth);
    if (hasList(value)) return found(...place);
    if (hasList(memberOf(value, "metadata"))) return found(...place, "metadata");
    value = memberOf(value, name);
  }
  for (const list of ["initContainers", "containers"]) {
    const containers = memberOf(value, list);
    const index = Array.isArray(containers) ? containers.findIndex(hasList) : -1;
    if (index >= 0) return found(...podSpec, `${list}[${index}]`);
  }
  return undefined;
}

function hasList(value: unknown): boolean {
  return memberOf(value, "imagePullSecrets") !== undefined;
}
