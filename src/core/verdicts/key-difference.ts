/**
 * The ways in which a registry key misses an image that it was meant for, the surest first. Each rule gives the key as it would
 * have to be; undefined where the rule does not apply. Whether that key serves, the keyring says (near-miss.ts).
 */
import { isWithinEdits } from "./edit-distance.ts";
import type { KeyParts, WrittenKey } from "./written-key.ts";

/** What keeps a registry key from an image. */
export type DifferenceCode =
  | "white-space"
  | "scheme"
  | "case"
  | "star-in-port"
  | "star-in-path"
  | "port"
  | "docker-hub-name"
  | "same-service"
  | "path-too-long"
  | "labels"
  | "letters"
  | "path";

type Rule = (key: WrittenKey, image: KeyParts) => KeyParts | undefined;

/** The rules, the surest first. A key with something in excess has one difference already. */
export const DIFFERENCES: readonly (readonly [code: DifferenceCode, rule: Rule])[] = [
  ["white-space", (key) => (key.excess === "white-space" ? key : undefined)],
  ["scheme", (key) => (key.excess === "scheme" ? key : undefined)],
  ["case", inOtherCase],
  ["star-in-port", withoutStarInPort],
  ["star-in-path", withoutStarInPath],
  ["port", withPortOfImage],
  ["docker-hub-name", underNameOfImage],
  ["same-service", underHostOfRegistry],
  ["path-too-long", withPathOfImage],
  ["labels", withStarsForLabels],
  ["letters", withoutSlip],
  ["path", withSharedPath],
];

/**
 * Registries that everybody pulls from. They are not taken for misspelt names of one another (`gcr.io`, `ghcr.io`), and a
 * credential for one path of them says nothing about the others.
 */
const WELL_KNOWN: ReadonlySet<string> = new Set(
  [
    "cgr.dev docker.elastic.co docker.io gcr.io ghcr.io icr.io index.docker.io lscr.io mcr.microsoft.com nvcr.io ocir.io",
    "public.ecr.aws quay.io registry.access.redhat.com registry.gitlab.com registry.k8s.io registry.redhat.io",
  ].flatMap((line) => line.split(" ")),
);

/** Hosts are compared with their case, and a repository has none but its host's. */
function inOtherCase(key: KeyParts, image: KeyParts): KeyParts | undefined {
  const host = key.host.toLowerCase() === image.host.toLowerCase() ? image.host : key.host.toLowerCase();
  const path = key.path.toLowerCase();
  return host === key.host && path === key.path ? undefined : { ...key, host, path };
}

function withoutStarInPort(key: KeyParts, { port }: KeyParts): KeyParts | undefined {
  return key.port.includes("*") ? { ...key, port } : undefined;
}

/** A path covers what begins with it: no star is needed, and one is taken literally. */
function withoutStarInPath(key: KeyParts): KeyParts | undefined {
  const star = key.path.indexOf("*");
  return star < 0 ? undefined : { ...key, path: key.path.slice(0, star).replace(/\/$/, "") };
}

/** Ports are compared as text: none is not 443. */
function withPortOfImage(key: KeyParts, { port, path }: KeyParts): KeyParts | undefined {
  return key.port !== port && path.startsWith(key.path) ? { ...key, port } : undefined;
}

/** Tells whether a host is one of Docker's. */
export function isDockerHub(host: string): boolean {
  return /^(?:[a-z0-9-]+\.)*(?:docker|dockerhub)\.(?:com|io)$|^dockerhub$/i.test(host);
}

/** The names that the kubelet takes for Docker Hub. */
const HUB_NAMES = ["docker.io", "index.docker.io"];

function underNameOfImage(key: KeyParts, { host }: KeyParts): KeyParts | undefined {
  const isSame = key.host === host || (HUB_NAMES.includes(key.host) && HUB_NAMES.includes(host));
  if (isSame || !isDockerHub(key.host) || !isDockerHub(host)) return undefined;
  return { host, port: "", path: "" };
}

/**
 * Registries that are not at the host where people sign in, make their tokens or had their images before; Docker Hub has its own rule.
 * @see https://docs.github.com/en/packages/working-with-a-github-packages-registry/migrating-to-the-container-registry-from-the-docker-registry
 * @see https://docs.gitlab.com/user/packages/container_registry/authenticate_with_container_registry/
 * @see https://access.redhat.com/articles/RegistryAuthentication
 */
