/** `imagePullSecrets` at a place where Kubernetes does not look for them. */
import { isObject, type JsonObject, memberAt, memberOf } from "../json-value.ts";

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
  const around = podSpec.map((_, index) => podSpec.slice(0, index));
  const places = around.flatMap((place) => [place, [...place, "metadata"]]);
  for (const place of places) {
    const field = [...place, "imagePullSecrets"];
    if (memberAt(object, field) !== undefined) return { code: "misplaced-list", field: field.join("."), rightField };
  }
  for (const list of ["initContainers", "containers"]) {
    const containers = memberAt(object, [...podSpec, list]);
    const index = Array.isArray(containers)
      ? containers.findIndex(
          (container) => isObject(container) && memberOf(container, "imagePullSecrets") !== undefined,
        )
      : -1;
    const field = `${[...podSpec, list].join(".")}[${index}].imagePullSecrets`;
    if (index >= 0) return { code: "misplaced-list", field, rightField };
  }
  return undefined;
}
