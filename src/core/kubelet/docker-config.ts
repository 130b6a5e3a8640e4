/**
 * Reads a docker config from its bytes, as strictly as the kubelet does. User names and passwords come out as bytes, for those
 * who judge them at once.
 *
 * Go's rules that JSON.parse does not have: field names fold case, members of one name are read in order and merge, null
 * leaves things as they are, and a type error anywhere (in a duplicate, too) fails the whole.
 */
import { COLON, LETTER_N, OPEN_BRACE, QUOTE } from "../go/ascii.ts";
import { decodeBase64 } from "../go/base64.ts";
import { type ByteSpan, EMPTY_SPAN, spanLength } from "../go/byte-span.ts";
import { decodeJsonBytes, decodeJsonString } from "../go/json-string.ts";
import { forEachMember, isJson, skipWhiteSpace } from "../go/json-syntax.ts";

/**
 * One entry, as bytes of the payload or decoded from it: they are secret, and nobody keeps them.
 */
export interface DockerConfigEntry {
  /** What the kubelet logs in with; both are empty where it pulls anonymously. */
  readonly username: ByteSpan;
  readonly password: ByteSpan;
  /** What the fields `username` and `password` say where `auth` counts instead; null elsewhere. */
  readonly overruled: { readonly username: ByteSpan; readonly password: ByteSpan } | null;
  /** A filled token beside them, which the kubelet does not read. */
  readonly token: "identitytoken" | "registrytoken" | null;
}

/** The members of a docker config that have a type of their own. */
export type DockerConfigMember =
  | "document"
  | "auths"
  | "HttpHeaders"
  | "header"
  | "entry"
  | "auth"
  | "username"
  | "password"
  | "email";

/** Why the kubelet refuses a docker config. `registry` is the key of the entry, null where it is about none. */
export type DockerConfigError =
  | { readonly code: "not-json" }
  /** Nobody but who reads with a bound refuses this. */
  | { readonly code: "too-many-members"; readonly most: number }
  | {
      readonly code: "wrong-value";
      readonly member: DockerConfigMember;
      readonly expected: "object" | "string";
      readonly registry: string | null;
    }
  | { readonly code: "auth-not-base64" | "auth-without-colon"; readonly registry: string };

/** What a docker config holds, or why the kubelet cannot parse the whole. */
export type DockerConfig =
  | {
      /** By registry key as written, in order of first appearance. */
      readonly entries: ReadonlyMap<string, DockerConfigEntry>;
      readonly error: null;
    }
  | { readonly entries: null; readonly error: DockerConfigError };

/** Payload shapes: `dockerconfigjson` has its entries under `auths`, `dockercfg` is the map of entries itself. */
export type DockerConfigShape = "dockerconfigjson" | "dockercfg";

/** What a reading has found so far. */
interface Reading {
  readonly bytes: Uint8Array;
  /** Of entries with one key the last counts. */
  readonly entries: Map<string, DockerConfigEntry>;
  /** The first reason why the kubelet refuses the config. */
  error: DockerConfigError | undefined;
  /** Members that may still be read. */
  left: number;
}

/**
 * Parses the decoded data value of a Secret.
 * @param bytes the payload; never empty (the kubelet ignores a Secret with an empty one)
 * @param maxMembers most members of objects that are read, entries and their fields; the kubelet has no bound
 * @see kubernetes pkg/credentialprovider/config.go DockerConfigJSON, DockerConfigEntry.UnmarshalJSON; go encoding/json
 * @example parseDockerConfig(bytesOf('{"auths":{"quay.io":{"auth":"dTpw"}}}'), "dockerconfigjson").entries // Map { "quay.io" => ... }
 */
export function parseDockerConfig(
  bytes: Uint8Array,
  shape: DockerConfigShape,
  maxMembers: number = Number.POSITIVE_INFINITY,
): DockerConfig {
  if (!isJson(bytes)) return { entries: null, error: { code: "not-json" } };
  const reading: Reading = { bytes, entries: new Map(), error: undefined, left: maxMembers };
  const read = shape === "dockercfg" ? readEntries : readConfig;
  read(reading, skipWhiteSpace(bytes, 0));
  if (reading.left < 0) return { entries: null, error: { code: "too-many-members", most: maxMembers } };
  return reading.error === undefined
    ? { entries: reading.entries, error: null }
    : { entries: null, error: reading.error };
}

/** Tells whether the kubelet pulls anonymously with an entry. */
export function isVoidEntry({ username, password }: DockerConfigEntry): boolean {
  return spanLength(username) + spanLength(password) === 0;
}

function readConfig(reading: Reading, start: number): void {
  readObject(reading, { start, member: "document", registry: null }, (name, value) => {
    const field = foldCase(decodeJsonString(reading.bytes, name));
    if (field === "AUTHS") {
      readEntries(reading, value);
    } else if (field === "HTTPHEADERS") {
      readObject(reading, { start: value, member: "HttpHeaders", registry: null }, (_, header) =>
        requireString(reading, { start: header, member: "header", registry: null }),
      );
    }
  });
}

