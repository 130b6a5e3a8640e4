/**
 * A registry credential as the decision sees it: the name of a Secret and the registry keys in it. It never holds a user
 * name, a password or a payload.
 */
import { decodeBase64 } from "../go/base64.ts";
import { compareBytes } from "../go/byte-string.ts";
import { type JsonObject, memberAt, memberOf, stringOf } from "../json-value.ts";
import { type DockerConfigShape, parseDockerConfig } from "./docker-config.ts";

/**
 * What a Secret is worth: `usable` has a registry key and may be added; `empty` parses and has none; `malformed` is one the
 * kubelet cannot parse; `ignored` is no pull credential for the kubelet, or one that pullring never adds
 * (core/admission/eligibility.ts).
 */
export type CredentialStatus = "usable" | "empty" | "malformed" | "ignored";

/** A Secret without its secrets. */
export interface Credential {
  readonly name: string;
  /** The type of the Secret, as written. */
  readonly type: string;
  readonly status: CredentialStatus;
  /** Why it is malformed or ignored; null otherwise. */
  readonly reason: string | null;
  /**
   * Registry keys as written, sorted by bytes. An ignored credential has them where the kubelet would use it all the same,
   * as it does when a person lists it.
   */
  readonly registries: readonly string[];
  /** Those of them whose entry has neither user name nor password. */
  readonly voidRegistries: readonly string[];
}

/** The two types of Secrets that the kubelet reads, with the data key and the payload shape of each. */
export const CREDENTIAL_TYPES: ReadonlyMap<string, { readonly dataKey: string; readonly shape: DockerConfigShape }> =
  new Map([
    ["kubernetes.io/dockerconfigjson", { dataKey: ".dockerconfigjson", shape: "dockerconfigjson" }],
    ["kubernetes.io/dockercfg", { dataKey: ".dockercfg", shape: "dockercfg" }],
  ]);

/**
 * Reads a Secret as the API server returns it, for what the kubelet makes of it.
 * @param secret a Secret object; undecodable parts make it malformed or ignored, never an error
 * @see kubernetes pkg/credentialprovider/secrets/secrets.go MakeDockerKeyring
 */
export function readCredential(secret: JsonObject): Credential {
  const name = stringOf(memberAt(secret, ["metadata", "name"])) ?? "";
  const type = stringOf(memberOf(secret, "type")) ?? "Opaque";
  const known = CREDENTIAL_TYPES.get(type);
  if (known === undefined) {
    return { name, type, status: "ignored", reason: "not a registry credential type", ...NO_REGISTRIES };
  }
  return { name, type, ...readPayload(secret, known) };
}

/** Most credentials have no void entry, and share one list. */
const NO_REGISTRIES = { registries: [], voidRegistries: [] } as const;

type Contents = Pick<Credential, "status" | "reason" | "registries" | "voidRegistries">;

function readPayload(
  secret: JsonObject,
  { dataKey, shape }: { readonly dataKey: string; readonly shape: DockerConfigShape },
): Contents {
  const data = memberAt(secret, ["data", dataKey]);
  const bytes = typeof data === "string" ? decodeBase64(data, "padded") : undefined;
  if (data === undefined || data === null || bytes?.length === 0) {
    return { status: "ignored", reason: `no data under ${dataKey}`, ...NO_REGISTRIES };
  }
  if (bytes === undefined) {
    return { status: "malformed", reason: `the data under ${dataKey} is not base64`, ...NO_REGISTRIES };
  }
  const config = parseDockerConfig(bytes, shape);
  if (config.error !== null) return { status: "malformed", reason: config.error, ...NO_REGISTRIES };
  const registries = config.registries.toSorted(compareBytes);
  const voidRegistries = config.voidRegistries.length === 0 ? NO_REGISTRIES.voidRegistries : config.voidRegistries;
  return { status: registries.length === 0 ? "empty" : "usable", reason: null, registries, voidRegistries };
}
