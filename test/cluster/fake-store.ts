/** The objects of the fake API server, with resource versions, history and compaction as etcd has them. It serves nothing. */

/** An object as the API has it; anything may stand in it. */
export interface StoredObject {
  readonly apiVersion: "v1";
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly resourceVersion: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/** One change. */
export interface StoredEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly resource: string;
  readonly version: number;
  readonly object: StoredObject;
}

/** Fields of an object that a test gives. */
export interface ObjectFields {
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** Everything the fake server has. */
export class FakeStore {
  readonly #objects = new Map<string, StoredObject>();
  readonly #listeners = new Set<(event: StoredEvent) => void>();
  #events: StoredEvent[] = [];
  /** Watches from before this version are told 410. */
  compactedAt = 0;
  version = 1;

  /** Creates or changes an object and returns its resource version. */
  put(resource: string, place: { readonly namespace: string; readonly name: string }, fields: ObjectFields): number {
    const key = `${resource}/${place.namespace}/${place.name}`;
    const isKnown = this.#objects.has(key);
    this.version += 1;
    const object: StoredObject = {
      apiVersion: "v1",
      kind: resource === "secrets" ? "Secret" : "ServiceAccount",
      ...fields,
      metadata: { ...fields.metadata, ...place, resourceVersion: String(this.version) },
    };
    this.#objects.set(key, object);
    this.#tell({ type: isKnown ? "MODIFIED" : "ADDED", resource, version: this.version, object });
    return this.version;
  }

  /** Deletes an object. */
  delete(resource: string, { namespace, name }: { readonly namespace: string; readonly name: string }): void {
    const key = `${resource}/${namespace}/${name}`;
    const object = this.#objects.get(key);
    if (object === undefined) throw new Error(`nothing to delete: ${key}`);
    this.#objects.delete(key);
    this.version += 1;
    const metadata = { ...object.metadata, resourceVersion: String(this.version) };
    this.#tell({ type: "DELETED", resource, version: this.version, object: { ...object, metadata } });
  }

  /** Moves the version on, as writes to other resources do. */
  tick(count = 1): void {
    this.version += count;
  }

  /** Objects of a resource in order of namespace and name; of all namespaces when none is given. */
  list(resource: string, namespace: string | undefined): readonly StoredObject[] {
    const prefix = namespace === undefined ? `${resource}/` : `${resource}/${namespace}/`;
    return [...this.#objects]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object);
  }

  /** Events after `version`. */
  since(version: number): readonly StoredEvent[] {
    return this.#events.filter((event) => event.version > version);
  }

  /** Forgets all history, and the resource versions with it. */
  compact(): void {
    this.#events = [];
    this.compactedAt = this.version;
  }

  /** Goes back to an earlier state, as a restored backup does. */
  restore(version: number): void {
    this.version = version;
    this.#events = [];
    this.compactedAt = 0;
  }

  /** Calls `listener` for each change until the returned function is called. */
  listen(listener: (event: StoredEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(event: StoredEvent): void {
    this.#events.push(event);
    for (const listener of this.#listeners) listener(event);
  }
}