/** Reads a map of entries: members add up, null empties the map. */
function readEntries(reading: Reading, start: number): void {
  if (reading.bytes[start] === LETTER_N) {
    reading.entries.clear();
    return;
  }
  readObject(reading, { start, member: "auths", registry: null }, (name, value) => {
    const registry = decodeJsonString(reading.bytes, name);
    reading.entries.set(registry, readEntry(reading, registry, value));
  });
}

/** Reads an entry. A filled `auth` counts before the fields. */
function readEntry(reading: Reading, registry: string, start: number): DockerConfigEntry {
  const { bytes } = reading;
  let auth = "";
  const fields: { username: ByteSpan; password: ByteSpan } = { username: EMPTY_SPAN, password: EMPTY_SPAN };
  let token: DockerConfigEntry["token"] = null;
  // What is no object is no entry, so its name need not be a registry.
  readObject(reading, { start, member: "entry", registry: null }, (name, value) => {
    const member = FIELDS.get(foldCase(decodeJsonString(bytes, name)));
    const isText = bytes[value] === QUOTE;
    if (member === undefined) return;
    if (member === "identitytoken" || member === "registrytoken") {
      if (isText && bytes[value + 1] !== QUOTE) token ??= member;
      return;
    }
    requireString(reading, { start: value, member, registry });
    if (!isText) return;
    if (member === "auth") auth = decodeJsonString(bytes, value);
    else if (member !== "email") fields[member] = decodeJsonBytes(bytes, value);
  });
  if (auth === "") return { username: fields.username, password: fields.password, overruled: null, token };
  const decoded = decodeAuth(auth);
  if (typeof decoded === "string") {
    reading.error ??= { code: decoded, registry };
    return { username: fields.username, password: fields.password, overruled: null, token };
  }
  return { username: decoded.username, password: decoded.password, overruled: fields, token };
}

/** By their folded name. The kubelet knows no tokens. */
const FIELDS: ReadonlyMap<string, "auth" | "username" | "password" | "email" | "identitytoken" | "registrytoken"> =
  new Map([
    ["AUTH", "auth"],
    ["USERNAME", "username"],
    ["PASSWORD", "password"],
    ["EMAIL", "email"],
    ["IDENTITYTOKEN", "identitytoken"],
    ["REGISTRYTOKEN", "registrytoken"],
  ]);

/** @see kubernetes pkg/credentialprovider/config.go decodeDockerConfigFieldAuth */
function decodeAuth(
  auth: string,
): Pick<DockerConfigEntry, "username" | "password"> | "auth-not-base64" | "auth-without-colon" {
  const padding = trimWhiteSpace(auth).endsWith("=") ? "padded" : "unpadded";
  const decoded = decodeBase64(auth, padding);
  if (decoded === undefined) return "auth-not-base64";
  const colon = decoded.indexOf(COLON);
  return colon < 0
    ? "auth-without-colon"
    : {
        username: { bytes: decoded, start: 0, end: colon },
        password: { bytes: decoded, start: colon + 1, end: decoded.length },
      };
}

/** Unicode White_Space as Go trims it: JavaScript's trim plus U+0085, without U+FEFF. */
function trimWhiteSpace(text: string): string {
  let end = text.length;
  while (end > 0 && isWhiteSpace(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

function isWhiteSpace(character: string): boolean {
  return character === "\u0085" || (character !== "\ufeff" && character.trim() === "");
}

/** A value with what it is, for an error. */
interface Place {
  readonly start: number;
  readonly member: DockerConfigMember;
  readonly registry: string | null;
}

function readObject(
  reading: Reading,
  { start, member, registry }: Place,
  visit: (name: number, value: number) => void,
): void {
  if (reading.bytes[start] === OPEN_BRACE) {
    forEachMember(reading.bytes, start, (name, value) => {
      reading.left -= 1;
      if (reading.left >= 0) visit(name, value);
    });
  } else if (reading.bytes[start] !== LETTER_N) {
    reading.error ??= { code: "wrong-value", member, expected: "object", registry };
  }
}

/** Null leaves a field as it was, so it is as good as a string. */
function requireString(reading: Reading, { start, member, registry }: Place): void {
  if (reading.bytes[start] !== QUOTE && reading.bytes[start] !== LETTER_N) {
    reading.error ??= { code: "wrong-value", member, expected: "string", registry };
  }
}

/** Folds the case of a field name as Go does: U+017F is an s as well. No field of the kubelet's holds a k, which has U+212A. */
function foldCase(name: string): string {
  return /^[A-Za-z\u017f]*$/.test(name) ? name.toUpperCase() : name;
}