const OTHER_HOSTS: ReadonlyMap<string, readonly string[]> = new Map([
  ["ghcr.io", ["github.com", "www.github.com", "api.github.com", "docker.pkg.github.com"]],
  ["registry.gitlab.com", ["gitlab.com", "www.gitlab.com"]],
  ["registry.redhat.io", ["access.redhat.com", "catalog.redhat.com", "console.redhat.com"]],
  ["nvcr.io", ["ngc.nvidia.com", "catalog.ngc.nvidia.com"]],
  ["public.ecr.aws", ["gallery.ecr.aws"]],
]);

/** Gives the hosts that are taken for a registry's, because they are of the same service. */
export function otherHostsOf(host: string): readonly string[] {
  return OTHER_HOSTS.get(host) ?? [];
}

/** A path of the site is that of a page. */
function underHostOfRegistry(key: KeyParts, { host, port }: KeyParts): KeyParts | undefined {
  return otherHostsOf(host).includes(key.host) ? { host, port, path: "" } : undefined;
}

function withPathOfImage(key: KeyParts, { path }: KeyParts): KeyParts | undefined {
  return key.path.length > path.length && key.path.startsWith(path) ? { ...key, path } : undefined;
}

/** A star stands for one label: `*.example.com` is neither `example.com` nor `a.b.example.com`. */
function withStarsForLabels(key: KeyParts, image: KeyParts): KeyParts | undefined {
  if (!key.host.includes("*") || !isRightBehindHost(key, image)) return undefined;
  // Stars alone would cover whatever has as many labels.
  if (/^[*.]+$/.test(key.host)) return { ...key, host: image.host };
  const labels = key.host.split(".");
  const star = labels.findIndex((label) => /^\*+$/.test(label));
  const count = image.host.split(".").length - labels.length + 1;
  if (star < 0 || count === 1 || count < 0) return undefined;
  return { ...key, host: labels.toSpliced(star, 1, ...Array<string>(count).fill("*")).join(".") };
}

/** One label with one letter off, or two where it is long enough to be known again; or dots and dashes alone. */
function withoutSlip(key: KeyParts, image: KeyParts): KeyParts | undefined {
  if (key.host === image.host || !isRightBehindHost(key, image)) return undefined;
  if (WELL_KNOWN.has(key.host) && WELL_KNOWN.has(image.host)) return undefined;
  const corrected = { ...key, host: image.host };
  if (withoutMarks(key.host) === withoutMarks(image.host)) return corrected;
  const [labels, others] = [key.host.split("."), image.host.split(".")];
  const [position, ...more] = [...labels.keys()].filter((index) => labels[index] !== others[index]);
  if (labels.length !== others.length || position === undefined || more.length > 0) return undefined;
  return isLike(labels[position], others[position]) ? corrected : undefined;
}

/** The letters and digits of a host. */
export function withoutMarks(host: string): string {
  return host.replace(/[.-]/g, "");
}

/** Tells whether port and path of a key fit an image, so that the host alone may be wrong. */
export function isRightBehindHost(key: KeyParts, image: KeyParts): boolean {
  return key.port === image.port && image.path.startsWith(key.path);
}

function isLike(left = "", right = ""): boolean {
  return isWithinEdits(left, right, left.length < 6 ? 1 : 2);
}

/** The path of an API, which some tools ask for, covers no repository. */
const API_PATH = /^\/(?:api\/)?v\d+(?:\/|$)/;

/** The part of the path that key and image share, in whole segments, and a segment that is misspelt. */
function withSharedPath(key: KeyParts, image: KeyParts): KeyParts | undefined {
  if (key.port !== image.port || (key.host !== image.host && !key.host.includes("*"))) return undefined;
  const [segments, others] = [key.path.split("/"), image.path.split("/")];
  const end = segments.findIndex((segment, position) => segment !== others[position]);
  if (end < 0) return undefined;
  const corrected = [...segments.slice(0, end), others[end], ...segments.slice(end + 1)].join("/");
  if (isLike(segments[end], others[end]) && image.path.startsWith(corrected)) return { ...key, path: corrected };
  const isForeign = end === 1 && WELL_KNOWN.has(image.host) && !API_PATH.test(key.path);
  return isForeign ? undefined : { ...key, path: segments.slice(0, end).join("/") };
}
