/**
 * Finds out what a payload is that the kubelet cannot parse, or that has no entries for it. It is read as bytes, and no finding
 * tells anything of what it holds.
 */
import { CLOSE_BRACE, LETTER_N, OPEN_BRACE, QUOTE } from "../go/ascii.ts";
import { decodeBase64 } from "../go/base64.ts";
import { bytesOfSpan } from "../go/byte-span.ts";
import { decodeJsonBytes, decodeJsonString } from "../go/json-string.ts";
import { forEachMember, isJson, skipWhiteSpace } from "../go/json-syntax.ts";
import type { DockerConfigShape } from "../kubelet/docker-config.ts";
import type { CredentialStore, Encryption, PayloadFinding } from "./finding.ts";

/** Gives what a payload is; undefined when it can only be said that the kubelet cannot use it. */
export function findPayloadFinding(payload: Uint8Array, shape: DockerConfigShape): PayloadFinding | undefined {
  if (!isJson(payload)) return findTextFinding(payload) ?? (decodeObject(payload) && ENCODED_TWICE);
  const start = skipWhiteSpace(payload, 0);
  if (payload[start] === QUOTE) {
    const text = bytesOfSpan(decodeJsonBytes(payload, start));
    if (decodeObject(text) !== undefined) return ENCODED_TWICE;
    return isJson(text) ? { code: "wrapped", inside: "string" } : undefined;
  }
  const by = findEncryption(payload);
  if (by !== undefined) return { code: "encrypted", by };
  if (payload[start] !== OPEN_BRACE) return payload[start] === LETTER_N ? { code: "no-entries" } : undefined;
  return shape === "dockercfg" ? findInDockercfg(payload, start) : findInDockerConfig(payload, start);
}

/** Gives what a text says of itself where JSON, or its base64, was expected. */
export function findTextFinding(text: Uint8Array): PayloadFinding | undefined {
  if (startsWith(text, 0, "\xef\xbb\xbf")) return { code: "text-encoding", encoding: "UTF-8 with a byte order mark" };
  const isUtf16 = startsWith(text, 0, "\xff\xfe") || startsWith(text, 0, "\xfe\xff") || text[1] === 0;
  if (isUtf16 && text[0] !== 0) return { code: "text-encoding", encoding: "UTF-16" };
  const by = findEncryption(text);
  if (by !== undefined) return { code: "encrypted", by };
  return TEMPLATES.some(([open, close]) => includes(text, open) && includes(text, close))
    ? { code: "template", registry: null }
    : undefined;
}

/** Tells whether bytes are a docker config, with its entries under `auths`. */
export function isDockerConfig(bytes: Uint8Array): boolean {
  const start = skipWhiteSpace(bytes, 0);
  return bytes[start] === OPEN_BRACE && isJson(bytes) && hasAuths(bytes, start);
}

/** Tells whether bytes are a map of entries, as the older type has it. */
export function isDockercfg(bytes: Uint8Array): boolean {
  const start = skipWhiteSpace(bytes, 0);
  return bytes[start] === OPEN_BRACE && isJson(bytes) && hasEntry(bytes, start);
}

/**
 * Gives the member of a docker config that says where Docker keeps passwords; null when there is none.
 * @see https://docs.docker.com/reference/cli/docker/login/#credential-stores
 */
export function findCredentialStore(payload: Uint8Array): CredentialStore | null {
  const names = new Set<string>();
  const start = skipWhiteSpace(payload, 0);
  if (payload[start] === OPEN_BRACE) {
    forEachMember(payload, start, (name, value) => {
      if (payload[value] === QUOTE ? payload[value + 1] !== QUOTE : payload[value] === OPEN_BRACE) {
        names.add(decodeJsonString(payload, name));
      }
    });
  }
  return (["credsStore", "credHelpers"] as const).find((name) => names.has(name)) ?? null;
}

const ENCODED_TWICE: PayloadFinding = { code: "encoded-twice" };
const WRAPPED: PayloadFinding = { code: "wrapped", inside: "object" };

const TEMPLATES = [
  ["{{", "}}"],
  ["${", "}"],
  ["$(", ")"],
  ["<%", "%>"],
  ["<no value", ">"],
] as const;

/** How each tool marks what it made: at the start of a file, or at each value. */
const ENCRYPTIONS: readonly (readonly [Encryption, mark: string, anywhere: boolean])[] = [
  ["SOPS", "ENC[AES256_GCM,", true],
  ["Ansible Vault", "$ANSIBLE_VAULT;", false],
  ["git-crypt", "\0GITCRYPT\0", false],
  ["age", "age-encryption.org/", false],
  ["age", "-----BEGIN AGE ENCRYPTED FILE", false],
  ["PGP", "-----BEGIN PGP MESSAGE", false],
];

