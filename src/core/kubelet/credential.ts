/**
 * A registry credential as the kubelet reads it: the name of a Secret and the registry keys in it. It never holds a user name, a
 * password or a payload.
 */
import { decodeBase64 } from "../go/base64.ts";
import { compareBytes } from "../go/byte-string.ts";
import { type JsonObject, memberAt, memberOf, stringOf } from "../json-value.ts";
import {
  type DockerConfigEntry,
  type DockerConfigError,
  type DockerConfigShape,
  isVoidEntry,
  parseDockerConfig,
} from "./docker-config.ts";
import { toIndexKey, withoutSecrets } from "./registry-url.ts";

/**
 * What a Secret is worth: `usable` has an entry that can serve an image, and may be added; `empty` parses and has no entry that
 * the kubelet indexes; `malformed` is one the kubelet cannot parse; `ignored` is no pull credential for the kubelet, or one that
 * pullring never adds (core/admission/eligibility.ts).
 */
export type CredentialStatus = "usable" | "empty" | "malformed" | "ignored";

/** A Secret without its secrets. */
export interface Credential {
  readonly name: string;
  /** The type of the Secret, as written. */
  readonly type: string;
  readonly status: CredentialStatus;
  /**
   * Registry keys that the kubelet indexes, as written but for user info, sorted by bytes. An ignored credential has them where
   * the kubelet would use it all the same, as it does when a person lists it.
   */
  readonly registries: readonly string[];
  /** Those of them whose entry has neither user name nor password. */
  readonly voidRegistries: readonly string[];
}

/** Why the kubelet does not use a Secret. */
export type CredentialDefect =
  | DockerConfigError
  | { readonly code: "other-type" }
  | { readonly code: "no-data" | "data-not-base64"; readonly dataKey: string };

/** The two types of Secrets that the kubelet reads, with the data key and the payload shape of each. */
export const CREDENTIAL_TYPES: ReadonlyMap<string, { readonly dataKey: string; readonly shape: DockerConfigShape }> =
  new Map([
    ["kubernetes.io/dockerconfigjson", { dataKey: ".dockerconfigjson", shape: "dockerconfigjson" }],
    ["kubernetes.io/dockercfg", { dataKey: ".dockercfg", shape: "dockercfg" }],
  ]);

/** What was read of a Secret. Payload and entries are for those who judge them at once; nobody keeps them. */
export interface CredentialReading {
  readonly credential: Credential;
  /** null when the kubelet uses the Secret. */
  readonly defect: CredentialDefect | null;
  /** The payload; null where there is none, or where it is not base64. */
  readonly payload: Uint8Array | null;
  /** By registry key as written, also those that the kubelet does not index; empty where it parses none. */
  readonly entries: ReadonlyMap<string, DockerConfigEntry>;
}

/**
 * Reads a Secret as the API server returns it, for what the kubelet makes of it.
 * @param secret a Secret object; undecodable parts make it malformed or ignored, never an error
 * @param maxMembers most members of the payload; one with more is ignored. @see parseDockerConfig
 * @see kubernetes pkg/credentialprovider/secrets/secrets.go MakeDockerKeyring
 */
export function readCredential(secret: JsonObject, maxMembers?: number): CredentialReading {
  const name = stringOf(memberAt(secret, ["metadata", "name"])) ?? "";
  const type = stringOf(memberOf(secret, "type")) ?? "Opaque";
  const known = CREDENTIAL_TYPES.get(type);
  const unused = (status: CredentialStatus, defect: CredentialDefect, payload: Uint8Array | null = null) => ({
    credential: { name, type, status, ...NO_REGISTRIES },
    defect,
    payload,
    entries: NO_ENTRIES,
  });
  if (known === undefined) return unused("ignored", { code: "other-type" });
  const { dataKey, shape } = known;
  const data = memberAt(secret, ["data", dataKey]);
  const payload = typeof data === "string" ? decodeBase64(data, "padded") : undefined;
  if (data === undefined || data === null || payload?.length === 0) {
    return unused("ignored", { code: "no-data", dataKey });
  }
  if (payload === undefined) return unused("malformed", { code: "data-not-base64", dataKey });
  const { entries, error } = parseDockerConfig(payload, shape, maxMembers);
  if (error?.code === "too-many-members") return unused("ignored", error);
  return error === null
    ? { credential: { name, type, ...contentsOf(entries) }, defect: null, payload, entries }
    : unused("malformed", error, payload);
}

/** Most credentials have no void entry, and share one list. */
const NO_REGISTRIES: Pick<Credential, "registries" | "voidRegistries"> = { registries: [], voidRegistries: [] };
const NO_ENTRIES: ReadonlyMap<string, DockerConfigEntry> = new Map();

function contentsOf(
  entries: ReadonlyMap<string, DockerConfigEntry>,
): Pick<Credential, "status" | "registries" | "voidRegistries"> {
  const filled = new Map<string, boolean>();
  for (const [key, entry] of entries) {
    if (toIndexKey(key) === undefined) continue;
    const registry = withoutSecrets(key);
    filled.set(registry, filled.get(registry) === true || !isVoidEntry(entry));
  }
  const registries = [...filled.keys()].sort(compareBytes);
  const isVoid = (registry: string): boolean => filled.get(registry) === false;
  return {
    status: registries.length === 0 ? "empty" : "usable",
    registries,
    voidRegistries: registries.some(isVoid) ? registries.filter(isVoid) : NO_REGISTRIES.voidRegistries,
  };
}
