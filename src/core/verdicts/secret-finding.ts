/** Judges the Secret around a payload: its type and its data keys. */

import { decodeBase64 } from "../go/base64.ts";
import { compareBytes } from "../go/byte-string.ts";
import { isObject, type JsonObject, memberOf } from "../json-value.ts";
import { CREDENTIAL_TYPES } from "../kubelet/credential.ts";
import type { Finding } from "./finding.ts";
import { isDockerConfig, isDockercfg } from "./payload-finding.ts";

/** Most data keys that a finding names. */
const MAX_DATA_KEYS = 8;

/**
 * Finds a docker config in a Secret of a type that the kubelet does not read: under a data key of the right types, or under
 * another where the content leaves no doubt. undefined when there is none.
 */
export function findWrongType(secret: JsonObject, type: string): Finding | undefined {
  const data = memberOf(secret, "data");
  if (!isObject(data)) return undefined;
  const found = findUnderKnownKey(data) ?? findByContent(data);
  return found && { code: "wrong-type", type, ...found };
}

/** Where a docker config was found, with the type and the data key that it belongs to. */
interface Found {
  readonly expected: string;
  readonly dataKey: string;
  readonly foundUnder: string;
}

function findUnderKnownKey(data: JsonObject): Found | undefined {
  for (const [expected, { dataKey }] of CREDENTIAL_TYPES) {
    if (Object.hasOwn(data, dataKey)) return { expected, dataKey, foundUnder: dataKey };
  }
  return undefined;
}

function findByContent(data: JsonObject): Found | undefined {
  for (const [foundUnder, value] of Object.entries(data)) {
    const bytes = typeof value === "string" ? decodeBase64(value, "padded") : undefined;
    if (bytes === undefined) continue;
    if (isDockerConfig(bytes)) {
      return { expected: "kubernetes.io/dockerconfigjson", dataKey: ".dockerconfigjson", foundUnder };
    }
    if (/docker|registry|pull/i.test(foundUnder) && isDockercfg(bytes)) {
      return { expected: "kubernetes.io/dockercfg", dataKey: ".dockercfg", foundUnder };
    }
  }
  return undefined;
}

/** The data keys of a Secret, sorted by bytes; the first few. */
export function listDataKeys(secret: JsonObject): readonly string[] {
  const data = memberOf(secret, "data");
  return isObject(data) ? Object.keys(data).sort(compareBytes).slice(0, MAX_DATA_KEYS) : [];
}
