/**
 * Registry keys and the URLs that they are, parsed as Go's net/url does, on byte strings. It must not become `new URL()`,
 * which lower-cases hosts, drops ports, resolves dots and turns back slashes round.
 */
import { toByteString } from "../go/byte-string.ts";
import { isIPv6Address } from "../go/ipv6-address.ts";

/** Host (port text kept) and decoded path of a URL, as byte strings. Scheme, user info, query and fragment are gone. */
export interface RegistryUrl {
  readonly host: string;
  readonly path: string;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what the rule refuses
const CONTROL = /[\x00-\x1f\x7f]/;
const USER_INFO = /^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/;
const HOST_CHARACTERS = /^[!"$&'()*+,\-.0-9:;<=>A-Z[\]_a-z~\x80-\xff]*$/;
const OPTIONAL_PORT = /^(:[0-9]*)?$/;
const BROKEN_ESCAPE = /%(?![0-9a-fA-F]{2})/;
const ESCAPE = /%([0-9a-fA-F]{2})/g;

/**
 * Gives the kubelet's index key of `registryKey` (host, port text and path, as a byte string); undefined when the kubelet
 * ignores the entry because the key is not a URL.
 * @see kubernetes pkg/credentialprovider/keyring.go BasicDockerKeyring.Add
 * @example toIndexKey("https://index.docker.io/v1/") // "index.docker.io"
 */
export function toIndexKey(registryKey: string): string | undefined {
  const key = toByteString(registryKey);
  const scheme = /^https?:\/\//.exec(key)?.[0] ?? "";
  const url = parseRegistryUrl(key.slice(scheme.length));
  if (url === undefined) return undefined;
  // `/v1/` and `/v2/` lose their version: these are the API paths that `docker login` used to write down.
  const path = /^\/v[12]\//.test(url.path) ? url.path.slice(3) : url.path;
  return path === "/" ? url.host : url.host + path;
}

/**
 * A registry key may hold a user name and a password, or a token in its query or fragment. The kubelet uses none of them, and its
 * index key is the same without. What looks like a scheme behind user info is a host, and stays one behind another scheme.
 * @example withoutSecrets("user@http://a?token=b") // "https://http://a"
 */
export function withoutSecrets(registryKey: string): string {
  if (!/@|%40/.test(registryKey)) return withoutQuery(registryKey);
  const key = registryKey.replace(/^(https?:\/\/)?[^/?#]*@(https?:\/\/)?/, (_, scheme = "", host = "") =>
    host === "" ? scheme : `https://${host}`,
  );
  return withoutUserInPath(key);
}

/** The kubelet knows `https://` and `http://`, in small letters and once. Of others it takes the first part for a host. */
const SCHEMES = /^(?:(?:[a-z][a-z0-9+.-]*:)?\/\/|(?:https?|docker|oci):?\/+)*/i;

/**
 * User info behind another scheme, or with a slash in it, is a path for the kubelet. An image's path has no `@`, so that such a key
 * covers none; what is left of it here has an `@` in its path still, and covers none either. An escaped `@` counts; a digest stays.
 * @example withoutUserInPath("oci://user:pw@a/b?c") // "oci://@a/b"
 */
function withoutUserInPath(written: string): string {
  const key = withoutQuery(written);
  const [schemes] = SCHEMES.exec(key) as RegExpExecArray;
  const isOther = !/^(?:https?:\/\/)?$/.test(schemes);
  // Nobody can tell whether a password ends there or a token begins.
  if (isOther && /[?#].*(?:@|%40)/s.test(written)) return `${schemes}@`;
  const rest = key.replace(/^.*(?:@|%40)(?!sha\d+:)/is, "");
  if (rest === key) return key;
  // What follows the kubelet's own scheme, or none, would be a host without the slash.
  return `${schemes}${isOther ? "" : "/"}@${rest}`;
}

/** Gives a URL, or what was meant for one, without query and fragment. */
export function withoutQuery(url: string): string {
  const end = url.search(/[?#]/);
  return end < 0 ? url : url.slice(0, end);
}

/**
 * Parses what follows `https://` (or `http://`) in a URL; undefined when Go refuses it.
 * @param rest a byte string
 * @see go net/url Parse, parseAuthority, parseHost, unescape (Go 1.26)
 * @example parseRegistryUrl("user@quay.io:443/a%20b?q#f") // { host: "quay.io:443", path: "/a b" }
 */
export function parseRegistryUrl(rest: string): RegistryUrl | undefined {
  const hash = rest.indexOf("#");
  const beforeFragment = hash < 0 ? rest : rest.slice(0, hash);
  if (CONTROL.test(beforeFragment) || (hash >= 0 && BROKEN_ESCAPE.test(rest.slice(hash + 1)))) return undefined;
  const question = beforeFragment.indexOf("?");
  const hierarchy = question < 0 ? beforeFragment : beforeFragment.slice(0, question);
  const slash = hierarchy.indexOf("/");
  const host = parseAuthority(slash < 0 ? hierarchy : hierarchy.slice(0, slash));
  const path = slash < 0 ? "" : hierarchy.slice(slash);
  if (host === undefined || BROKEN_ESCAPE.test(path)) return undefined;
  return { host, path: decodeEscapes(path) };
}

function parseAuthority(authority: string): string | undefined {
  const at = authority.lastIndexOf("@");
  const userInfo = at < 0 ? "" : authority.slice(0, at);
  if (!USER_INFO.test(userInfo) || BROKEN_ESCAPE.test(userInfo)) return undefined;
  return parseHost(authority.slice(at + 1));
}

function parseHost(host: string): string | undefined {
  const bracket = host.lastIndexOf("[");
  if (bracket > 0) return undefined;
  if (bracket === 0) return parseBracketedHost(host);
  const colon = host.indexOf(":");
  if (colon >= 0 && !OPTIONAL_PORT.test(host.slice(colon))) return undefined;
  return decodeHost(host);
}

function parseBracketedHost(host: string): string | undefined {
  const close = host.lastIndexOf("]");
  if (close < 0 || !OPTIONAL_PORT.test(host.slice(close + 1))) return undefined;
  const inside = host.slice(1, close);
  const zone = inside.indexOf("%25");
  const address = decodeHost(zone < 0 ? inside : inside.slice(0, zone));
  const zoneText = zone < 0 ? "" : decodeZone(inside.slice(zone));
  if (address === undefined || zoneText === undefined || !isIPv6Address(address + zoneText)) return undefined;
  return `[${address}${zoneText}]${host.slice(close + 1)}`;
}

/** In a host only bytes beyond ASCII, and the percent sign itself, may be escaped. */
function decodeHost(text: string): string | undefined {
  if (!text.includes("%")) return HOST_CHARACTERS.test(text) ? text : undefined;
  const plain = text.replace(/%([89a-fA-F][0-9a-fA-F]|25)/g, "");
  return HOST_CHARACTERS.test(plain) ? decodeEscapes(text) : undefined;
}

/** In an IPv6 zone every ASCII byte may be escaped that may stand in a host, and the space and the percent sign. */
function decodeZone(text: string): string | undefined {
  if (BROKEN_ESCAPE.test(text)) return undefined;
  for (const [, hex = ""] of text.matchAll(ESCAPE)) {
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    const mayStandInHost = character < "\x80" && HOST_CHARACTERS.test(character);
    if (character !== "%" && character !== " " && !mayStandInHost) return undefined;
  }
  return HOST_CHARACTERS.test(text.replace(ESCAPE, "")) ? decodeEscapes(text) : undefined;
}

function decodeEscapes(text: string): string {
  return text.includes("%")
    ? text.replace(ESCAPE, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : text;
}
