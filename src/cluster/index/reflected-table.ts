/**
 * The objects of one kind as they are on the server, by namespace and name, each piece of it at a known resource version.
 * Nothing in it ever goes back to an older one: what a live look found ahead of the watch holds until the watch has caught up.
 */

import type { Observed } from "../objects/watched-resource.ts";
import { type Codec, type NamespaceContent, PackedObjects } from "./packed-objects.ts";

/** @see WatchedResource for the kinds */
export class ReflectedTable<T> {
  readonly #onChange: (namespace: string) => void;
  readonly #form: Codec<T>;
  #content: PackedObjects<T>;
  #version = 0;
  /** Versions of what is ahead of the watch, by namespace, or by `namespace/name` for one object. */
  readonly #ahead = new Map<string, number>();

  /** @param onChange is told each namespace whose objects have changed */
  constructor(form: Codec<T>, onChange: (namespace: string) => void) {
    this.#form = form;
    this.#onChange = onChange;
    this.#content = this.emptyContent();
  }

  /** Number of objects. */
  get size(): number {
    return this.#content.size;
  }

  /** Number of objects that count as faulty. */
  get faulty(): number {
    return this.#content.faulty;
  }

  /** The version up to which lists and the watch have told everything; 0 before the first list. */
  get version(): number {
    return this.#version;
  }

  /** The objects of `namespace`; empty when there are none or none are known. */
  inNamespace(namespace: string): NamespaceContent<T> {
    return this.#content.get(namespace);
  }

  /** The version that what is held of a namespace reflects in full. */
  versionOf(namespace: string): number {
    return Math.max(this.#version, this.#ahead.get(namespace) ?? 0);
  }

  /** Something to fill with a list, for {@link replaceAll}. */
  emptyContent(): PackedObjects<T> {
    return new PackedObjects(this.#form, this.#content);
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
    if (this.#isNews(namespace, name, version) && this.#content.remove(namespace, name)) {
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
  replaceAll(content: PackedObjects<T>, version: number): void {
    if (version < this.#version) {
      this.#ahead.clear();
    }
    this.#version = version;
    this.#forgetCaughtUp();
    for (const place of this.#ahead.keys()) {
      this.#carryOver(place, content);
    }
    content.finish();
    const before = this.#content;
    this.#content = content;
    for (const namespace of new Set([...before.namespaces(), ...content.namespaces()])) {
      if (!content.agreesWith(before, namespace)) {
        this.#onChange(namespace);
      }
    }
  }

  /**
   * Replaces a namespace by a list that was complete at `version`, unless what is held is as new.
   * Not to be mixed with {@link applyLiveRead} in one table.
   */
  replaceNamespace(namespace: string, objects: NamespaceContent<T>, version: number): void {
    if (version <= this.versionOf(namespace)) {
      return;
    }
    const isChanged = !isSame(this.#content.get(namespace), objects);
    this.#ahead.set(namespace, version);
    if (isChanged) {
      this.#content.replace(namespace, objects);
      this.#onChange(namespace);
    }
  }

  /** Puts an object that was read by itself, unless what is held is as new. */
  applyLiveRead({ namespace, name, version, value }: Observed<T>): void {
    const place = `${namespace}/${name}`;
    if (version > Math.max(this.#version, this.#ahead.get(place) ?? 0)) {
      this.#ahead.set(place, version);
      this.#set(namespace, name, value);
    }
  }

  #set(namespace: string, name: string, value: T): void {
    this.#content.put(namespace, name, value);
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

  #carryOver(place: string, content: PackedObjects<T>): void {
    const [namespace = "", name] = place.split("/");
    const held = this.#content.get(namespace);
    if (name === undefined) {
      content.replace(namespace, held);
      return;
    }
    const value = held.get(name);
    if (value !== undefined) {
      content.put(namespace, name, value);
    }
  }
}

function isSame<T>(left: NamespaceContent<T>, right: NamespaceContent<T>): boolean {
  return left.size === right.size && [...left].every(([name, value]) => right.get(name) === value);
}