function findEncryption(bytes: Uint8Array): Encryption | undefined {
  const start = skipWhiteSpace(bytes, 0);
  return ENCRYPTIONS.find(([, mark, anywhere]) =>
    anywhere ? includes(bytes, mark) : startsWith(bytes, start, mark),
  )?.[0];
}

/** Entries belong under `auths`, not at the top and not under another name. */
function findInDockerConfig(payload: Uint8Array, start: number): PayloadFinding | undefined {
  if (holdsConfig(payload, start, 0)) return WRAPPED;
  const isElsewhere = !hasAuths(payload, start) && hasMapOfEntries(payload, start);
  if (hasEntry(payload, start) || isElsewhere) return { code: "auths-missing" };
  const store = findCredentialStore(payload);
  return store === null ? { code: "no-entries" } : { code: "credential-store", store };
}

/** Entries belong at the top. */
function findInDockercfg(payload: Uint8Array, start: number): PayloadFinding | undefined {
  if (hasAuths(payload, start)) return { code: "auths-unexpected" };
  if (holdsConfig(payload, start, 0) || hasMapOfEntries(payload, start)) return WRAPPED;
  return payload[skipWhiteSpace(payload, start + 1)] === CLOSE_BRACE ? { code: "no-entries" } : undefined;
}

/** Deepest nesting that is searched: a Secret in a list, as kubectl prints it, has its payload at the fourth level. */
const MAX_DEPTH = 5;

/** Tells whether a member of the object holds a docker config, as an object, as text or encoded. */
function holdsConfig(bytes: Uint8Array, start: number, depth: number): boolean {
  let isFound = false;
  forEachMember(bytes, start, (_, value) => {
    if (isFound) return;
    if (bytes[value] === OPEN_BRACE) {
      isFound = hasAuths(bytes, value) || (depth < MAX_DEPTH && holdsConfig(bytes, value, depth + 1));
    } else if (bytes[value] === QUOTE) {
      const text = bytesOfSpan(decodeJsonBytes(bytes, value));
      isFound = isDockerConfig(decodeObject(text) ?? text);
    }
  });
  return isFound;
}

function hasAuths(bytes: Uint8Array, start: number): boolean {
  let isFound = false;
  forEachMember(bytes, start, (name, value) => {
    isFound ||= bytes[value] === OPEN_BRACE && decodeJsonString(bytes, name).toLowerCase() === "auths";
  });
  return isFound;
}

const ENTRY_FIELDS = new Set(["auth", "username", "password", "identitytoken", "registrytoken"]);

/** Tells whether a member of the object is an entry: an object that has one of an entry's fields. */
function hasEntry(bytes: Uint8Array, start: number): boolean {
  let isFound = false;
  forEachMember(bytes, start, (_, value) => {
    if (isFound || bytes[value] !== OPEN_BRACE) return;
    forEachMember(bytes, value, (name, field) => {
      isFound ||= bytes[field] === QUOTE && ENTRY_FIELDS.has(decodeJsonString(bytes, name).toLowerCase());
    });
  });
  return isFound;
}

/** Tells whether a member of the object is a map of entries. */
function hasMapOfEntries(bytes: Uint8Array, start: number): boolean {
  let isFound = false;
  forEachMember(bytes, start, (_, value) => {
    isFound ||= bytes[value] === OPEN_BRACE && hasEntry(bytes, value);
  });
  return isFound;
}

/** Base64 of a JSON object starts so: `{"`, or `{` and white space. */
const ENCODED_STARTS = ["ey", "ew"];

/** Gives the JSON object that a text is the base64 of; undefined when it is not. */
function decodeObject(text: Uint8Array): Uint8Array | undefined {
  const start = skipWhiteSpace(text, 0);
  if (!ENCODED_STARTS.some((mark) => startsWith(text, start, mark))) return undefined;
  let digits = "";
  for (const byte of text.subarray(start)) if (byte > 0x20) digits += String.fromCharCode(byte);
  const decoded = decodeBase64(digits, digits.endsWith("=") ? "padded" : "unpadded");
  return decoded?.[0] === OPEN_BRACE && isJson(decoded) ? decoded : undefined;
}

/** @param mark one character for each byte */
function startsWith(bytes: Uint8Array, position: number, mark: string): boolean {
  for (let index = 0; index < mark.length; index += 1) {
    if (bytes[position + index] !== mark.charCodeAt(index)) return false;
  }
  return true;
}

function includes(bytes: Uint8Array, mark: string): boolean {
  const first = mark.charCodeAt(0);
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (startsWith(bytes, at, mark)) return true;
  }
  return false;
}
