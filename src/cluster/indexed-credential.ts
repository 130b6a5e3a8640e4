/** Reads Secrets of one registry credential type into what the index keeps of them. No payload outlives the reading. */
import { CREDENTIAL_TYPES, type Credential, readCredential } from "../core/credential.ts";
import { memberOf } from "../core/json-value.ts";
import type { Interner } from "./interner.ts";
import { pickMembers } from "./json-pick.ts";
import { type ObjectCoordinates, readCoordinates } from "./object-coordinates.ts";
import type { KnownValue, Observed, WatchedResource } from "./watched-resource.ts";

/** A credential and the resource version at which its Secret had it. */
export interface IndexedCredential extends Credential {
  readonly version: number;
}

const DATA = Object.fromEntries(
  [...CREDENTIAL_TYPES.values()].map(({ dataKey }) => [dataKey, "value"] as const),
);
const SECRET = {
  type: "value",
  metadata: { name: "value", deletionTimestamp: "value", labels: "short-texts", annotations: "short-texts" },
  data: DATA,
} as const;

/**
 * The Secrets of one type.
 * @param type one of CREDENTIAL_TYPES; the type of a Secret never changes, so each has a list and a watch of its own
 * @param namespace undefined: all
 */
export function credentialResource(
  type: string,
  namespace: string | undefined,
  interner: Interner,
): WatchedResource<IndexedCredential> {
  return {
    resource: "secrets",
    namespace,
    fieldSelector: `type=${type}`,
    label: type.slice(type.indexOf("/") + 1),
    read: (bytes, known) => read(bytes, { type, interner }, known),
  };
}

/** Secrets of one type, and where their texts are shared. */
interface CredentialKind {
  readonly type: string;
  readonly interner: Interner;
}

function read(
  bytes: Uint8Array,
  kind: CredentialKind,
  known: KnownValue<IndexedCredential> | undefined,
): Observed<IndexedCredential> | undefined {
  const place = readCoordinates(bytes);
  if (place === undefined) {
    return undefined;
  }
  const before = known?.(place.namespace, place.name);
  const value = before?.version === place.version ? before : build(bytes, place, kind);
  return value === undefined ? undefined : { ...place, name: value.name, value };
}

function build(
  bytes: Uint8Array,
  { version }: ObjectCoordinates,
  { type, interner }: CredentialKind,
): IndexedCredential | undefined {
  const secret = pickMembers(bytes, SECRET);
  if (secret === undefined || memberOf(secret, "type") !== type) {
    return undefined;
  }
  const credential = readCredential(secret);
  return {
    name: interner.text(credential.name),
    type: interner.text(type),
    status: credential.status,
    reason: credential.reason === null ? null : interner.text(credential.reason),
    registries: interner.list(credential.registries),
    version,
  };
}
