/** What the API server's validation says to a Secret as it stands in a manifest, before anything is sent. */
import { LETTER_N, OPEN_BRACE } from "../go/ascii.ts";
import { decodeBase64 } from "../go/base64.ts";
import { isJson, skipWhiteSpace } from "../go/json-syntax.ts";
import { isObject, type JsonObject, memberAt, memberOf, stringOf } from "../json-value.ts";
import { CREDENTIAL_TYPES } from "../kubelet/credential.ts";
import { isObjectName } from "../object-metadata.ts";
import type { Finding, Refusal } from "./finding.ts";

/** @see kubernetes pkg/apis/core MaxSecretSize, in bytes */
const MAX_SECRET_BYTES = 1024 * 1024;

type Refused = Finding & { readonly code: "refused" };

/**
 * Gives what the API server would object to; empty when it takes the Secret.
 * @see kubernetes pkg/apis/core/validation/validation.go ValidateSecret; apimachinery pkg/util/validation IsConfigMapKey
 */
export function findRefusals(secret: JsonObject): readonly Refused[] {
  const name = stringOf(memberAt(secret, ["metadata", "name"]));
  const refusals: Refused[] = [];
  const refuse = (field: string, problem: Refusal): number => refusals.push({ code: "refused", problem, field });
  if (name !== undefined && !isObjectName(name)) refuse("metadata.name", "bad-name");
  const values = new Map<string, Uint8Array>();
  for (const field of ["data", "stringData"] as const) {
    const members = memberOf(secret, field) ?? {};
    if (!isObject(members)) refuse(field, "not-an-object");
    for (const [key, value] of Object.entries(isObject(members) ? members : {})) {
      const place = `${field}[${key}]`;
      if (!isDataKey(key)) refuse(place, "bad-key");
      const bytes = readValue(value, field);
      if (typeof bytes === "string") refuse(place, bytes);
      else values.set(key, bytes);
    }
  }
  // The rest is checked of what could be read.
  if (refusals.length > 0) return refusals;
  const size = [...values.values()].reduce((sum, { length }) => sum + length, 0);
  if (size > MAX_SECRET_BYTES) refuse("data", "too-long");
  const known = CREDENTIAL_TYPES.get(stringOf(memberOf(secret, "type")) ?? "");
  const problem = known === undefined ? undefined : problemOfPayload(values.get(known.dataKey));
  if (known !== undefined && problem !== undefined) refuse(`data[${known.dataKey}]`, problem);
  return refusals;
}

/** A Secret of the two types has to have its data key, with a JSON object or null in it. */
function problemOfPayload(payload: Uint8Array | undefined): Refusal | undefined {
  if (payload === undefined) return "missing";
  if (!isJson(payload)) return "not-json";
  const first = payload[skipWhiteSpace(payload, 0)];
  return first === OPEN_BRACE || first === LETTER_N ? undefined : "not-an-object";
}

const encoder = new TextEncoder();

/** Null is an empty value. */
function readValue(value: unknown, field: "data" | "stringData"): Uint8Array | Refusal {
  if (value === null) return new Uint8Array();
  if (typeof value !== "string") return "not-a-string";
  return field === "stringData" ? encoder.encode(value) : (decodeBase64(value, "padded") ?? "not-base64");
}

function isDataKey(key: string): boolean {
  return key.length <= 253 && /^[-._a-zA-Z0-9]+$/.test(key) && key !== "." && !key.startsWith("..");
}
