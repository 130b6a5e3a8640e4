/**
 * The objects of all namespaces in little memory: those of a namespace are kept as one text and become objects when they are
 * asked for. It knows nothing of resource versions.
 */

/** The objects of one namespace by name. */
export type NamespaceContent<T> = ReadonlyMap<string, T>;

/** How objects of one kind are kept. */
export interface Codec<T> {
  /** A JSON value that holds the name and all of `value`. */
  readonly pack: (name: string, value: T) => unknown;
  /** What `pack` was given, from what it gave. */
  readonly unpack: (packed: unknown) => readonly [name: string, value: T];
  /** Whether an object counts as faulty. */
  readonly isFaulty: (value: T) => boolean;
}

/** For values that are JSON themselves. */
export function plainForm<T>(): Codec<T> {
  return {
    pack: (name, value) => [name, value],
    unpack: (packed) => packed as readonly [string, T],
    isFaulty: () => false,
  };
}

/** Larger namespaces are kept as objects, so that an event never writes a long text anew. 64 objects take about 60 us. */
const MAX_PACKED_OBJECTS = 64;

/**
 * A namespace that is unpacked. There is one that was read and one that was written, as lists and requests come back to the same
 * one again and again. A map with more of them would hold on to all it ever held: what a table that has been collected into V8's
 * old space refers to survives with it, and so does the next table.
 */
interface UnpackedNamespace<T, Content extends NamespaceContent<T>> {
  readonly namespace: string;
  readonly objects: Content;
}

/** @see ReflectedTable, which says what may be written when */
export class PackedObjects<T> {
  readonly #form: Codec<T>;
  readonly #kept = new Map<string, string | Map<string, T>>();
  readonly #empty: NamespaceContent<T> = new Map();
  #read: UnpackedNamespace<T, NamespaceContent<T>> | undefined;
  /** Goes back to its packed form when another one is written. */
  #open: UnpackedNamespace<T, Map<string, T>> | undefined;
  #like: PackedObjects<T> | undefined;
  #size = 0;
  #faulty = 0;

  /** @param like content that will be nearly the same: where it is, its texts are taken, so that they are in memory once */
  constructor(form: Codec<T>, like?: PackedObjects<T>) {
    this.#form = form;
    this.#like = like;
  }

  /** Lets go of the content that this one was to be like. */
  finish(): void {
    this.#seal();
    this.#like = undefined;
  }

  /** Number of objects. */
  get size(): number {
    return this.#size;
  }

  /** Number of objects that count as faulty. */
  get faulty(): number {
    return this.#faulty;
  }

  /** The namespaces that have objects. */
  namespaces(): Iterable<string> {
    this.#seal();
    return this.#kept.keys();
  }

  /** The objects of `namespace`, as they are until the next write; empty when there are none. */
  get(namespace: string): NamespaceContent<T> {
    if (this.#open?.namespace === namespace) {
      return this.#open.objects;
    }
    const kept = this.#kept.get(namespace);
    if (typeof kept !== "string") {
      return kept ?? this.#empty;
    }
    if (this.#read?.namespace !== namespace) {
      this.#read = { namespace, objects: this.#unpack(kept) };
    }
    return this.#read.objects;
  }

  /** Adds or replaces an object. */
  put(namespace: string, name: string, value: T): void {
    const objects = this.#openNamespace(namespace);
    this.#count(objects.get(name), -1);
    objects.set(name, value);
    this.#count(value, 1);
  }

  /** Removes an object and tells whether there was one. */
  remove(namespace: string, name: string): boolean {
    const value = this.get(namespace).get(name);
    this.#count(value, -1);
    return value !== undefined && this.#openNamespace(namespace).delete(name);
  }

  /** Replaces all objects of a namespace. */
  replace(namespace: string, objects: NamespaceContent<T>): void {
    const open = this.#openNamespace(namespace);
    for (const name of [...open.keys()]) {
      this.remove(namespace, name);
    }
    for (const [name, value] of objects) {
      this.put(namespace, name, value);
    }
  }

  /** Tells whether `other` has the same objects in a namespace. Their order may make equal ones look different. */
  agreesWith(other: PackedObjects<T>, namespace: string): boolean {
    this.#seal();
    other.#seal();
    const [ours, theirs] = [this.#kept.get(namespace), other.#kept.get(namespace)];
    if (!(ours instanceof Map && theirs instanceof Map)) {
      return ours === theirs;
    }
    return ours.size === theirs.size && [...ours].every(([name, value]) => theirs.get(name) === value);
  }

  #openNamespace(namespace: string): Map<string, T> {
    if (this.#open?.namespace !== namespace) {
      this.#seal();
      const kept = this.#kept.get(namespace);
      const objects = kept instanceof Map ? kept : new Map(this.get(namespace));
      this.#open = { namespace, objects };
    }
    if (this.#read?.namespace === namespace) {
      this.#read = undefined;
    }
    return this.#open.objects;
  }

  #seal(): void {
    if (this.#open === undefined) {
      return;
    }
    const { namespace, objects } = this.#open;
    this.#open = undefined;
    if (objects.size === 0) {
      this.#kept.delete(namespace);
    } else {
      this.#kept.set(
        namespace,
        objects.size > MAX_PACKED_OBJECTS ? objects : this.#share(namespace, this.#pack(objects)),
      );
    }
  }

  #share(namespace: string, text: string): string {
    const kept = this.#like === undefined ? undefined : this.#like.#kept.get(namespace);
    return kept === text ? kept : text;
  }

  /** A line of JSON for each object; JSON itself has no line feed in it. A joined text is one piece of memory. */
  #pack(objects: NamespaceContent<T>): string {
    return Array.from(objects, ([name, value]) => JSON.stringify(this.#form.pack(name, value))).join("\n");
  }

  #unpack(text: string): NamespaceContent<T> {
    const packed = JSON.parse(`[${text.replaceAll("\n", ",")}]`) as readonly unknown[];
    return new Map(packed.map(this.#form.unpack));
  }

  #count(value: T | undefined, sign: 1 | -1): void {
    if (value !== undefined) {
      this.#size += sign;
      this.#faulty += this.#form.isFaulty(value) ? sign : 0;
    }
  }
}
