/** Registry keys as a person reads them, even those that are no URL, so that a slip in one can be named. */
import { decodeByteString } from "../go/byte-string.ts";
import { toIndexKey, withoutQuery, withoutSecrets } from "../kubelet/registry-url.ts";

/** Host, port and path of a registry key or of a repository. */
export interface KeyParts {
  readonly host: string;
  /** With its colon; "" when there is none. */
  readonly port: string;
  /** With its first slash; "" when there is none. */
  readonly path: string;
}

/** A registry key as written. */
export interface WrittenKey extends KeyParts {
  /** The key without what may hold a password: user info, query and fragment. */
  readonly text: string;
  /** What had to be left out of the key before its parts could be read. */
  readonly excess: "white-space" | "scheme" | undefined;
}

/** Up to the last `@` that is not of a digest, escaped or not: a password may hold a slash. */
const USER_INFO = /^((?:(?:https?|docker|oci):\/)?\/*).*(?:@(?!sha\d+:)|%40)/is;
/** Blanks, line breaks and other characters that nobody sees. */
const UNSEEN = /[\s\p{Cc}\p{Cf}]+/gu;
const ALL_SEEN = /^[\x21-\x7e]*$/;
/** The kubelet knows `https://` and `http://` in small letters, once. What else is written before a host counts as one. */
const OTHER_SCHEME = /^(?:[a-z][a-z0-9+.-]*:\/\/|(?:https?|docker|oci):(?!\d)\/*|(?:https?)?\/\/)/i;

/**
 * Reads `registryKey` as it was meant. A key that is a URL is read as the kubelet reads it, without scheme and version.
 * @example readWrittenKey("HTTPS://reg.io:5000/team") // { host: "reg.io", port: ":5000", path: "/team", excess: "scheme", … }
 */
export function readWrittenKey(registryKey: string): WrittenKey {
  const text = showKey(registryKey);
  const seen = ALL_SEEN.test(text) ? text : text.replace(UNSEEN, "");
  const plain = simplify(seen);
  const bare = plain.replace(OTHER_SCHEME, "");
  const excess = bare === plain ? undefined : "scheme";
  return { text, excess: seen === text ? excess : "white-space", ...splitKey(excess ? simplify(bare) : plain) };
}

/** Gives a registry key as it may be shown: whatever may be a user name or a password in it is left out. */
export function showKey(registryKey: string): string {
  if (!/[@?#%]/.test(registryKey)) return registryKey;
  return toIndexKey(registryKey) === undefined
    ? withoutQuery(registryKey.replace(USER_INFO, "$1"))
    : withoutSecrets(registryKey);
}

/** The kubelet's index key as text; a key that is no URL loses its scheme alone. */
function simplify(key: string): string {
  const indexKey = toIndexKey(key);
  return (indexKey && decodeByteString(indexKey)) ?? key.replace(/^https?:\/\//, "");
}

/** Splits `host[:port][/path]`. A single slash is no path. */
export function splitKey(key: string): KeyParts {
  const slash = key.indexOf("/");
  const [authority, path] = slash < 0 ? [key, ""] : [key.slice(0, slash), key.slice(slash)];
  const colon = authority.indexOf(":", authority.lastIndexOf("]") + 1);
  const [host, port] = colon < 0 ? [authority, ""] : [authority.slice(0, colon), authority.slice(colon)];
  return { host, port, path: path === "/" ? "" : path };
}

/** Writes a key as it belongs into a Secret. Docker Hub's is spelt as `kubectl create secret docker-registry` spells it. */
export function writeKey({ host, port, path }: KeyParts): string {
  const key = host + port + path;
  return toIndexKey(key) === "index.docker.io" ? "https://index.docker.io/v1/" : key;
}
