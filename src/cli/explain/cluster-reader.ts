/**
 * Reads what an explanation needs of a cluster, once, with the rights of the person who asks. It watches nothing, repeats nothing
 * and writes nothing: what cannot be read is listed.
 */
import { buffer, json } from "node:stream/consumers";
import PQueue from "p-queue";
import { ApiClient, type ApiReader, type ApiRequest } from "../../cluster/api/api-client.ts";
import { ApiServerError, describeError } from "../../cluster/api/api-server-error.ts";
import { type ObjectAddress, pathOfObject } from "../../cluster/api/object-path.ts";
import { pickMembers } from "../../cluster/objects/json-pick.ts";
import type { AdmissionRequest } from "../../core/admission/filter-request.ts";
import { type GroupKind, resourceOf } from "../../core/admission/pod-template.ts";
import { ownWebhooks, type Webhook } from "../../core/admission/webhook-selection.ts";
import { compareBytes } from "../../core/go/byte-string.ts";
import { arrayAt, isObject, type JsonObject, memberAt, memberOf, stringOf } from "../../core/json-value.ts";
import { isObjectName } from "../../core/object-metadata.ts";
import type { SecretPlace } from "../../core/verdicts/whereabouts.ts";
import { readVersion } from "../command.ts";
import { type ClusterOptions, openClientConfig } from "../flags/cluster-options.ts";

/** Longest time for all of it. */
export const TIMEOUT_MS = 30_000;
/** Requests beyond that wait. Each namespace takes five. */
const MAX_CONNECTIONS = 24;
/** Objects per page, as kubectl has it. */
const PAGE_SIZE = 500;

/** Of the objects of a list nothing but their metadata. */
export const ACCEPT_METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/** How much of a cluster one person asks for. */
export interface ReaderLimits {
  /** Longest time for all of it. */
  readonly timeoutMs: number;
  /** undefined: as many as there are connections for. */
  readonly requestsPerSecond?: number;
}

/** One cluster, asked by one person. */
export class ClusterReader {
  /** The namespace of the kubeconfig's context. */
  readonly namespace: string | undefined;
  readonly #client: ApiClient;
  /** Ends everything that is being read. */
  readonly signal: AbortSignal;
  readonly #queue: PQueue;
  #requests = 0;
  readonly #errors: Set<string> = new Set();
  readonly #notes: Set<string> = new Set();
  readonly #creationTimes: Map<string, Promise<string | undefined>> = new Map();

