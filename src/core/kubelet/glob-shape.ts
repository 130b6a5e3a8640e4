/** Finds the hosts with globs that may cover a host, by what is literal of them, so that few have to be matched glob by glob. */
import { type SplitHost, toHostKey } from "./host-pattern.ts";
import { hasGlob } from "./label-glob.ts";

/** Entries whose hosts have globs at the same places among equally many labels. */
export interface GlobShape<Entry> {
  /** For each label whether it is a glob. */
  readonly globs: readonly boolean[];
  /** Entries by what is literal of their hosts. */
  readonly entries: ReadonlyMap<string, readonly Entry[]>;
}

/** Sorts entries by shape; a namespace has very few shapes, as most keys with a star are `*.host`. */
export function indexGlobHosts<Entry extends { readonly host: SplitHost }>(
  entries: readonly Entry[],
): readonly GlobShape<Entry>[] {
  const shapes = new Map<string, { globs: readonly boolean[]; entries: Map<string, Entry[]> }>();
  for (const entry of entries) {
    const globs = entry.host.labels.map(hasGlob);
    const shape = shapes.get(globs.join()) ?? { globs, entries: new Map<string, Entry[]>() };
    shapes.set(globs.join(), shape);
    const key = literalPart(entry.host, globs);
    const alike = shape.entries.get(key) ?? [];
    shape.entries.set(key, alike);
    alike.push(entry);
  }
  return [...shapes.values()];
}

/** Gives the entries of a shape whose literal labels and port are those of `host`; their globs are yet to be matched. */
export function candidatesOf<Entry>({ globs, entries }: GlobShape<Entry>, host: SplitHost): readonly Entry[] {
  return globs.length === host.labels.length ? (entries.get(literalPart(host, globs)) ?? []) : [];
}

function literalPart({ labels, port }: SplitHost, globs: readonly boolean[]): string {
  return toHostKey({ port, labels: labels.map((label, position) => (globs[position] ? "*" : label)) });
}
