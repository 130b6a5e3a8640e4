/**
 * Reads the registry keys of a docker config from its bytes, as strictly as the kubelet does. User names and passwords are
 * checked and forgotten: what comes out holds none of them.
 *
 * Go's rules that JSON.parse does not have: field names fold case, members of one name are read in order and merge, null
 * leaves things as they are, and a type error anywhere (in a duplicate, too) fails the whole.
 */
import { COLON, LETTER_N, OPEN_BRACE, QUOTE } from "../go/ascii.ts";
import { decodeBase64 } from "../go/base64.ts";
import { decodeJsonString } from "../go/json-string.ts";
import { forEachMember, isJson } from "../go/json-syntax.ts";
import { skipWhiteSpace } from "../go/json-tokens.ts";

/** The registry keys as written (distinct, in order of first appearance), or why the kubelet cannot parse the whole. */
export type DockerConfig =
  | { readonly registries: readonly string[]; readonly error: null }
  | { readonly registries: null; readonly error: string };

/** Payload shapes: `dockerconfigjson` has its entries under `auths`, `dockercfg` is the map of entries itself. */
export type DockerConfigShape = "dockerconfigjson" | "dockercfg";

/** What a reading has found so far. */
interface Reading {
  readonly bytes: Uint8Array;
  readonly keys: Set<string>;
  /** Why the kubelet refuses the config, the first reason; it names field names alone, never content. */
  error: string | undefined;
}

/**
 * Parses the decoded data value of a Secret.
 * @param bytes the payload; never empty (the kubelet ignores a Secret with an empty one)
 * @see kubernetes pkg/credentialprovider/config.go DockerConfigJSON, DockerConfigEntry.UnmarshalJSON; go encoding/json
 * @example parseDockerConfig(bytesOf('{"auths":{"quay.io":{"auth":"dTpw"}}}'), "dockerconfigjson").registries // ["quay.io"]
 */
export function parseDockerConfig(bytes: Uint8Array, shape: DockerConfigShape): DockerConfig {
  if (!isJson(bytes)) {
    return { registries: null, error: "not valid JSON" };
  }
  const reading: Reading = { bytes, keys: new Set(), error: undefined };
  const read = shape === "dockercfg" ? readEntries : readConfig;
  read(reading, skipWhiteSpace(bytes, 0));
  return reading.error === undefined
    ? { registries: [...reading.keys], error: null }
    : { registries: null, error: reading.error };
}

function readConfig(reading: Reading, start: number): void {
  readObject(reading, { start, what: "the document" }, (name, value) => {
    const field = foldCase(decodeJsonString(reading.bytes, name));
    if (field === "AUTHS") {
      readEntries(reading, value);
    } else if (field === "HTTPHEADERS") {
      readObject(reading, { start: value, what: "HttpHeaders" }, (_, header) =>
        requireString(reading, header, "a value of HttpHeaders"),
      );
    }
  });
}

/** Reads a map of entries: members add up, null empties the map. */
function readEntries(reading: Reading, start: number): void {
  if (reading.bytes[start] === LETTER_N) {
    reading.keys.clear();
    return;
  }
  readObject(reading, { start, what: "the map of registries" }, (name, value) => {
    reading.keys.add(decodeJsonString(reading.bytes, name));
    readEntry(reading, value);
  });
}

function readEntry(reading: Reading, start: number): void {
  const { bytes } = reading;
  let auth = "";
  readObject(reading, { start, what: "an entry" }, (name, value) => {
    const field = foldCase(decodeJsonString(bytes, name));
    if (field === "AUTH") {
      requireString(reading, value, "auth");
      auth = bytes[value] === QUOTE ? decodeJsonString(bytes, value) : auth;
    } else if (field === "USERNAME" || field === "PASSWORD" || field === "EMAIL") {
      requireString(reading, value, field.toLowerCase());
    }
  });
  reading.error ??= auth === "" ? undefined : errorOfAuth(auth);
}

/** @see kubernetes pkg/credentialprovider/config.go decodeDockerConfigFieldAuth */
function errorOfAuth(auth: string): string | undefined {
  const padding = trimWhiteSpace(auth).endsWith("=") ? "padded" : "unpadded";
  const decoded = decodeBase64(auth, padding);
  if (decoded === undefined) {
    return "auth of an entry is not base64";
  }
  return decoded.includes(COLON) ? undefined : "auth of an entry is not user:password";
}

/** Unicode White_Space as Go trims it: JavaScript's trim plus U+0085, without U+FEFF. */
function trimWhiteSpace(text: string): string {
  let end = text.length;
  while (end > 0 && isWhiteSpace(text.charAt(end - 1))) {
    end -= 1;
  }
  return text.slice(0, end);
}

function isWhiteSpace(character: string): boolean {
  return character === "\u0085" || (character !== "\ufeff" && character.trim() === "");
}

function readObject(
  reading: Reading,
  { start, what }: { readonly start: number; readonly what: string },
  visit: (name: number, value: number) => void,
): void {
  if (reading.bytes[start] === OPEN_BRACE) {
    forEachMember(reading.bytes, start, visit);
  } else if (reading.bytes[start] !== LETTER_N) {
    reading.error ??= `${what} is not an object`;
  }
}

/** Null leaves a field as it was, so it is as good as a string. */
function requireString(reading: Reading, start: number, what: string): void {
  if (reading.bytes[start] !== QUOTE && reading.bytes[start] !== LETTER_N) {
    reading.error ??= `${what} is not a string`;
  }
}

/** Folds the case of a field name as Go does: U+017F is an s as well. No field of ours holds a k, which has U+212A. */
function foldCase(name: string): string {
  return /^[A-Za-z\u017f]*$/.test(name) ? name.toUpperCase() : name;
}