  private constructor(client: ApiClient, namespace: string | undefined, limits: ReaderLimits) {
    const { timeoutMs, requestsPerSecond } = limits;
    this.#client = client;
    this.namespace = namespace;
    this.signal = AbortSignal.timeout(timeoutMs);
    this.#queue = new PQueue(
      requestsPerSecond === undefined ? {} : { interval: 1_000, intervalCap: requestsPerSecond },
    );
  }

  /** @throws ConfigError when there is no cluster to ask; `remedy` is what a person can do then */
  static async open(
    options: ClusterOptions,
    remedy?: string,
    limits: ReaderLimits = { timeoutMs: TIMEOUT_MS },
  ): Promise<ClusterReader> {
    const load = await openClientConfig(options, remedy);
    const config = load();
    const userAgent = `pullring/${readVersion()}`;
    const client = new ApiClient({ load, userAgent, maxConnections: MAX_CONNECTIONS });
    const namespace = config.getContextObject(config.getCurrentContext())?.namespace || undefined;
    return new ClusterReader(client, namespace, limits);
  }

  /** How many requests were sent. */
  get requests(): number {
    return this.#requests;
  }

  /** What sends requests, so many a second. */
  readonly source: ApiReader = { get: (request) => this.#inTurn(() => this.#client.get(request)) };

  #inTurn<T>(send: () => Promise<T>): Promise<T> {
    return this.#queue.add(() => {
      this.#requests += 1;
      return send();
    });
  }

  /** What could not be read so that an explanation may be wrong, one line each. */
  get errors(): readonly string[] {
    return [...this.#errors].sort(compareBytes);
  }

  /** What could not be read, and what was taken for it, one line each. */
  get notes(): readonly string[] {
    return [...this.#notes].sort(compareBytes);
  }

  close(): void {
    this.#client.close();
  }

  /** Reads pullring's webhooks; none where it is not installed, undefined when they cannot be read. Never throws. */
  async readWebhooks(): Promise<readonly Webhook[] | undefined> {
    const rule = { verb: "list", resource: "mutatingwebhookconfigurations", namespace: undefined } as const;
    const address = { group: "admissionregistration.k8s.io", resource: rule.resource, namespace: undefined, name: "" };
    try {
      const list = await this.read(address, rule, "MutatingWebhookConfigurationList");
      const webhooks = arrayAt(list, ["items"]).filter(isObject).flatMap(ownWebhooks);
      if (webhooks.length === 0) {
        this.#notes.add("the cluster has no webhook configuration of pullring; explained with that of its manifests");
      }
      return webhooks;
    } catch (error) {
      this.#notes.add(
        `the webhook configuration: ${describeError(error)}; explained with that of pullring's own manifests`,
      );
      return undefined;
    }
  }

  /** Reads the object that a request is about; undefined when it is not there or cannot be read. Never throws. */
  async readStored({ kind, namespace, name }: AdmissionRequest): Promise<JsonObject | undefined> {
    const resource = resourceOf(kind);
    if (resource === undefined || !isObjectName(name) || !isObjectName(namespace)) return undefined;
    const address = { group: kind.group, resource, namespace, name };
    try {
      return await this.read(address, { verb: "get", resource, namespace, name }, kind.kind);
    } catch (error) {
      this.#notes.add(`${resource}: ${describeRead(error, "get", resource)}; explained as if they were new`);
      return undefined;
    }
  }

  /** When a Secret was created, as the API server writes it; undefined when it cannot be read. Never throws. */
  readCreationTime(place: SecretPlace): Promise<string | undefined> {
    const key = `${place.namespace}/${place.name}`;
    const reading = this.#creationTimes.get(key) ?? this.#readCreationTime(place);
    this.#creationTimes.set(key, reading);
    return reading;
  }

  /** Reads a Secret with its data; undefined when it is not there or cannot be read. Never throws. */
  async readSecret({ namespace, name }: SecretPlace): Promise<JsonObject | undefined> {
    const rule = { verb: "list", resource: "secrets", namespace } as const;
    const address = { group: "", resource: "secrets", namespace, name: "" };
    // Who may explain may list, and need not have the right to get.
    const options = { query: { fieldSelector: `metadata.name=${name}` } };
    const list = await this.read(address, rule, "SecretList", options).catch(() => undefined);
    return arrayAt(list, ["items"]).find(isObject);
  }

  async #readCreationTime({ namespace, name }: SecretPlace): Promise<string | undefined> {
    const address = { group: "", resource: "secrets", namespace, name: "" };
    const rule = { verb: "list", resource: "secrets", namespace } as const;
    const options = { query: { fieldSelector: `metadata.name=${name}` }, accept: ACCEPT_METADATA };
    const list = await this.read(address, rule, "PartialObjectMetadataList", options).catch(() => undefined);
    return stringOf(memberAt(arrayAt(list, ["items"])[0], ["metadata", "creationTimestamp"]));
  }

  /** Reads all objects of a list, page by page; their items do not say what they are. @throws ApiServerError */
  async list(
    { group, kind, resource }: GroupKind & { readonly resource: string },
    namespace: string | undefined,
    query: ApiRequest["query"] = {},
  ): Promise<readonly JsonObject[]> {
    const address = { group, resource, namespace, name: "" };
    const rule = { verb: "list", resource, namespace } as const;
    const apiVersion = group === "" ? "v1" : `${group}/v1`;
    const objects: JsonObject[] = [];
    let token: string | undefined;
    do {
      const page = await this.read(address, rule, `${kind}List`, {
        query: { limit: PAGE_SIZE, continue: token, ...query },
      });
      const items = arrayAt(page, ["items"]).filter(isObject);
      objects.push(...items.map((item) => ({ apiVersion, kind, ...withoutUpdateOwners(item, kind) })));
      token = stringOf(memberAt(page, ["metadata", "continue"])) || undefined;
    } while (token !== undefined);
    return objects;
  }

  /**
   * Posts an object that is asked about and not kept, as a review of rights or a dry run.
   * @returns what the server made of it, and the warnings that came with it
   * @throws ApiServerError
   */
  async ask(
    address: ObjectAddress,
    object: JsonObject,
    query: ApiRequest["query"] = {},
  ): Promise<{ readonly object: JsonObject; readonly warnings: string }> {
    const { resource, namespace } = address;
    const rule = { verb: "create", resource, namespace } as const;
    const request = { path: pathOfObject(address), query, rule, idleTimeoutMs: TIMEOUT_MS, signal: this.signal };
    const answer = await this.#inTurn(() => this.#client.ask(request, object));
    const made = await json(answer).catch(() => undefined);
    return { object: isObject(made) ? made : {}, warnings: String(answer.headers.warning ?? "") };
  }

  /** Notes what could not be read so that an explanation may be wrong. */
  addError(error: string): void {
    this.#errors.add(error);
  }

  /** Notes what could not be read, and what was taken for it. */
  addNote(note: string): void {
    this.#notes.add(note);
  }

  /** Reads one object, or one page of a list; undefined for 404 and for what is of another `kind`. @throws ApiServerError */
  async read(
    address: ObjectAddress,
    rule: ApiRequest["rule"],
    kind: string,
    options: Partial<Pick<ApiRequest, "query" | "accept">> = {},
  ): Promise<JsonObject | undefined> {
    const request = { path: pathOfObject(address), query: {}, rule, idleTimeoutMs: TIMEOUT_MS, signal: this.signal };
    const answer = await this.source.get({ ...request, ...options });
    if (answer === undefined) return undefined;
    const object = await json(answer).catch(() => undefined);
    return isObject(object) && object.kind === kind ? object : undefined;
  }

  /**
   * Reads one value of a Secret; what else is in it, as a key, never becomes a text.
   * @returns "" where the Secret has no such value, undefined where there is none
   * @throws ApiServerError
   */
  async readSecretValue({ namespace, name }: SecretPlace, key: string): Promise<string | undefined> {
    const address = { group: "", resource: "secrets", namespace, name };
    const rule = { verb: "get", resource: "secrets", namespace, name } as const;
    const request = { path: pathOfObject(address), query: {}, rule, idleTimeoutMs: TIMEOUT_MS, signal: this.signal };
    const answer = await this.source.get(request);
    if (answer === undefined) return undefined;
    const data = memberOf(pickMembers(await buffer(answer), { data: { [key]: "value" } }), "data");
    return Buffer.from(stringOf(memberOf(data, key)) ?? "", "base64").toString("utf8");
  }
}

/** They are most of an object, and it is only asked what was applied to a template. @see writtenNames */
function withoutUpdateOwners(object: JsonObject, kind: string): JsonObject {
  const { metadata, ...rest } = object;
  if (!isObject(metadata)) return object;
  const { managedFields: _, ...kept } = metadata;
  const owners = arrayAt(metadata, ["managedFields"]);
  const managedFields = kind === "Pod" ? [] : owners.filter((owner) => memberOf(owner, "operation") === "Apply");
  return { ...rest, metadata: managedFields.length === 0 ? kept : { ...kept, managedFields } };
}

/** The same text for all objects of a resource: who lacks a right lacks it for most of them. */
export function describeRead(error: unknown, verb: string, resource: string): string {
  const isRefused = error instanceof ApiServerError && error.missingRule !== undefined;
  return isRefused ? `missing right: ${verb} ${resource}` : describeError(error);
}
