/** Reads where an object stands and at which version, and nothing else of it. */
import { memberAt, stringOf } from "../core/json-value.ts";
import { pickMembers } from "./json-pick.ts";
import { parseResourceVersion } from "./resource-version.ts";

/** Namespace, name and resource version of an object. */
export interface ObjectCoordinates {
  readonly namespace: string;
  readonly name: string;
  readonly version: number;
}

const COORDINATES = { metadata: { namespace: "value", name: "value", resourceVersion: "value" } } as const;

/** Gives the coordinates; undefined when the bytes are no namespaced object. */
export function readCoordinates(bytes: Uint8Array): ObjectCoordinates | undefined {
  const object = pickMembers(bytes, COORDINATES);
  const namespace = stringOf(memberAt(object, ["metadata", "namespace"]));
  const name = stringOf(memberAt(object, ["metadata", "name"]));
  const version = parseResourceVersion(memberAt(object, ["metadata", "resourceVersion"]));
  return namespace === undefined || name === undefined || version === undefined
    ? undefined
    : { namespace, name, version };
}
