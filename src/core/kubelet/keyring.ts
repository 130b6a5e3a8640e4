/**
 * The credentials of one namespace, indexed so that a look-up gives what the kubelet would try for an image, in its order.
 * One keyring answers for every list of Secrets: the look-up is made over all of them, then narrowed to the names listed.
 */
import { compareBytes } from "../go/byte-string.ts";
import type { Credential } from "./credential.ts";
import { candidatesOf, type GlobShape, indexGlobHosts } from "./glob-shape.ts";
import { hostMatches, isLiteralHost, type SplitHost, splitHost, toHostKey } from "./host-pattern.ts";
import { type LookupPlace, type LookupTarget, parseLookupTarget } from "./lookup-target.ts";
import { Memo } from "./memo.ts";
import { toIndexKey } from "./registry-key.ts";
import { parseRegistryUrl } from "./registry-url.ts";

/** One registry key of one credential. */
export interface KeyringEntry {
  readonly credential: Credential;
  /** The kubelet's index key, a byte string: greater ones are tried first. */
  readonly indexKey: string;
}

/** An entry with its key parsed once more, as the kubelet does for each match. */
interface PatternEntry extends KeyringEntry {
  readonly host: SplitHost;
  readonly path: string;
}

/** Entries of one literal host by the path that an image has to start with. */
type PathIndex = Map<string, PatternEntry[]>;

/** @see lookupCredentials */
export interface Keyring {
  /** All credentials of the namespace by name, whatever their status. */
  readonly credentials: ReadonlyMap<string, Credential>;
  /** Names of the malformed ones, sorted by bytes. */
  readonly malformed: readonly string[];
  readonly literalHosts: ReadonlyMap<string, ReadonlyMap<string, readonly PatternEntry[]>>;
  readonly globShapes: readonly GlobShape<PatternEntry>[];
  /** Number of entries with a glob in their host: a look-up may have to match each of them. */
  readonly globCount: number;
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

/** The same few repositories are looked up again and again; a path has at most 255 bytes, a host hardly more. */
const TARGETS = new Memo<LookupTarget>({ entries: 1000, maxKeyLength: 512 });

/** Indexes credentials of one namespace; among equal keys those with the smaller name come first. */
export function buildKeyring(credentials: Iterable<Credential>): Keyring {
  const sorted = [...credentials].sort((a, b) => compareBytes(a.name, b.name));
  const literalHosts = new Map<string, PathIndex>();
  const globEntries: PatternEntry[] = [];
  const hub: KeyringEntry[] = [];
  for (const credential of sorted) {
    for (const indexKey of indexKeysOf(credential)) {
      if (indexKey === HUB_INDEX_KEY) {
        hub.push({ credential, indexKey });
      }
      const entry = toPatternEntry(credential, indexKey);
      if (entry !== undefined && isLiteralHost(entry.host)) {
        addToPathIndex(literalHosts, entry);
      } else if (entry !== undefined) {
        globEntries.push(entry);
      }
    }
  }
  return {
    credentials: new Map(sorted.map((credential) => [credential.name, credential])),
    malformed: sorted.filter(({ status }) => status === "malformed").map(({ name }) => name),
    literalHosts,
    globShapes: indexGlobHosts(globEntries),
    globCount: globEntries.length,
    hub,
  };
}

/** Registry keys that differ in user info, query or scheme alone share an index key: one entry stands for all. */
function indexKeysOf({ registries }: Credential): Iterable<string> {
  return new Set(registries.map(toIndexKey).filter((indexKey) => indexKey !== undefined));
}

/** @see kubernetes pkg/credentialprovider/keyring.go URLsMatchStr (the index key is parsed a second time) */
function toPatternEntry(credential: Credential, indexKey: string): PatternEntry | undefined {
  const url = parseRegistryUrl(indexKey);
  return url === undefined ? undefined : { credential, indexKey, host: splitHost(url.host), path: url.path };
}

function addToPathIndex(literalHosts: Map<string, PathIndex>, entry: PatternEntry): void {
  const host = toHostKey(entry.host);
  const paths = literalHosts.get(host) ?? new Map<string, PatternEntry[]>();
  literalHosts.set(host, paths);
  const entries = paths.get(entry.path) ?? [];
  paths.set(entry.path, entries);
  entries.push(entry);
}

/**
 * Looks `repository` up among all credentials of the namespace, in the kubelet's order of trial: greater index keys first,
 * equal ones by name.
 * @see kubernetes pkg/credentialprovider/keyring.go BasicDockerKeyring.Lookup
 */
export function lookupCredentials(keyring: Keyring, repository: string): Lookup {
  const { place, isDefaultRegistry } = TARGETS.get(repository, parseLookupTarget);
  return {
    matches: place === undefined ? [] : findMatches(keyring, place),
    fallback: isDefaultRegistry ? keyring.hub : [],
  };
}

function findMatches(keyring: Keyring, { host, hostKey, path }: LookupPlace): readonly KeyringEntry[] {
  const matches: PatternEntry[] = [];
  const paths = keyring.literalHosts.get(hostKey);
  if (paths !== undefined) {
    collectPrefixes(paths, path, matches);
  }
  for (const shape of keyring.globShapes) {
    for (const entry of candidatesOf(shape, host)) {
      if (path.startsWith(entry.path) && hostMatches(entry.host, host)) {
        matches.push(entry);
      }
    }
  }
  return matches.length > 1 ? firstOfEach(matches.sort(byOrderOfTrial)) : matches;
}

/** A Secret is tried where its first key stands. Its other keys change neither what is tried nor the order. */
function firstOfEach(entries: readonly KeyringEntry[]): readonly KeyringEntry[] {
  const seen = new Set<Credential>();
  return entries.filter(({ credential }) => !seen.has(credential) && seen.add(credential));
}

/** Collects the entries whose path is a prefix, by the shorter way: all paths there are, or all prefixes there can be. */
function collectPrefixes(
  paths: ReadonlyMap<string, readonly PatternEntry[]>,
  path: string,
  into: PatternEntry[],
): void {
  if (paths.size <= path.length) {
    for (const [prefix, entries] of paths) {
      if (path.startsWith(prefix)) {
        pushAll(into, entries);
      }
    }
    return;
  }
  for (let length = 0; length <= path.length; length += 1) {
    pushAll(into, paths.get(path.slice(0, length)) ?? []);
  }
}

/** A spread would pass each entry as an argument, and arguments are limited. */
function pushAll(into: PatternEntry[], entries: readonly PatternEntry[]): void {
  for (const entry of entries) {
    into.push(entry);
  }
}

/** Index keys are byte strings, whose own order is that of bytes; the names are not. */
function byOrderOfTrial(a: KeyringEntry, b: KeyringEntry): number {
  if (a.indexKey === b.indexKey) {
    return compareBytes(a.credential.name, b.credential.name);
  }
  return a.indexKey > b.indexKey ? -1 : 1;
}
