/**
 * The credentials of one namespace, indexed so that a look-up gives what the kubelet would try for an image, in its order.
 * One keyring answers for every list of Secrets: the look-up is made over all of them, then narrowed to the names listed.
 */
import { compareBytes } from "../go/byte-string.ts";
import { remember } from "../remember.ts";
import type { Credential } from "./credential.ts";
import {
  type HostPattern,
  hostMatches,
  isLiteralHost,
  MAX_HOST_LENGTH,
  matchCost,
  parseHostPattern,
  type SplitHost,
  splitHost,
  toHostKey,
  toShapeKey,
} from "./host-pattern.ts";
import { parseRegistryUrl, toIndexKey } from "./registry-url.ts";

/** One registry key of one credential. */
export interface KeyringEntry {
  readonly credential: Credential;
  /** The kubelet's index key, a byte string: greater ones are tried first. */
  readonly indexKey: string;
  /** Whether it holds neither user name nor password, so that the kubelet pulls anonymously with it. */
  readonly isVoid: boolean;
}

/** An entry with a glob in its host. */
interface GlobEntry extends KeyringEntry {
  readonly host: HostPattern;
  readonly path: string;
}

/** @see lookupCredentials */
export interface Keyring<Known extends Credential = Credential> {
  /** All credentials of the namespace by name, whatever their status, with whatever else is known of them. */
  readonly credentials: ReadonlyMap<string, Known>;
  /** Names of those that are malformed or have no registry key, sorted by bytes: what they were meant for nobody can tell. */
  readonly unindexed: readonly string[];
  /** Entries without a glob in their host, by {@link toHostKey} and then by path. */
  readonly literals: ReadonlyMap<string, ReadonlyMap<string, readonly KeyringEntry[]>>;
  /** Entries with a glob in their host, by {@link toShapeKey}. */
  readonly globs: ReadonlyMap<string, readonly GlobEntry[]>;
  /** @see lookupCost */
  readonly globCost: number;
  /** Entries with the exact index key of Docker Hub. */
  readonly hub: readonly KeyringEntry[];
}

/** What a keyring holds for an image: each credential once, at its first key that covers it, and those that may stand in. */
export interface Lookup {
  readonly matches: readonly KeyringEntry[];
  /** Used by the kubelet only when no entry at all matches. */
  readonly fallback: readonly KeyringEntry[];
}

const HUB_INDEX_KEY = "index.docker.io";

/** Indexes credentials of one namespace; among equal keys those with the smaller name come first. */
export function buildKeyring<Known extends Credential>(credentials: Iterable<Known>): Keyring<Known> {
  const sorted = [...credentials].sort((a, b) => compareBytes(a.name, b.name));
  const literals = new Map<string, Map<string, KeyringEntry[]>>();
  const globs = new Map<string, GlobEntry[]>();
  let globCost = 0;
  const hub: KeyringEntry[] = [];
  for (const credential of sorted) {
    for (const [indexKey, isVoid] of indexKeysOf(credential)) {
      const entry = { credential, indexKey, isVoid };
      if (indexKey === HUB_INDEX_KEY) hub.push(entry);
      // The kubelet, too, parses the index key for each match, as a URL of its own.
      const { host, path } = parseLocation(indexKey);
      if (host === undefined) continue;
      if (isLiteralHost(host)) {
        const key = toHostKey(host);
        const paths = literals.get(key) ?? new Map<string, KeyringEntry[]>();
        literals.set(key, paths);
        addTo(paths, path, entry);
      } else {
        const pattern = parseHostPattern(host);
        if (pattern === undefined) continue;
        addTo(globs, toShapeKey(pattern), { ...entry, host: pattern, path });
        globCost += matchCost(pattern);
      }
    }
  }
  return {
    credentials: new Map(sorted.map((credential) => [credential.name, credential])),
    unindexed: sorted.filter(({ status }) => status === "malformed" || status === "empty").map(({ name }) => name),
    literals,
    globs,
    globCost,
    hub,
  };
}

function addTo<Entry>(map: Map<string, Entry[]>, key: string, entry: Entry): void {
  const entries = map.get(key) ?? [];
  map.set(key, entries);
  entries.push(entry);
}

