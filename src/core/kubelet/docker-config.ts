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
import { forEachMember, isJson, skipWhiteSpace } from "../go/json-syntax.ts";

/** What a docker config holds, or why the kubelet cannot parse the whole. */
export type DockerConfig =
  | {
      /** The registry keys as written, distinct, in order of first appearance. */
      readonly registries: readonly string[];
      /** Those of them whose entry has neither user name nor password, so that the kubelet pulls anonymously with it. */
      readonly voidRegistries: readonly string[];
      readonly error: null;
    }
  | { readonly registries: null; readonly voidRegistries: null; readonly error: string };

/** Payload shapes: `dockerconfigjson` has its entries under `auths`, `dockercfg` is the map of entries itself. */
export type DockerConfigShape = "dockerconfigjson" | "dockercfg";

/** What a reading has found so far. */
interface Reading {
  readonly bytes: Uint8Array;
  /** Whether the entry of each key is void; of entries with one key the last counts. */
  readonly isVoid: Map<string, boolean>;
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
  if (!isJson(bytes)) return { registries: null, voidRegistries: null, error: "not valid JSON" };
  const reading: Reading = { bytes, isVoid: new Map(), error: undefined };
  const read = shape === "dockercfg" ? readEntries : readConfig;
  read(reading, skipWhiteSpace(bytes, 0));
  if (reading.error !== undefined) return { registries: null, voidRegistries: null, error: reading.error };
  const registries = [...reading.isVoid.keys()];
  return { registries, voidRegistries: registries.filter((key) => reading.isVoid.get(key)), error: null };
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
    reading.isVoid.clear();
    return;
  }
  readObject(reading, { start, what: "the map of registries" }, (name, value) => {
    const isVoid = readEntry(reading, value);
    reading.isVoid.set(decodeJsonString(reading.bytes, name), isVoid);
  });
}

/** Tells whether the entry is void. `auth` counts before the fields. */
function readEntry(reading: Reading, start: number): boolean {
  const { bytes } = reading;
  let auth = "";
  const filled = { USERNAME: false, PASSWORD: false };
  readObject(reading, { start, what: "an entry" }, (name, value) => {
    const field = foldCase(decodeJsonString(bytes, name));
    const isText = bytes[value] === QUOTE;
    if (field === "AUTH") {
      requireString(reading, value, "auth");
      auth = isText ? decodeJsonString(bytes, value) : auth;
    } else if (field === "USERNAME" || field === "PASSWORD") {
      requireString(reading, value, field.toLowerCase());
      filled[field] = isText ? bytes[value + 1] !== QUOTE : filled[field];
    } else if (field === "EMAIL") {
      requireString(reading, value, "email");
    }
  });
  if (auth === "") return !(filled.USERNAME || filled.PASSWORD);
  const { error, isVoid } = readAuth(auth);
  reading.error ??= error;
  return isVoid;
}

/** @see kubernetes pkg/credentialprovider/config.go decodeDockerConfigFieldAuth */
function readAuth(auth: string): { readonly error: string | undefined; readonly isVoid: boolean } {
  const padding = trimWhiteSpace(auth).endsWith("=") ? "padded" : "unpadded";
  const decoded = decodeBase64(auth, padding);
  if (decoded === undefined) return { error: "auth of an entry is not base64", isVoid: false };
  return decoded.includes(COLON)
    ? { error: undefined, isVoid: decoded.length === 1 }
    : { error: "auth of an entry is not user:password", isVoid: false };
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
  if (reading.bytes[start] !== QUOTE && reading.bytes[start] !== LETTER_N) reading.error ??= `${what} is not a string`;
}

/** Folds the case of a field name as Go does: U+017F is an s as well. No field of ours holds a k, which has U+212A. */
function foldCase(name: string): string {
  return /^[A-Za-z\u017f]*$/.test(name) ? name.toUpperCase() : name;
}
