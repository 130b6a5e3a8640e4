/** Reads Secrets of one registry credential type into what the index keeps of them. No payload outlives the reading. */

import { readEligibleCredential } from "../../core/admission/eligibility.ts";
import { OPEN_BRACE } from "../../core/go/ascii.ts";
import type { JsonObject } from "../../core/json-value.ts";
import { CREDENTIAL_TYPES, type Credential } from "../../core/kubelet/credential.ts";
import type { Codec } from "../index/packed-objects.ts";
import { pickAt, pickMembers } from "./json-pick.ts";
import { OBJECT_KEY, objectKeyOf } from "./object-key.ts";
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
  metadata: {
    ...OBJECT_KEY.metadata,
    deletionTimestamp: "value",
    labels: "short-texts",
    annotations: "short-texts",
  },
  data: "place",
} as const;

/**
 * The Secrets of one type.
 * @param type one of CREDENTIAL_TYPES; the type of a Secret never changes, so each has a list and a watch of its own
 * @param namespace undefined: all
 */
export function credentialResource(
  type: string,
  namespace: string | undefined,
): WatchedResource<IndexedCredential> {
  return {
    resource: "secrets",
    namespace,
    fieldSelector: `type=${type}`,
    label: type.slice(type.indexOf("/") + 1),
    read: (bytes, known) => read(bytes, type, known),
  };
}

/** How the credentials of one type are kept. */
export function credentialForm(type: string): Codec<IndexedCredential> {
  return {
    pack: (_, { name, status, reason, registries, version }) => [name, status, reason, registries, version],
    unpack: (packed) => {
      const [name, status, reason, registries, version] = packed as PackedCredential;
      return [name, { name, type, status, reason, registries, version }];
    },
    isFaulty: ({ status }) => status === "malformed",
  };
}

type PackedCredential = readonly [
  name: string,
  status: Credential["status"],
  reason: string | null,
  registries: readonly string[],
  version: number,
];

function read(
  bytes: Uint8Array,
  type: string,
  known: KnownValue<IndexedCredential> | undefined,
): Observed<IndexedCredential> | undefined {
  const secret = pickMembers(bytes, SECRET);
  const place = objectKeyOf(secret);
  if (secret === undefined || place === undefined || secret.type !== type) {
    return undefined;
  }
  const before = known?.(place.namespace, place.name);
  const value = before?.version === place.version ? before : build(bytes, secret, place.version);
  const { namespace, name, version } = place;
  return { namespace, name, version, value };
}

function build(bytes: Uint8Array, secret: JsonObject, version: number): IndexedCredential {
  const { data } = secret;
  const hasData = typeof data === "number" && bytes[data] === OPEN_BRACE;
  const { name, type, status, reason, registries } = readEligibleCredential({
    type: secret.type,
    metadata: secret.metadata,
    data: hasData ? pickAt(bytes, data, DATA) : undefined,
  });
  return { name, type, status, reason, registries, version };
}