/**
 * Index keys, and whether all their entries are void. Registry keys that differ in user info, query or scheme alone share one:
 * one entry stands for all.
 */
function indexKeysOf({ registries, voidRegistries }: Credential): ReadonlyMap<string, boolean> {
  const isVoid = new Set(voidRegistries);
  const keys = new Map<string, boolean>();
  for (const registry of registries) {
    const key = toIndexKey(registry);
    if (key !== undefined) keys.set(key, keys.get(key) !== false && isVoid.has(registry));
  }
  return keys;
}

interface Location {
  /** undefined when the text is no URL or its host is too long, so that nothing matches it. */
  readonly host: SplitHost | undefined;
  readonly path: string;
}

/** Parses a repository or an index key. */
function parseLocation(text: string): Location {
  const { host, path } = parseRegistryUrl(text) ?? { host: undefined, path: "" };
  return { host: host === undefined ? undefined : splitHost(host), path };
}

const locationOf = remember(parseLocation);

/**
 * Looks `repository` up among all credentials of the namespace, in the kubelet's order of trial: greater index keys first,
 * equal ones by name.
 * @see kubernetes pkg/credentialprovider/keyring.go BasicDockerKeyring.Lookup
 */
export function lookupCredentials(keyring: Keyring, repository: string): Lookup {
  const { host, path } = locationOf(repository);
  const matches = host === undefined ? [] : findMatches(keyring, host, path);
  return { matches, fallback: isDefaultRegistry(repository) ? without(keyring.hub, matches) : [] };
}

/** A match of a credential, void as it may be, keeps the kubelet from the credential's own key of Docker Hub. */
function without(hub: readonly KeyringEntry[], matches: readonly KeyringEntry[]): readonly KeyringEntry[] {
  const matching = new Set(matches.map(({ credential }) => credential));
  return matching.size === 0 ? hub : hub.filter(({ credential }) => !matching.has(credential));
}

/** Bytes of an image's host for which {@link matchCost} is right. */
const COMPARED_BYTES = 64;

/** How many comparisons with keys that have a glob a look-up is worth at most, so that a caller can bound them. */
export function lookupCost({ globCost }: Keyring, repository: string): number {
  const hostLength = Math.min(repository.indexOf("/"), MAX_HOST_LENGTH);
  return globCost * Math.ceil(hostLength / COMPARED_BYTES);
}

function findMatches(keyring: Keyring, host: SplitHost, path: string): readonly KeyringEntry[] {
  const matches: KeyringEntry[] = (keyring.globs.get(toShapeKey(host)) ?? []).filter(
    (entry) => hostMatches(entry.host, host) && path.startsWith(entry.path),
  );
  const paths = keyring.literals.get(toHostKey(host));
  for (let length = 0; paths !== undefined && length <= path.length; length += 1) {
    for (const entry of paths.get(path.slice(0, length)) ?? []) matches.push(entry);
  }
  return matches.length > 1 ? firstOfEach(matches.sort(byOrderOfTrial)) : matches;
}

/**
 * A Secret is tried where its first key stands. Its other keys change neither what is tried nor the order, but one of them may
 * have a user name and a password where the first has none.
 */
function firstOfEach(entries: readonly KeyringEntry[]): readonly KeyringEntry[] {
  const first = new Map<Credential, KeyringEntry>();
  for (const entry of entries) {
    const before = first.get(entry.credential);
    if (before === undefined || (before.isVoid && !entry.isVoid)) {
      first.set(entry.credential, before === undefined ? entry : { ...before, isVoid: false });
    }
  }
  return [...first.values()];
}

/** Index keys are byte strings, whose own order is that of bytes; the names are not. */
function byOrderOfTrial(a: KeyringEntry, b: KeyringEntry): number {
  if (a.indexKey === b.indexKey) return compareBytes(a.credential.name, b.credential.name);
  return a.indexKey > b.indexKey ? -1 : 1;
}

/** Not asked for `index.docker.io`, whose key matches it. @see kubernetes pkg/credentialprovider/keyring.go isDefaultRegistryMatch */
function isDefaultRegistry(repository: string): boolean {
  const slash = repository.indexOf("/");
  if (slash < 0) return repository !== "";
  const first = repository.slice(0, slash);
  return first !== "" && (first === "docker.io" || !/[.:]/.test(first));
}
