/**
 * Judges a registry key: does the kubelet index it, and is there an image that it covers? That no image is covered is said only
 * where it is certain; the tests hold it against every match of the conformance files.
 */
import { toByteString } from "../go/byte-string.ts";
import { isLiteralHost, parseHostPattern, type SplitHost, splitHost } from "../kubelet/host-pattern.ts";
import { parseRegistryUrl, toIndexKey } from "../kubelet/registry-url.ts";
import type { Finding, KeyProblem, NeverMatches } from "./finding.ts";
import { hasTemplate, TEMPLATE_VARIABLE } from "./template.ts";

/** Nearly all keys: a host of several labels, in small letters, perhaps with a port. They are right, unless they are Docker's. */
const PLAIN = /^(?:https:\/\/)?[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,3}(?::[0-9]{1,5})?\/?$/;

/**
 * Gives what is not right with a registry key; undefined when nothing is.
 * @param shown the key as the finding tells it
 */
export function findKeyFinding(registryKey: string, shown: string): Finding | undefined {
  if (PLAIN.test(registryKey) && !registryKey.includes("docker")) return undefined;
  const key = toByteString(registryKey);
  if (hasTemplate(key) || TEMPLATE_VARIABLE.test(key)) return { code: "template", registry: shown };
  const indexKey = toIndexKey(registryKey);
  if (indexKey === undefined) return { code: "key-not-a-url", registry: shown, cause: problemOf(key) };
  const cause = reasonToMatchNothing(key, indexKey);
  if (cause !== undefined) return { code: "key-never-matches", registry: shown, cause };
  if (/^[^/]*\/v[12]$/.test(indexKey)) return { code: "key-api-path", registry: shown };
  return isOtherHubName(indexKey) ? { code: "docker-hub-name", registry: shown } : undefined;
}

/** Tells whether some image may be covered by a registry key. */
export function canServe(registryKey: string): boolean {
  const indexKey = toIndexKey(registryKey);
  return indexKey !== undefined && reasonToMatchNothing(toByteString(registryKey), indexKey) === undefined;
}

/** The host of a key with or without a scheme. */
const HOST = /^(?:https?:\/\/)?([^/?#]*)/;

function problemOf(key: string): KeyProblem {
  if (/[\r\n]/.test(key)) return "newline";
  // A blank in UTF-8: ASCII, U+0085, U+00A0, U+2000 to U+200F, U+3000 and U+FEFF.
  if (/[\t\v\f ]|\xc2[\x85\xa0]|\xe2\x80[\x80-\x8f]|\xe3\x80\x80|\xef\xbb\xbf/.test(key)) return "blank";
  const host = HOST.exec(key)?.[1] as string;
  return /:(?!\d*$)/.test(host.slice(host.lastIndexOf("@") + 1)) ? "port" : "character";
}

/** What Docker Hub is called elsewhere: its site, its API and its registry. Docker looks them all up under index.docker.io. */
const HUB_NAMES = new Set([
  "hub.docker.com",
  "registry.hub.docker.com",
  "registry-1.docker.io",
  "registry.docker.io",
  "auth.docker.io",
  "index.dockerhub.io",
  "dockerhub.io",
  "dockerhub.com",
  "hub.docker.io",
  "www.docker.io",
  "docker.com",
  "www.docker.com",
  "index.docker.com",
  "login.docker.com",
  "cloud.docker.com",
  "app.docker.com",
  "*.docker.io",
  "*.docker.com",
]);

/** Also the right names with a port or in other letters, under which no image of Docker Hub is looked up. */
function isOtherHubName(indexKey: string): boolean {
  const [host = ""] = indexKey.split("/", 1);
  const name = host.toLowerCase().replace(/:\d*$/, "");
  return HUB_NAMES.has(name) || (/^(?:index\.)?docker\.io$/.test(name) && name !== host);
}

/** Letters of the hosts of images, and the bytes that only the globs of a label may have. */
const HOST_LABEL = /^[A-Za-z0-9_:[\]-]+$/;

/** A start of the path of an image. @see core/kubelet/image-reference.ts */
const PATH = /^\/(?:[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*\/)*(?:[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*(?:\.|__?|-+)?)?$/;

/** The longest path of an image, with its slash. @see github.com/distribution/reference RepositoryNameTotalLengthMax */
const MAX_PATH_LENGTH = 256;

function reasonToMatchNothing(key: string, indexKey: string): NeverMatches | undefined {
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(key) && !/^https?:\/\//.test(key)) return "scheme";
  // The kubelet, too, parses the index key for each match, as a URL of its own.
  const url = parseRegistryUrl(indexKey);
  if (url === undefined) return "path";
  if (url.host === "") return "empty";
  const host = splitHost(url.host);
  return (host === undefined ? "host" : reasonOfHost(host, url.path)) ?? reasonOfPath(url.path);
}

function reasonOfHost(host: SplitHost, path: string): NeverMatches | undefined {
  if (!isLiteralHost(host)) return parseHostPattern(host) === undefined ? "star" : undefined;
  const { labels, port } = host;
  if (!labels.every((label) => HOST_LABEL.test(label))) return "host";
  const name = labels.join(".");
  // Docker Hub's images are looked up under docker.io; what is looked up under this name is this key alone.
  if (name === "index.docker.io" && port === "" && path !== "" && path !== "/") return "docker-hub-path";
  return port === "" && /^[a-z0-9_-]+$/.test(name) && name !== "localhost" ? "one-label" : undefined;
}

function reasonOfPath(path: string): NeverMatches | undefined {
  if (path === "" || (PATH.test(path) && path.length <= MAX_PATH_LENGTH)) return undefined;
  if (/[\s\xa0]/.test(path)) return "blank";
  if (path.includes("*")) return "star";
  if (/[:@]/.test(path)) return "tag";
  return /[A-Z]/.test(path) ? "upper-case" : "path";
}
