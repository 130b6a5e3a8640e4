/** Remembers what a pure function gave for its last arguments, within bounds: what is forgotten is worked out again. */

/** Bounds of a memo. */
export interface MemoBounds {
  /** Values remembered at least, as far as there were so many; at most twice as many. */
  readonly entries: number;
  /** Longest key that is remembered, in characters: a hostile text must not stay. */
  readonly maxKeyLength: number;
}

/** Values by text. Those asked for since the last turn of generations survive the next one. */
export class Memo<Value> {
  readonly #bounds: MemoBounds;
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();

  constructor(bounds: MemoBounds) {
    this.#bounds = bounds;
  }

  /** Number of values remembered. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** The value for `key`; `make` must give the same for the same key always. */
  get(key: string, make: (key: string) => Value): Value {
    const known = this.#young.get(key);
    return known === undefined ? this.#recall(key, make) : known;
  }

  #recall(key: string, make: (key: string) => Value): Value {
    const value = this.#old.get(key) ?? make(key);
    if (key.length <= this.#bounds.maxKeyLength) {
      if (this.#young.size >= this.#bounds.entries) {
        this.#old = this.#young;
        this.#young = new Map();
      }
      this.#young.set(key, value);
    }
    return value;
  }
}
