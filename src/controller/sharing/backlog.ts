/**
 * The copies that are to be written, in the order of their turn: those of namespaces in which a Pod waits come first, those that the
 * server failed to write before come last.
 */

/** A name in a namespace. */
export interface CopyKey {
  readonly namespace: string;
  readonly name: string;
}

/** A copy as one text, by which maps find it. */
export function idOf({ namespace, name }: CopyKey): string {
  return `${namespace}/${name}`;
}

/** Names by namespace. */
type Queue = Map<string, Set<string>>;

/** @see CopyKey */
export class Backlog {
  readonly #isUrgent: (namespace: string) => boolean;
  readonly #urgent: Queue = new Map();
  readonly #others: Queue = new Map();
  readonly #late: Queue = new Map();
  /** Namespaces by name: what waits for its turn, and what was taken and is not closed. */
  readonly #open = new Map<string, Set<string>>();
  #size = 0;

  /** @param isUrgent whether a Pod waits in a namespace */
  constructor(isUrgent: (namespace: string) => boolean) {
    this.#isUrgent = isUrgent;
  }

  /** How many are open: they wait for their turn, or are being written. */
  get size(): number {
    return this.#size;
  }

  /** How many of one name are open. */
  countOf(name: string): number {
    return this.#open.get(name)?.size ?? 0;
  }

  /** Puts one behind the others, unless it is open. @param isLate whether the server failed to write it before */
  add({ namespace, name }: CopyKey, isLate = false): void {
    const namespaces = this.#open.get(name) ?? new Set();
    if (namespaces.has(namespace)) return;
    this.#open.set(name, namespaces.add(namespace));
    this.#size += 1;
    const inTime = this.#isUrgent(namespace) ? this.#urgent : this.#others;
    const queue = isLate ? this.#late : inTime;
    queue.set(namespace, (queue.get(namespace) ?? new Set()).add(name));
  }

  /** Takes out the one whose turn it is; it stays open. @param mayBeLate whether the turn of late ones may have come */
  take(mayBeLate = true): CopyKey | undefined {
    for (const queue of [this.#urgent, this.#others, ...(mayBeLate ? [this.#late] : [])]) {
      for (const [namespace, names] of queue) {
        for (const name of names) {
          remove(queue, { namespace, name });
          return { namespace, name };
        }
      }
    }
    return undefined;
  }

  /** It is written, or there is nothing to write any more. */
  close(key: CopyKey): void {
    const namespaces = this.#open.get(key.name);
    if (namespaces?.delete(key.namespace) !== true) return;
    this.#size -= 1;
    if (namespaces.size === 0) this.#open.delete(key.name);
    for (const queue of [this.#urgent, this.#others, this.#late]) remove(queue, key);
  }

  /** A Pod waits in the namespace: what is to be written there comes before what was not urgent. */
  hurry(namespace: string): void {
    const names = this.#others.get(namespace);
    if (names === undefined) return;
    this.#others.delete(namespace);
    this.#urgent.set(namespace, new Set([...(this.#urgent.get(namespace) ?? []), ...names]));
  }
}

function remove(queue: Queue, { namespace, name }: CopyKey): void {
  const names = queue.get(namespace);
  if (names?.delete(name) === true && names.size === 0) queue.delete(namespace);
}
