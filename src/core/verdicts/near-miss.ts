/**
 * The near miss: for an image that no credential of its namespace serves, the registry key that comes closest, and its one
 * difference. There is none where nothing is near.
 */
import type { Credential } from "../kubelet/credential.ts";
import { buildKeyring, type Keyring, type Lookup, lookupCredentials } from "../kubelet/keyring.ts";
import { remember } from "../remember.ts";
import type { JudgedCredential } from "./judged-credential.ts";
import { DIFFERENCES, type DifferenceCode } from "./key-difference.ts";
import { keysNear } from "./near-keys.ts";
import { type KeyParts, splitKey, writeKey } from "./written-key.ts";

/** A credential that would serve an image, if its registry key were `fix`. */
export interface NearMiss {
  readonly code: DifferenceCode;
  /** Name of the Secret. */
  readonly credential: string;
  /** The registry key as written, without user info. */
  readonly registry: string;
  /** The registry key with which the kubelet would use the credential for the image. */
  readonly fix: string;
}

/** What a near miss is looked for. */
export interface LookedUpImage {
  /** null when the kubelet cannot parse the image, which is near nothing then. */
  readonly repository: string | null;
  /** What the keyring holds for it. */
  readonly lookup: Lookup;
}

/**
 * Finds the near miss of an image; undefined when a credential serves it or none is near.
 * @param isCandidate whether a credential would be used for the image, if its registry key were right
 * @example // key https://reg.io, image reg.io:5000/x: { code: "port", credential, registry: "https://reg.io", fix: "reg.io:5000" }
 */
export function findNearMiss(
  keyring: Keyring<JudgedCredential>,
  { repository, lookup }: LookedUpImage,
  isCandidate: (credential: Credential) => boolean,
): NearMiss | undefined {
  const serving = [...lookup.matches, ...lookup.fallback];
  const isServed = serving.some(({ credential, isVoid }) => !isVoid && isCandidate(credential));
  if (repository === null || isServed) return undefined;
  const image = splitKey(repository);
  const targets = image.host === "docker.io" && image.port === "" ? [DOCKER_HUB, image] : [image];
  const pairs = targets.flatMap((target) => keysNear(keyring, target, isCandidate).map((key) => ({ key, target })));
  for (const [code, fixOf] of DIFFERENCES) {
    for (const { key, target } of pairs) {
      const fix = fixOf(key, target);
      const isNear = fix !== undefined && (key.excess ?? code) === code && mayCover(fix, target);
      if (!isNear || !serves(writeKey(fix), repository)) continue;
      return { code, credential: key.credential.name, registry: key.text, fix: writeKey(fix) };
    }
  }
  return undefined;
}

/** Stands in for Docker Hub whatever the path. */
const DOCKER_HUB: KeyParts = { host: "index.docker.io", port: "", path: "" };

/** What holds for every key that covers an image, and costs nothing to ask. */
function mayCover(key: KeyParts, image: KeyParts): boolean {
  const isSameHost = key.host === image.host || key.host.includes("*");
  return isSameHost && key.port === image.port && image.path.startsWith(key.path);
}

/** Asks the kubelet's rules. */
function serves(registry: string, repository: string): boolean {
  const { matches, fallback } = lookupCredentials(keyringOf(registry), repository);
  return matches.length + fallback.length > 0;
}

const keyringOf = remember((registry) => buildKeyring([{ ...NAMELESS, registries: [registry] }]));

const NAMELESS: Credential = {
  name: "",
  type: "kubernetes.io/dockerconfigjson",
  status: "usable",
  registries: [],
  voidRegistries: [],
};
