/** `imagePullSecrets` at a place where Kubernetes does not look for them, or in a spelling that it does not know. */
import { arrayAt, isObject, type JsonObject, memberOf } from "../json-value.ts";

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
  const found = (place: readonly string[], name: string): MisplacedList => {
    return { code: "misplaced-list", field: [...place, name].join("."), rightField };
  };
  let value: unknown = object;
  for (const [depth, name] of podSpec.entries()) {
    const place = podSpec.slice(0, depth);
    const [around, ofMetadata] = [listIn(value), listIn(memberOf(value, "metadata"))];
    if (around !== undefined) return found(place, around);
    if (ofMetadata !== undefined) return found([...place, "metadata"], ofMetadata);
    value = memberOf(value, name);
  }
  const misspelt = listsIn(value).find((name) => name !== "imagePullSecrets");
  if (misspelt !== undefined) return found(podSpec, misspelt);
  for (const list of ["initContainers", "containers"]) {
    for (const [index, container] of arrayAt(value, [list]).entries()) {
      const name = listIn(container);
      if (name !== undefined) return found([...podSpec, `${list}[${index}]`], name);
    }
  }
  return findNameless(value, rightField);
}

/** The same around the list of a ServiceAccount, which has no `spec`. */
export function findMisplacedListOfAccount(account: JsonObject): MisplacedList | undefined {
  const rightField = "imagePullSecrets";
  const misspelt = listsIn(account).find((name) => name !== rightField);
  if (misspelt !== undefined) return { code: "misplaced-list", field: misspelt, rightField };
  for (const place of ["metadata", "spec"]) {
    const name = listIn(memberOf(account, place));
    if (name !== undefined) return { code: "misplaced-list", field: `${place}.${name}`, rightField };
  }
  return findNameless(account, rightField);
}

/** Names of members that are such a list, or were meant for one. */
function listsIn(value: unknown): readonly string[] {
  return Object.keys(isObject(value) ? value : {}).filter((name) => /^image[-_]?pull[-_]?secrets?$/i.test(name));
}

function listIn(value: unknown): string | undefined {
  return listsIn(value)[0];
}

/** A reference has a name and nothing else; what it is called in volumes and variables is `secretName` and `secretRef`. */
function findNameless(holder: unknown, rightField: string): MisplacedList | undefined {
  for (const [index, reference] of arrayAt(holder, ["imagePullSecrets"]).entries()) {
    const [other] = Object.keys(isObject(reference) ? reference : {}).filter((member) => member !== "name");
    if (other === undefined || memberOf(reference, "name") !== undefined) continue;
    const place = `${rightField}[${index}]`;
    return { code: "misplaced-list", field: `${place}.${other}`, rightField: `${place}.name` };
  }
  return undefined;
}
