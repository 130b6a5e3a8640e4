/**
 * What is not right with a Secret, as codes with parameters. None of them holds anything of a user name, a password or a token;
 * src/core/sentences has the words.
 */
import type { CredentialDefect } from "../kubelet/credential.ts";

/** One thing that is not right with a Secret. */
export type Finding =
  | Exclude<CredentialDefect, { readonly code: "other-type" }>
  | SecretFinding
  | PayloadFinding
  | EntryFinding
  | KeyFinding
  | TokenEnd;

/** The code of a finding. */
export type FindingCode = Finding["code"];

/** Why a Secret is not usable: a finding, or a reason that is nobody's mistake. */
export type CredentialReason =
  | Finding
  | { readonly code: "other-type" | "opted-out" | "not-chosen" | "being-deleted" | "openshift-managed" }
  | { readonly code: "owned"; readonly owner: "Pod" | "Job" };

/** About the Secret around the payload. */
export type SecretFinding =
  /** A docker config in a Secret of a type that the kubelet does not read; `expected` is the right one. */
  | {
      readonly code: "wrong-type";
      readonly type: string;
      readonly expected: string;
      readonly dataKey: string;
      readonly foundUnder: string;
    }
  /** The data key of the type is missing; `present` are the keys that are there. */
  | { readonly code: "wrong-data-key"; readonly expected: string; readonly present: readonly string[] }
  /** The API server does not take the Secret. */
  | { readonly code: "refused"; readonly problem: Refusal; readonly field: string };

/** What the validation of the API server objects to. */
export type Refusal =
  | "missing"
  | "not-base64"
  | "not-json"
  | "not-an-object"
  | "not-a-string"
  | "bad-name"
  | "bad-key"
  | "too-long";

/** About the payload as a whole. */
export type PayloadFinding =
  | { readonly code: "no-entries" }
  /** Docker keeps the passwords in a store of the computer where the file was made, and the payload has no entry. */
  | { readonly code: "credential-store"; readonly store: CredentialStore }
  /** The map of entries itself, where it belongs under `auths`. */
  | { readonly code: "auths-missing" }
  /** Entries under `auths`, in the type that has none. */
  | { readonly code: "auths-unexpected" }
  /** The docker config is inside another object, or is the text of a JSON string. */
  | { readonly code: "wrapped"; readonly inside: "object" | "string" }
  | { readonly code: "encoded-twice" }
  | { readonly code: "encrypted"; readonly by: Encryption }
  /** A template that nothing filled in; `registry` where it is about one entry. */
  | { readonly code: "template"; readonly registry: string | null }
  | { readonly code: "text-encoding"; readonly encoding: "UTF-16" | "UTF-8 with a byte order mark" };

/** Members of Docker's own configuration that name a program which keeps the passwords. */
export type CredentialStore = "credsStore" | "credHelpers";

/** Tools that encrypt files of manifests. */
export type Encryption = "SOPS" | "Ansible Vault" | "git-crypt" | "age" | "PGP";

/** A finding about one entry; `registry` is its registry key, without user info. */
interface AboutEntry {
  readonly registry: string;
}

/** Tokens that the kubelet does not read. */
export type UnreadToken = "identitytoken" | "registrytoken";

/** About what an entry holds. */
export type EntryFinding = AboutEntry &
  (
    | { readonly code: "void-entry"; readonly store: CredentialStore | null }
    /** The entry has a token alone. */
    | { readonly code: "token-not-read"; readonly token: UnreadToken }
    /** A user name without a password; `token` is beside it. */
    | { readonly code: "no-password"; readonly token: UnreadToken | null }
    | { readonly code: "no-user" }
    | {
        readonly code: "white-space";
        readonly field: "user name" | "password";
        readonly place: "start" | "end";
        readonly character: "newline" | "blank" | "hidden character";
      }
    /** `auth` says something else than `username` and `password`, and the kubelet takes `auth`. */
    | { readonly code: "auth-disagrees" }
  );

/** About a registry key. */
export type KeyFinding = AboutEntry &
  /** The kubelet ignores the entry. */
  (
    | { readonly code: "key-not-a-url"; readonly cause: KeyProblem }
    /** No image is ever covered. */
    | { readonly code: "key-never-matches"; readonly cause: NeverMatches }
    /** `/v1` or `/v2` without a slash behind it, which counts as a path of the image. */
    | { readonly code: "key-api-path" }
    /** A name of Docker Hub under which the kubelet does not look for its account. */
    | { readonly code: "docker-hub-name" }
  );

/** Why a registry key is no URL. */
export type KeyProblem = "newline" | "blank" | "port" | "character";

/** Why a registry key that is a URL covers no image. */
export type NeverMatches =
  | "empty"
  | "scheme"
  | "docker-hub-path"
  | "one-label"
  | "host"
  | "star"
  | "tag"
  | "upper-case"
  | "blank"
  | "path";

/** The password is a token that says when it ends, in seconds since 1970. */
export type TokenEnd = AboutEntry & { readonly code: "token-expires" | "token-expired"; readonly expiresAt: number };

/** Every code, for metrics; a record, so that a missing one does not compile. */
const CODES: Readonly<Record<FindingCode, true>> = {
  "no-data": true,
  "data-not-base64": true,
  "not-json": true,
  "wrong-value": true,
  "auth-not-base64": true,
  "too-many-members": true,
  "auth-without-colon": true,
  "wrong-type": true,
  "wrong-data-key": true,
  refused: true,
  "no-entries": true,
  "credential-store": true,
  "auths-missing": true,
  "auths-unexpected": true,
  wrapped: true,
  "encoded-twice": true,
  encrypted: true,
  template: true,
  "text-encoding": true,
  "void-entry": true,
  "token-not-read": true,
  "no-password": true,
  "no-user": true,
  "white-space": true,
  "auth-disagrees": true,
  "key-not-a-url": true,
  "key-never-matches": true,
  "key-api-path": true,
  "docker-hub-name": true,
  "token-expires": true,
  "token-expired": true,
};

/** The closed set of codes. */
export const FINDING_CODES: readonly FindingCode[] = Object.keys(CODES) as FindingCode[];

/** Tells a mistake from a reason that is nobody's. */
export function isFinding(reason: CredentialReason): reason is Finding {
  return Object.hasOwn(CODES, reason.code);
}

/** Says of a token whether it is over. @param nowSeconds the time, in seconds since 1970 */
export function findingAt(finding: Finding, nowSeconds: number): Finding {
  return finding.code === "token-expires" && finding.expiresAt <= nowSeconds
    ? { ...finding, code: "token-expired" }
    : finding;
}
