/**
 * Parses the image of a container into the repository that the kubelet looks up: host and path, without tag and digest.
 *
 *     reference := name [":" tag] ["@" digest]          name   := [domain "/"] path
 *     domain    := (dns | "[" [a-fA-F0-9:]+ "]") [":" [0-9]+]
 *     dns       := label ("." label)*                   label  := alphanumeric, dashes inside
 *     path      := component ("/" component)*           component := [a-z0-9]+ (("." | "_" | "__" | "-"+) [a-z0-9]+)*
 *     tag       := [A-Za-z0-9_][A-Za-z0-9_.-]{0,127}    digest := algorithm ":" hex
 *
 * @see github.com/distribution/reference v0.6.0 ParseNormalizedNamed; kubernetes pkg/util/parsers ParseImageName
 */

/** The outcome of a parse: a repository such as `docker.io/library/nginx`, or why the kubelet refuses the image. */
export type ImageReference =
  | { readonly repository: string; readonly error: null }
  | { readonly repository: null; readonly error: string };

/** Longest path of a repository, in bytes. @see distribution/reference RepositoryNameTotalLengthMax */
const MAX_PATH_BYTES = 255;
const BARE_DIGEST = /^[a-f0-9]{64}$/;
const DIGEST_LENGTHS: ReadonlyMap<string, number> = new Map([
  ["sha256", 64],
  ["sha384", 96],
  ["sha512", 128],
]);

// Every expression is anchored and gives each character one way to match, so that none can back-track.
const LABEL = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?$/;
const BRACKETED_HOST = /^\[[a-fA-F0-9:]+\]$/;
const COMPONENT = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;

/**
 * Parses `image` and gives its repository; Docker Hub's short names are spelled out, the case of hosts is kept.
 * @example parseImageReference("nginx:1.27").repository // "docker.io/library/nginx"
 * @example parseImageReference("quay.io/acme/web@sha256:…").repository // "quay.io/acme/web"
 */
export function parseImageReference(image: string): ImageReference {
  if (BARE_DIGEST.test(image)) return refuse("cannot be 64 hexadecimal digits alone");
  const { domain, remainder } = splitDomain(image);
  const colon = remainder.indexOf(":");
  const remote = colon < 0 ? remainder : remainder.slice(0, colon);
  if (remote !== remote.toLowerCase()) return refuse("repository name must be lowercase");
  return parseGrammar(`${domain}/${remainder}`);
}

/** Splits off the registry as Docker's short names demand. @see distribution/reference splitDockerDomain */
function splitDomain(image: string): { readonly domain: string; readonly remainder: string } {
  const slash = image.indexOf("/");
  const first = slash < 0 ? "" : image.slice(0, slash);
  const isHost = first === "localhost" || /[.:]/.test(first) || first !== first.toLowerCase();
  const domain = !isHost || first === "index.docker.io" ? "docker.io" : first;
  const remainder = isHost ? image.slice(slash + 1) : image;
  return { domain, remainder: domain === "docker.io" && !remainder.includes("/") ? `library/${remainder}` : remainder };
}

function parseGrammar(reference: string): ImageReference {
  const at = reference.indexOf("@");
  const digest = at < 0 ? undefined : reference.slice(at + 1);
  const tagged = at < 0 ? reference : reference.slice(0, at);
  const colon = tagged.indexOf(":", tagged.lastIndexOf("/"));
  const name = colon < 0 ? tagged : tagged.slice(0, colon);
  const path = pathOfName(name);
  if (path === undefined || (colon >= 0 && !TAG.test(tagged.slice(colon + 1)))) {
    return refuse("invalid reference format");
  }
  if (path.length > MAX_PATH_BYTES) return refuse(`repository name must not be more than ${MAX_PATH_BYTES} characters`);
  const error = digest === undefined ? undefined : errorOfDigest(digest);
  return error === undefined ? { repository: name, error: null } : refuse(error);
}

/** Gives the part of a name behind its domain; the whole name where the first part is no legal domain. */
function pathOfName(name: string): string | undefined {
  const slash = name.indexOf("/");
  if (slash >= 0 && isDomain(name.slice(0, slash)) && isPath(name.slice(slash + 1))) return name.slice(slash + 1);
  return isPath(name) ? name : undefined;
}

function isDomain(text: string): boolean {
  const port = /:[0-9]+$/.exec(text)?.[0] ?? "";
  const host = text.slice(0, text.length - port.length);
  return BRACKETED_HOST.test(host) || host.split(".").every((label) => LABEL.test(label));
}

function isPath(text: string): boolean {
  return text.split("/").every((component) => COMPONENT.test(component));
}

function errorOfDigest(digest: string): string | undefined {
  if (!DIGEST.test(digest)) return "invalid reference format";
  const colon = digest.indexOf(":");
  const length = DIGEST_LENGTHS.get(digest.slice(0, colon));
  if (length === undefined) return "unsupported digest algorithm";
  const hex = digest.slice(colon + 1);
  if (hex.length !== length) return "invalid checksum digest length";
  return /^[a-f0-9]+$/.test(hex) ? undefined : "invalid checksum digest format";
}

function refuse(error: string): ImageReference {
  return { repository: null, error };
}
