/**
 * The objects of one kind as they are on the server, by namespace and name, each piece of it at a known resource version.
 * Nothing in it ever goes back to an older one: what a live look found ahead of the watch holds until the watch has caught up.
 */
import type { Observed } from "./watched-resource.ts";

/** The objects of one namespace by name. */
export type NamespaceContent<T> = ReadonlyMap<string, T>;

/** All objects by namespace and name; namespaces without any may be missing. */
export type TableContent<T> = Map<string, Map<string, T>>;

/** @see WatchedResource for the kinds */
export class ReflectedTable<T> {
  readonly #onChange: (namespace: string) => void;
  readonly #empty: NamespaceContent<T> = new Map();
  #content: TableContent<T> = new Map();
  #version = 0;
  /** Versions of what is ahead of the watch, by namespace, or by `namespace/name` for one object. */
  readonly #ahead = new Map<string, number>();

  /** @param onChange is told each namespace whose objects have changed */
  constructor(onChange: (namespace: string) => void) {
    this.#onChange = onChange;
  }

  /** The version up to which lists and the watch have told everything; 0 before the first list. */
  get version(): number {
    return this.#version;
  }

  /** The objects of `namespace`; empty when there are none or none are known. */
  inNamespace(namespace: string): NamespaceContent<T> {
    return this.#content.get(namespace) ?? this.#empty;
  }

  /** The version that what is held of a namespace reflects in full. */
  versionOf(namespace: string): number {
    return Math.max(this.#version, this.#ahead.get(namespace) ?? 0);
  }

  /** All namespaces with what they hold. */
  entries(): Iterable<[string, NamespaceContent<T>]> {
    return this.#content;
  }

  /** Applies an event that adds or changes an object. */
  put({ namespace, name, version, value }: Observed<T>): void {
    if (this.#isNews(namespace, name, version)) {
      this.#set(namespace, name, value);
    }
    this.#moveTo(version);
  }

  /** Applies an event that removes an object. */
  remove({ namespace, name, version }: Omit<Observed<T>, "value">): void {
    const objects = this.#content.get(namespace);
    if (this.#isNews(namespace, name, version) && objects?.delete(name) === true) {
      if (objects.size === 0) {
        this.#content.delete(namespace);
      }
      this.#onChange(namespace);
    }
    this.#moveTo(version);
  }

  /** Takes notice that everything up to `version` has been told. */
  bookmark(version: number): void {
    this.#moveTo(version);
    this.#forgetCaughtUp();
  }

  /**
   * Replaces everything, at once, by a list that was complete at `version`; what is ahead of it stays. A list older than what
   * is held means that the server's history was rewritten, as by a restored backup: then nothing held is worth keeping.
   */
  replaceAll(content: TableContent<T>, version: number): void {
    if (version < this.#version) {
      this.#ahead.clear();
    }
    this.#version = version;
    this.#forgetCaughtUp();
    for (const place of this.#ahead.keys()) {
      this.#carryOver(place, content);
    }
    const before = this.#content;
    this.#content = content;
    for (const namespace of new Set([...before.keys(), ...content.keys()])) {
      if (!isSame(before.get(namespace), content.get(namespace))) {
        this.#onChange(namespace);
      }
    }
  }

  /**
   * Replaces a namespace by a list that was complete at `version`, unless what is held is as new.
   * Not to be mixed with {@link putAhead} in one table.
   */
  replaceNamespace(namespace: string, objects: Map<string, T>, version: number): void {
    if (version <= this.versionOf(namespace)) {
      return;
    }
    const isChanged = !isSame(this.#content.get(namespace), objects);
    this.#ahead.set(namespace, version);
    if (isChanged) {
      if (objects.size === 0) {
        this.#content.delete(namespace);
      } else {
        this.#content.set(namespace, objects);
      }
      this.#onChange(namespace);
    }
  }

  /** Puts an object that was read by itself, unless what is held is as new. */
  putAhead({ namespace, name, version, value }: Observed<T>): void {
    const place = `${namespace}/${name}`;
    if (version > Math.max(this.#version, this.#ahead.get(place) ?? 0)) {
      this.#ahead.set(place, version);
      this.#set(namespace, name, value);
    }
  }

  #set(namespace: string, name: string, value: T): void {
    const objects = this.#content.get(namespace) ?? new Map<string, T>();
    this.#content.set(namespace, objects);
    objects.set(name, value);
    this.#onChange(namespace);
  }

  /** An event of the very version that is held is applied again: it can only be what is held already. */
  #isNews(namespace: string, name: string, version: number): boolean {
    const ahead = Math.max(this.#ahead.get(namespace) ?? 0, this.#ahead.get(`${namespace}/${name}`) ?? 0);
    return version >= this.#version && version > ahead;
  }

  #moveTo(version: number): void {
    this.#version = Math.max(this.#version, version);
  }

  #forgetCaughtUp(): void {
    for (const [place, version] of this.#ahead) {
      if (version <= this.#version) {
        this.#ahead.delete(place);
      }
    }
  }

  #carryOver(place: string, content: TableContent<T>): void {
    const [namespace = "", name] = place.split("/");
    const held = this.#content.get(namespace);
    if (name === undefined) {
      content.delete(namespace);
      if (held !== undefined) {
        content.set(namespace, new Map(held));
      }
      return;
    }
    const value = held?.get(name);
    if (value !== undefined) {
      const objects = content.get(namespace) ?? new Map<string, T>();
      content.set(namespace, objects.set(name, value));
    }
  }
}

function isSame<T>(left: NamespaceContent<T> | undefined, right: NamespaceContent<T> | undefined): boolean {
  if (left === undefined || right === undefined || left.size !== right.size) {
    return (left?.size ?? 0) === 0 && (right?.size ?? 0) === 0;
  }
  for (const [name, value] of left) {
    if (right.get(name) !== value) {
      return false;
    }
  }
  return true;
}
