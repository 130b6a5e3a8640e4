/** Judges a credential: what is not right with its Secret, its payload, its entries and its registry keys. */
import { compareBytes, toByteString } from "../go/byte-string.ts";
import { isObject, type JsonObject, memberAt, memberOf, stringOf } from "../json-value.ts";
import { CREDENTIAL_TYPES, type Credential, type CredentialReading } from "../kubelet/credential.ts";
import { isVoidEntry } from "../kubelet/docker-config.ts";
import type { Keyring } from "../kubelet/keyring.ts";
import { findEntryFindings } from "./entry-findings.ts";
import {
  type CredentialReason,
  type CredentialStore,
  type Finding,
  type FindingCode,
  findingAt,
  isFinding,
} from "./finding.ts";
import { findKeyFinding } from "./key-finding.ts";
import { findCredentialStore, findPayloadFinding, findTextFinding } from "./payload-finding.ts";
import { findWrongType, listDataKeys } from "./secret-finding.ts";
import { showKey } from "./written-key.ts";

/** A credential with what is to be said of it. */
export interface JudgedCredential extends Credential {
  /** Why it is not usable; null when it is. */
  readonly reason: CredentialReason | null;
  /** What is not right, the most important first. */
  readonly findings: readonly Finding[];
  /** The namespace that it is shared from; absent: it is the namespace's own. */
  readonly sharedFrom?: string;
}

/**
 * Most findings of one code for one Secret: 70,000 entries fit into it, and what is wrong with more than a few is wrong with
 * all of them.
 */
const MAX_PER_CODE = 16;

/** Nearly all credentials have none, and share one list. */
const NO_FINDINGS: readonly Finding[] = [];

/** Tells whether a credential is in use, or would be if it were not for a mistake. */
function isMeantForUse({ status, reason }: JudgedCredential): boolean {
  return status === "usable" || (reason !== null && isFinding(reason));
}

/** Gives what tells of a credential whether it counts for a list: it is in the list, or it could be added to it. */
export function isCandidateFor(
  list: { has(name: string): boolean },
  keyring: Keyring<JudgedCredential>,
): (credential: Credential) => boolean {
  return ({ name }) => {
    const credential = keyring.credentials.get(name);
    return credential !== undefined && (list.has(name) || isMeantForUse(credential));
  };
}

/** Counts the credentials that have a finding, by its code. @param nowSeconds the time, in seconds since 1970 */
export function countFindings(
  credentials: Iterable<JudgedCredential>,
  nowSeconds: number,
): ReadonlyMap<FindingCode, number> {
  const counts = new Map<FindingCode, number>();
  for (const { findings } of credentials) {
    if (findings.length === 0) continue;
    const codes = new Set(findings.map((finding) => findingAt(finding, nowSeconds).code));
    for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return counts;
}

/** Gives what is not right with a Secret, the most important first. */
export function findFindings(secret: JsonObject, reading: CredentialReading): readonly Finding[] {
  const whole = findSecretFinding(secret, reading);
  const findings = whole === undefined ? findInEntries(reading) : [whole];
  return findings.length === 0 ? NO_FINDINGS : bound(findings);
}

/** What is to be said of the Secret as a whole; undefined when that depends on its entries. */
function findSecretFinding(
  secret: JsonObject,
  { credential: { type }, defect, payload, entries }: CredentialReading,
): Finding | undefined {
  const known = CREDENTIAL_TYPES.get(type);
  if (known === undefined) return findWrongType(secret, type);
  if (isObject(memberOf(secret, "sops"))) return { code: "encrypted", by: "SOPS" };
  const { dataKey, shape } = known;
  if (defect?.code === "too-many-members") return defect;
  if (payload === null) {
    const data = stringOf(memberAt(secret, ["data", dataKey]));
    if (defect?.code === "data-not-base64")
      return (data === undefined ? undefined : findTextFinding(bytesOf(data))) ?? defect;
    return data === undefined
      ? { code: "wrong-data-key", expected: dataKey, present: listDataKeys(secret) }
      : (defect as Finding);
  }
  if (hasLogin(entries)) return undefined;
  // The older type takes nearly every object for entries.
  const cause = entries.size === 0 || shape === "dockercfg" ? findPayloadFinding(payload, shape) : undefined;
  const isVague = cause === undefined || cause.code === "no-entries" || cause.code === "credential-store";
  if (!isVague || defect === null || defect.code === "other-type") return cause;
  if (!("registry" in defect) || defect.registry === null) return defect;
  const registry = showKey(defect.registry);
  return findTextFinding(payload)?.code === "template" ? { code: "template", registry } : { ...defect, registry };
}

function findInEntries({ payload, entries }: CredentialReading): Finding[] {
  const findings: Finding[] = [];
  let store: CredentialStore | null | undefined;
  const inOrder = entries.size < 2 ? entries : [...entries].sort(([a], [b]) => compareBytes(a, b));
  for (const [key, entry] of inOrder) {
    const registry = showKey(key);
    if (store === undefined && payload !== null && isVoidEntry(entry)) store = findCredentialStore(payload);
    const ofKey = findKeyFinding(key, registry);
    if (ofKey !== undefined) findings.push(ofKey);
    const ofEntry = findEntryFindings(registry, entry, store ?? null);
    findings.push(...(ofKey?.code === "template" ? ofEntry.filter(({ code }) => code !== "template") : ofEntry));
  }
  return findings;
}

function hasLogin(entries: CredentialReading["entries"]): boolean {
  for (const entry of entries.values()) if (!isVoidEntry(entry)) return true;
  return false;
}

function bound(findings: readonly Finding[]): readonly Finding[] {
  const counts = new Map<FindingCode, number>();
  return findings.filter(({ code }) => {
    const count = (counts.get(code) ?? 0) + 1;
    counts.set(code, count);
    return count <= MAX_PER_CODE;
  });
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(toByteString(text), (byte) => byte.charCodeAt(0));
}
