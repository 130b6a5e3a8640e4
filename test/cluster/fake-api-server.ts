/**
 * A real HTTPS server that speaks list, watch, get, update, create and the eviction of Pods as kube-apiserver does, for the faults that a
 * real one cannot be made to show. It shares no code with the client under test.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { json } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { listenOn } from "../listen-on.ts";

/** A request as tests look at it. */
export interface SeenRequest {
  readonly verb: "list" | "watch" | "get" | "table" | "update" | "create" | "delete";
  /** With its subresource, as in `pods/eviction`. */
  readonly resource: string;
  readonly namespace: string | undefined;
  /** undefined: none is named. */
  readonly name: string | undefined;
  readonly query: URLSearchParams;
  readonly token: string | undefined;
  readonly userAgent: string | undefined;
  readonly port: number | undefined;
}

/** What is done with a request instead of, or before, answering it. */
export type Fault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | { readonly reset: true }
  | { readonly hang: true }
  | { readonly delayMs: number }
  | WatchFault;

/** Written to a watch as it is, then the watch goes on. `end` ends the answer after it. */
interface WatchFault {
  readonly lines: string;
  readonly end?: boolean;
}

const OK = { status: 200 };

/** Certificates of a server. */
export interface ServerPair {
  readonly cert: string;
  readonly key: string;
}

/** @see FakeApiServer.start */
export class FakeApiServer {
  readonly store: FakeStore = new FakeStore();
  readonly requests: SeenRequest[] = [];
  /** Decides what goes wrong; undefined: nothing. */
  fault: (request: SeenRequest) => Fault | undefined = () => undefined;
  /** Only this bearer token is accepted; undefined: any. */
  token: string | undefined;
  /** When objects are created. */
  time = "2026-01-01T00:00:00Z";
  /** While true, no watch sends anything. What happens meanwhile is never sent on it. */
  isStalled = false;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #watches = new Set<ServerResponse>();

  private constructor(pair: ServerPair) {
    this.#server = createServer({ ...pair }, (request, response) =>
      this.#serve(request, response).catch((error: unknown) => {
        // A client that gave up in the middle of its request gets no answer.
        if (request.complete) throw error;
      }),
    );
    this.#server.on("secureConnection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => undefined);
    });
  }

  /** Listens on a free port of loopback. */
  static async start(pair: ServerPair): Promise<FakeApiServer> {
    const server = new FakeApiServer(pair);
    await listenOn(server.#server);
    return server;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  get openWatches(): number {
    return this.#watches.size;
  }

  /** Serves another certificate to new connections. */
  replaceCertificate(pair: ServerPair): void {
    this.#server.setSecureContext({ ...pair });
  }

  /** Cuts all connections. */
  resetConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Ends all watches in order. */
  endWatches(): void {
    for (const watch of this.#watches) watch.end();
  }

  /** Sends a bookmark of the present version on all watches. */
  bookmark(): void {
    const metadata = { resourceVersion: String(this.store.version) };
    const line = `${JSON.stringify({ type: "BOOKMARK", object: { metadata } })}\n`;
    for (const watch of this.#watches) watch.write(line);
  }

  async close(): Promise<void> {
    this.resetConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const seen = readRequest(request);
    this.requests.push(seen);
    const fault = this.token !== undefined && seen.token !== this.token ? { status: 401 } : this.fault(seen);
    if (fault !== undefined && "delayMs" in fault) await sleep(fault.delayMs);
    if (fault !== undefined && "reset" in fault) request.socket.destroy();
    if (fault !== undefined && "status" in fault) sendJson(response, { kind: "Status", code: fault.status }, fault);
    if (fault !== undefined && !("delayMs" in fault || "lines" in fault)) return;
    if (seen.verb === "update") {
      await this.#update(seen, request, response);
    } else if (seen.verb === "create") {
      const object = (await json(request)) as StoredObject;
      const status = seen.resource === "pods/eviction" ? this.#evict(seen, object) : this.#create(seen, object);
      sendJson(response, { kind: "Status", code: status }, { status });
    } else if (seen.verb === "delete") {
      const status = this.#delete(seen, (await json(request)) as StoredObject);
      sendJson(response, { kind: "Status", code: status }, { status });
    } else if (seen.verb === "watch") {
      this.#watch(seen, response, fault !== undefined && "lines" in fault ? fault : undefined);
    } else {
      this.#read(seen, response, new URL(request.url ?? "", "https://fake").pathname);
    }
  }

  /** Without a resourceVersion it would write over anything, as the real one does. */
  async #update(seen: SeenRequest, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { metadata, ...fields } = (await json(request)) as StoredObject;
    const { name, namespace = "", resourceVersion } = metadata;
    const found = this.store.list(seen.resource, seen.namespace).find((one) => one.metadata.name === name);
    const isOther = resourceVersion !== undefined && resourceVersion !== found?.metadata.resourceVersion;
    const code = found === undefined ? 404 : isOther ? 409 : 200;
    if (code === 200) this.store.put(seen.resource, { namespace, name }, { ...fields, metadata });
    sendJson(response, { kind: "Status", code }, { status: code });
  }

  #create({ resource, namespace = "" }: SeenRequest, { metadata, ...fields }: StoredObject): number {
    const { name } = metadata;
    if (this.store.list(resource, namespace).some((one) => one.metadata.name === name)) return 409;
    const created = { ...fields, metadata: { ...metadata, creationTimestamp: this.time } };
    this.store.put(resource, { namespace, name }, created);
    return 201;
  }

  /** The Pod is gone at once. */
  #evict(seen: SeenRequest, { deleteOptions }: StoredObject): number {
    const status = this.#delete({ ...seen, resource: "pods" }, deleteOptions as StoredObject);
    return status === 200 ? 201 : status;
  }

  #delete({ resource, namespace = "", name = "" }: SeenRequest, { preconditions }: StoredObject): number {
    const found = this.store.list(resource, namespace).find(({ metadata }) => metadata.name === name);
    if (found === undefined) return 404;
    if (Object.entries(preconditions ?? {}).some(([field, value]) => found.metadata[field] !== value)) return 409;
    this.store.delete(resource, { namespace, name });
    return 200;
  }

  #read(seen: SeenRequest, response: ServerResponse, path: string): void {
    const objects = this.store.list(seen.resource, seen.namespace).filter(selectorOf(seen.query));
    const name = path.split("/").at(-1);
    if (seen.verb === "get") {
      const object = objects.find(({ metadata }) => metadata.name === name);
      sendJson(response, object ?? { kind: "Status", code: 404 }, { status: object ? 200 : 404 });
    } else if (seen.verb === "table") {
      sendJson(response, tableOf(objects, this.store.version));
    } else {
      this.#sendPage(seen, response, objects);
    }
  }

  #sendPage({ query }: SeenRequest, response: ServerResponse, objects: readonly StoredObject[]): void {
    const limit = Number(query.get("limit") ?? objects.length);
    const [version = this.store.version, start = 0] = (query.get("continue") ?? "")
      .split(":")
      .filter(Boolean)
      .map(Number);
    const next = start + limit < objects.length ? `${version}:${start + limit}` : undefined;
    const metadata = { resourceVersion: String(version), ...(next === undefined ? {} : { continue: next }) };
    sendJson(response, { kind: "List", metadata, items: objects.slice(start, start + limit) });
  }

  #watch(seen: SeenRequest, response: ServerResponse, prelude: WatchFault | undefined): void {
    const from = Number(seen.query.get("resourceVersion"));
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    const isWanted = selectorOf(seen.query);
    const send = (event: StoredEvent): void => {
      const { resource, object, type } = event;
      const isHere = seen.namespace === undefined || object.metadata.namespace === seen.namespace;
      if (!this.isStalled && !response.writableEnded && resource === seen.resource && isHere && isWanted(object)) {
        response.write(`${JSON.stringify({ type, object })}\n`);
      }
    };
    if (prelude !== undefined) {
      response.write(prelude.lines);
    } else if (from < this.store.compactedAt) {
      response.write(`${JSON.stringify({ type: "ERROR", object: { code: 410, reason: "Expired" } })}\n`);
    }
    if (prelude?.end === true) {
      response.end();
      return;
    }
    this.#watches.add(response);
    this.store.since(from).forEach(send);
    const stop = this.store.listen(send);
    response.on("close", () => {
      this.#watches.delete(response);
      stop();
    });
  }
}

