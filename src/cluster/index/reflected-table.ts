/**
 * The objects of one kind as they are on the server, by namespace and name. Nothing in it ever goes back to an older version:
 * what a live read found ahead of the watch holds until the watch has caught up.
 */
import type { Observed, ResourceScope, WatchedResource } from "../objects/watched-resource.ts";

/** Objects by namespace and name; no namespace is empty. Objects of the cluster are in the namespace "". */
export type ObjectsByNamespace<T> = Map<string, Map<string, T>>;

/** Called with the object that has changed: without a name when any of its namespace may have, without both when any may have. */
export type TableObserver = (namespace?: string, name?: string) => void;

/** Most tables have nothing of most namespaces, and are asked for each. */
const NOTHING: ReadonlyMap<string, never> = new Map<string, never>();

/** The table of one resource in one scope. */
export class ReflectedTable<T> implements ResourceScope<T> {
  readonly resource: WatchedResource<T>;
  readonly namespace: string | undefined;
  readonly #onChange: TableObserver;
  #objects: ObjectsByNamespace<T> = new Map();
  #version = 0;
  /** Versions of what is ahead of the watch, by namespace, or by `namespace/name` for one object. */
  readonly #ahead = new Map<string, number>();

  constructor({ resource, namespace }: ResourceScope<T>, onChange: TableObserver = () => undefined) {
    this.resource = resource;
    this.namespace = namespace;
    this.#onChange = onChange;
  }

  /** The version up to which lists and the watch have reported everything; 0 before the first list. */
  get version(): number {
    return this.#version;
  }

  /** All objects. */
  *values(): Generator<T> {
    for (const objects of this.#objects.values()) yield* objects.values();
  }

  /** The namespaces that have objects. */
  namespaces(): readonly string[] {
    return [...this.#objects.keys()];
  }

  /** The objects of `namespace`; empty when there are none or none are known. */
  inNamespace(namespace: string): ReadonlyMap<string, T> {
    return this.#objects.get(namespace) ?? NOTHING;
  }

  /** The version that what is held of a namespace reflects in full. */
  versionOf(namespace: string): number {
    return Math.max(this.#version, this.#ahead.get(namespace) ?? 0);
  }

  /** Applies an event that adds or changes an object. */
  put({ namespace, name, version, value }: Observed<T>): void {
    if (this.#isNewer(namespace, name, version)) this.#set(namespace, name, value);
    this.#advanceTo(version);
  }

  /** Applies an event that removes an object. */
  remove({ namespace, name, version }: Omit<Observed<T>, "value">): void {
    const objects = this.#objects.get(namespace);
    if (objects !== undefined && this.#isNewer(namespace, name, version) && objects.delete(name)) {
      if (objects.size === 0) this.#objects.delete(namespace);
      this.#onChange(namespace, name);
    }
    this.#advanceTo(version);
  }

  /** Everything up to `version` has been reported. */
  bookmark(version: number): void {
    this.#advanceTo(version);
    this.#forgetCaughtUp();
  }

  /**
   * Replaces everything, at once, by a list that was complete at `version`; what is ahead of it stays. A list older than what
   * is held means that the server's history was rewritten, as by a restored backup: then nothing held is worth keeping.
   */
  replaceAll(objects: ObjectsByNamespace<T>, version: number): void {
    if (version < this.#version) this.#ahead.clear();
    this.#version = version;
    this.#forgetCaughtUp();
    this.#keepLiveReads(objects);
    this.#objects = objects;
    this.#onChange();
  }

  /**
   * Replaces a namespace by a list that was complete at `version`, unless what is held is as new.
   * Not to be mixed with {@link applyLiveRead} in one table.
   * @param newer the versions of objects that were read after that, by name
   */
  replaceNamespace(
    namespace: string,
    objects: Map<string, T>,
    version: number,
    newer: ReadonlyMap<string, number> = new Map(),
  ): void {
    if (version > this.versionOf(namespace)) {
      this.#ahead.set(namespace, version);
      for (const [name, ahead] of newer) this.#ahead.set(`${namespace}/${name}`, ahead);
      setNamespace(this.#objects, namespace, objects);
      this.#onChange(namespace);
    }
  }

  /** Puts an object that was read by itself, unless what is held is as new. */
  applyLiveRead({ namespace, name, version, value }: Observed<T>): void {
    const key = `${namespace}/${name}`;
    if (version > Math.max(this.#version, this.#ahead.get(key) ?? 0)) {
      this.#ahead.set(key, version);
      this.#set(namespace, name, value);
    }
  }

  #set(namespace: string, name: string, value: T): void {
    putObject(this.#objects, { namespace, name, value });
    this.#onChange(namespace, name);
  }

  /** An event of the very version that is held is applied again: it can only be what is held already. */
  #isNewer(namespace: string, name: string, version: number): boolean {
    const ahead = Math.max(this.#ahead.get(namespace) ?? 0, this.#ahead.get(`${namespace}/${name}`) ?? 0);
    return version >= this.#version && version > ahead;
  }

  #advanceTo(version: number): void {
    this.#version = Math.max(this.#version, version);
  }

  #forgetCaughtUp(): void {
    for (const [key, version] of this.#ahead) if (version <= this.#version) this.#ahead.delete(key);
  }

  #keepLiveReads(objects: ObjectsByNamespace<T>): void {
    for (const key of this.#ahead.keys()) {
      const [namespace = "", name] = key.split("/");
      const held = this.#objects.get(namespace) ?? new Map<string, T>();
      const value = name === undefined ? undefined : held.get(name);
      if (name === undefined) {
        setNamespace(objects, namespace, held);
      } else if (value !== undefined) {
        putObject(objects, { namespace, name, value });
      }
    }
  }
}

/** Adds or replaces an object. */
export function putObject<T>(
  all: ObjectsByNamespace<T>,
  { namespace, name, value }: Omit<Observed<T>, "version">,
): void {
  all.set(namespace, (all.get(namespace) ?? new Map<string, T>()).set(name, value));
}

function setNamespace<T>(all: ObjectsByNamespace<T>, namespace: string, objects: Map<string, T>): void {
  all.set(namespace, objects);
  if (objects.size === 0) all.delete(namespace);
}
