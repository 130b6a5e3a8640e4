/**
 * The registry keys of a namespace, indexed so that an image is compared with those alone that may come near it: few, whatever
 * the namespace holds.
 */
import type { Credential } from "../kubelet/credential.ts";
import type { Keyring } from "../kubelet/keyring.ts";
import type { JudgedCredential } from "./judged-credential.ts";
import { isDockerHub, isRightBehindHost, otherHostsOf, withoutMarks } from "./key-difference.ts";
import { type KeyParts, readWrittenKey, type WrittenKey } from "./written-key.ts";

/** A registry key that has a user name or a password. */
export interface NearKey extends WrittenKey {
  readonly credential: Credential;
}

/** Most keys that are compared with one image. A namespace has a few of one registry; an attacker has many. */
const MAX_COMPARED = 100;

/** Gives the keys that may be near an image: those for its host or its service, and those for a host like it that are right otherwise. */
export function keysNear(
  keyring: Keyring<JudgedCredential>,
  image: KeyParts,
  isCandidate: (credential: Credential) => boolean,
): readonly NearKey[] {
  const index = indexNearKeys(keyring);
  const near = new Set<NearKey>();
  const others = otherHostsOf(image.host);
  const hosts = new Set([image.host.toLowerCase(), ...others]);
  // Where one of them or Docker Hub is met, or a star, anything else may be wrong with a key.
  const isForHost = (key: KeyParts, place: string): boolean =>
    place === DOCKER_HUB || place.startsWith("*") || hosts.has(key.host.toLowerCase());
  let compared = 0;
  for (const place of [...placesOf(image.host), ...others.map(withoutMarks), ...suffixesOf(image.host)]) {
    for (const key of index.get(place) ?? []) {
      compared += 1;
      if (compared > MAX_COMPARED) return [...near];
      if ((isForHost(key, place) || isRightBehindHost(key, image)) && isCandidate(key.credential)) near.add(key);
    }
  }
  return [...near];
}

/** Keys of one namespace, by {@link placesOf} their hosts. */
type NearKeys = ReadonlyMap<string, readonly NearKey[]>;

/** Most keys of a namespace that are indexed: 70,000 fit into one Secret, and a decision holds up all others. */
const MAX_KEYS = 10_000;

const INDEXES = new WeakMap<Keyring<JudgedCredential>, NearKeys>();

/** Indexes the keys of a keyring once. */
function indexNearKeys(keyring: Keyring<JudgedCredential>): NearKeys {
  const known = INDEXES.get(keyring);
  if (known !== undefined) return known;
  const index = new Map<string, NearKey[]>();
  let left = MAX_KEYS;
  for (const credential of keyring.credentials.values()) {
    for (const registry of filledKeys(credential).slice(0, left)) {
      left -= 1;
      const key = { ...readWrittenKey(registry), credential };
      for (const place of placesOf(key.host)) {
        const keys = index.get(place) ?? [];
        index.set(place, keys);
        keys.push(key);
      }
    }
  }
  INDEXES.set(keyring, index);
  return index;
}

/** The registry keys of a credential whose entry has a user name or a password; those that are no URL, too. */
function filledKeys({ registries, voidRegistries, findings }: JudgedCredential): readonly string[] {
  if (findings.length === 0) return registries;
  const isVoid = new Set(voidRegistries);
  for (const finding of findings) {
    if (finding.code === "void-entry" || finding.code === "token-not-read") isVoid.add(finding.registry);
  }
  const ignored = findings.flatMap((finding) => (finding.code === "key-not-a-url" ? [finding.registry] : []));
  return [...registries, ...ignored].filter((registry) => !isVoid.has(registry));
}

/** Labels of the longest host that is looked at. */
const MAX_LABELS = 8;

const DOCKER_HUB = "docker hub";

/**
 * Where hosts that are near meet: at the host without its case and what is between labels, at Docker Hub, at the host with a `?` for
 * any one label, and, where there is a star, at the labels behind it.
 */
function placesOf(written: string): readonly string[] {
  const host = written.toLowerCase();
  const labels = host.split(".");
  if (labels.length > MAX_LABELS) return [];
  if (host.includes("*")) return suffixesOf(host).slice(0, 1);
  const places = [withoutMarks(host)];
  if (isDockerHub(host)) places.push(DOCKER_HUB);
  let start = 0;
  for (const { length } of labels) {
    places.push(`${host.slice(0, start)}?${host.slice(start + length)}`);
    start += length + 1;
  }
  return places;
}

/** The last two labels, the last one and none, as far as no star stands in them, behind one. The longest comes first. */
function suffixesOf(host: string): readonly string[] {
  const last = host.toLowerCase().split(".").slice(-2);
  const tails = last.map((_, position) => last.slice(position)).filter((tail) => !tail.join().includes("*"));
  return [...tails.map((tail) => `*.${tail.join(".")}`), "*"];
}
