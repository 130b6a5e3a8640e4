/** Gives one copy of texts and lists that many Secrets share: names and registry keys repeat over all namespaces. */

/** Beyond this many the table starts anew: what was given out stays good, later copies are just not shared with it. */
const MAX_ENTRIES = 20_000;

/** One table of shared values. Only ever holds what is handed to it: names and registry keys, no payload. */
export class Interner {
  readonly #texts = new Map<string, string>();
  readonly #lists = new Map<string, readonly string[]>();

  /** The shared copy of `text`. */
  text(text: string): string {
    return share(this.#texts, text, () => text);
  }

  /** The shared copy of a list with the same texts in the same order. */
  list(list: readonly string[]): readonly string[] {
    return share(this.#lists, JSON.stringify(list), () => list.map((text) => this.text(text)));
  }
}

function share<T>(table: Map<string, T>, key: string, make: () => T): T {
  const known = table.get(key);
  if (known !== undefined) {
    return known;
  }
  if (table.size >= MAX_ENTRIES) {
    table.clear();
  }
  const value = make();
  table.set(key, value);
  return value;
}