function readRequest(request: IncomingMessage): SeenRequest {
  const url = new URL(request.url ?? "", "https://fake");
  // After /api/v1 or /apis/GROUP/VERSION.
  const parts = url.pathname.split("/").slice(url.pathname.startsWith("/apis/") ? 4 : 3);
  const isInNamespace = parts[0] === "namespaces" && parts.length > 2;
  const [namespace, kind = "", name, subresource] = isInNamespace ? parts.slice(1) : [undefined, ...parts];
  const resource = subresource === undefined ? kind : `${kind}/${subresource}`;
  const isTable = request.headers.accept?.includes("as=Table") === true;
  const reading = name !== undefined ? "get" : isTable ? "table" : "list";
  const writing = ({ PUT: "update", POST: "create", DELETE: "delete" } as const)[request.method ?? ""];
  const verb = writing ?? (url.searchParams.has("watch") ? "watch" : reading);
  return {
    verb,
    resource,
    namespace,
    name,
    query: url.searchParams,
    token: request.headers.authorization?.replace("Bearer ", ""),
    userAgent: request.headers["user-agent"],
    port: request.socket.remotePort,
  };
}

function selectorOf(query: URLSearchParams): (object: StoredObject) => boolean {
  const terms = (query.get("fieldSelector") ?? "").split(",").filter((term) => term !== "");
  return (object) =>
    terms.every((term) => {
      const [field, value] = term.split(/!?=/);
      const own = field === "metadata.name" ? object.metadata.name : object.type;
      return (own === value) !== term.includes("!=");
    });
}

function tableOf(objects: readonly StoredObject[], version: number): unknown {
  return {
    kind: "Table",
    metadata: { resourceVersion: String(version) },
    columnDefinitions: [{ name: "Name" }, { name: "Type", description: 'tricky ] } "rows":[ text' }, { name: "Data" }],
    rows: objects.map(({ metadata, type }) => ({ cells: [metadata.name, type, 1], object: { metadata } })),
  };
}

function sendJson(response: ServerResponse, body: unknown, fault: Extract<Fault, { status: number }> = OK): void {
  response.writeHead(fault.status, { "content-type": "application/json", ...fault.headers });
  response.end(JSON.stringify(body));
}

/** An object as the API has it; anything may stand in it. */
interface StoredObject {
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
interface StoredEvent {
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
class FakeStore {
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
