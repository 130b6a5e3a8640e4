/**
 * Reads what an explanation needs of a cluster, once, with the rights of the person who asks. It watches nothing, repeats nothing
 * and writes nothing: what cannot be read is listed.
 */
import { json } from "node:stream/consumers";
import { ApiClient, type ApiRequest } from "../../cluster/api/api-client.ts";
import { ApiServerError, describeError } from "../../cluster/api/api-server-error.ts";
import { type ObjectAddress, pathOfObject } from "../../cluster/api/object-path.ts";
import { listObjects } from "../../cluster/list-watch/list.ts";
import { listSecretTable, type SecretRow } from "../../cluster/list-watch/secret-table.ts";
import { secretResource } from "../../cluster/objects/secret-resource.ts";
import { SERVICE_ACCOUNTS } from "../../cluster/objects/service-account-resource.ts";
import type { AdmissionRequest } from "../../core/admission/filter-request.ts";
import { resourceOf } from "../../core/admission/pod-template.ts";
import { labelsOf, ownWebhooks, type Webhook } from "../../core/admission/webhook-selection.ts";
import { compareBytes } from "../../core/go/byte-string.ts";
import { arrayAt, isObject, type JsonObject, memberAt, stringOf } from "../../core/json-value.ts";
import { CREDENTIAL_TYPES } from "../../core/kubelet/credential.ts";
import { isObjectName } from "../../core/object-metadata.ts";
import { escapeText } from "../../core/quoted-text.ts";
import type { SecretPlace } from "../../core/verdicts/whereabouts.ts";
import type {
  LabelledNamespace,
  NamespacedCredential,
  NamespacedServiceAccount,
} from "../../files/credential-manifest.ts";
import { readVersion } from "../command.ts";
import { type ClusterOptions, openClientConfig } from "../flags/cluster-options.ts";

/** Longest time for all of it. */
const TIMEOUT_MS = 30_000;
/** Requests beyond that wait. Each namespace takes five. */
const MAX_CONNECTIONS = 24;
/** Names of Secrets that are looked for in all namespaces; more are rather a mistake of the caller than names. */
const MAX_NAMES = 20;

/** Of the objects of a list nothing but their metadata. */
export const ACCEPT_METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/** What is known of some namespaces. */
export interface ClusterContents {
  readonly credentials: readonly NamespacedCredential[];
  readonly promised: readonly [];
  readonly serviceAccounts: readonly NamespacedServiceAccount[];
  readonly namespaces: readonly LabelledNamespace[];
  /** Names and types of all Secrets, as far as they can be read. */
  readonly rows: readonly SecretRow[];
  /** Namespaces of which all pull Secrets are known. */
  readonly known: ReadonlySet<string>;
  /** Namespaces that exist and whose ServiceAccounts are all known. */
  readonly withAccounts: ReadonlySet<string>;
}

/** Where else Secrets are. */
export interface Elsewhere {
  /** Secrets of the names that were asked for, of every type. */
  readonly named: readonly SecretPlace[];
  readonly credentials: readonly NamespacedCredential[];
}

/** One cluster, asked by one person. */
export class ClusterReader {
  /** The namespace of the kubeconfig's context. */
  readonly namespace: string | undefined;
  readonly #client: ApiClient;
  readonly #signal: AbortSignal = AbortSignal.timeout(TIMEOUT_MS);
  readonly #errors: Set<string> = new Set();
  readonly #notes: Set<string> = new Set();
  readonly #creationTimes: Map<string, Promise<string | undefined>> = new Map();

  private constructor(client: ApiClient, namespace: string | undefined) {
    this.#client = client;
    this.namespace = namespace;
  }

  /** @throws ConfigError when there is no cluster to ask; `remedy` is what a person can do then */
  static async open(options: ClusterOptions, remedy?: string): Promise<ClusterReader> {
    const load = await openClientConfig(options, remedy);
    const config = load();
    const userAgent = `pullring/${readVersion()}`;
    const client = new ApiClient({ load, userAgent, maxConnections: MAX_CONNECTIONS });
    return new ClusterReader(client, config.getContextObject(config.getCurrentContext())?.namespace || undefined);
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

  /**
   * Reads the credentials, ServiceAccounts and labels of `namespaces`, which are distinct. Never throws.
   * @param isAll whether those of all namespaces are read at once, as they are many
   */
  async readNamespaces(namespaces: readonly string[], isAll = false): Promise<ClusterContents> {
    const contents = {
      credentials: [] as NamespacedCredential[],
      promised: [] as const,
      serviceAccounts: [] as NamespacedServiceAccount[],
      namespaces: [] as LabelledNamespace[],
      rows: [] as SecretRow[],
      known: new Set<string>(),
      withAccounts: new Set<string>(),
    };
    await Promise.all(
      (isAll ? [undefined] : namespaces.filter(isObjectName)).map(async (namespace) => {
        const [credentials, accounts, objects, others] = await Promise.all([
          this.#listCredentials(namespace).catch((error: unknown) => this.#fail("secrets", namespace, error)),
          this.#listServiceAccounts(namespace).catch((error: unknown) =>
            this.#fail("serviceaccounts", namespace, error),
          ),
          this.#readNamespaceObjects(namespace),
          this.#listTable({ namespace }).catch(() => []),
        ]);
        contents.credentials.push(...(credentials ?? []));
        contents.serviceAccounts.push(...(accounts ?? []));
        contents.rows.push(...others);
        const names = namespace === undefined ? namespaces : [namespace];
        if (credentials !== undefined) for (const name of names) contents.known.add(name);
        for (const object of objects) {
          contents.namespaces.push({ name: nameOf(object), labels: labelsOf(object) });
          if (accounts !== undefined) contents.withAccounts.add(nameOf(object));
        }
      }),
    );
    return contents;
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

  /**
   * Looks in all namespaces, as far as the person may: for Secrets of some names, and for credentials of any. Never throws;
   * what cannot be read is not missed.
   */
  async readElsewhere(names: readonly string[], wantsCredentials: boolean): Promise<Elsewhere> {
    const lists = names
      .filter(isObjectName)
      .slice(0, MAX_NAMES)
      .map((name) => this.#listTable({ fieldSelector: `metadata.name=${name}` }).catch(() => []));
    const credentials = wantsCredentials ? await this.#listCredentials(undefined).catch(() => []) : [];
    return { named: (await Promise.all(lists)).flat(), credentials };
  }

  /** When a Secret was created, as the API server writes it; undefined when it cannot be read. Never throws. */
  readCreationTime(place: SecretPlace): Promise<string | undefined> {
    const key = `${place.namespace}/${place.name}`;
    const reading = this.#creationTimes.get(key) ?? this.#readCreationTime(place);
    this.#creationTimes.set(key, reading);
    return reading;
  }

  async #readCreationTime({ namespace, name }: SecretPlace): Promise<string | undefined> {
    const address = { group: "", resource: "secrets", namespace, name: "" };
    const rule = { verb: "list", resource: "secrets", namespace } as const;
    const options = { query: { fieldSelector: `metadata.name=${name}` }, accept: ACCEPT_METADATA };
    const list = await this.read(address, rule, "PartialObjectMetadataList", options).catch(() => undefined);
    return stringOf(memberAt(arrayAt(list, ["items"])[0], ["metadata", "creationTimestamp"]));
  }

  async #listCredentials(namespace: string | undefined): Promise<readonly NamespacedCredential[]> {
    const credentials: NamespacedCredential[] = [];
    const lists = [...CREDENTIAL_TYPES.keys()].map((type) =>
      listObjects(
        this.#client,
        { resource: secretResource(type), namespace },
        {
          signal: this.#signal,
          paged: true,
          onObject: ({ namespace: place, value }) => credentials.push({ namespace: place, credential: value }),
        },
      ),
    );
    await Promise.all(lists);
    return credentials;
  }

  async #listServiceAccounts(namespace: string | undefined): Promise<readonly NamespacedServiceAccount[]> {
    const accounts: NamespacedServiceAccount[] = [];
    await listObjects(
      this.#client,
      { resource: SERVICE_ACCOUNTS, namespace },
      {
        signal: this.#signal,
        paged: true,
        onObject: ({ namespace: place, name, value }) =>
          accounts.push({ namespace: place, name, serviceAccount: value }),
      },
    );
    return accounts;
  }

  async #listTable(which: {
    readonly namespace?: string | undefined;
    readonly fieldSelector?: string;
  }): Promise<readonly SecretRow[]> {
    const options = { namespace: undefined, idleTimeoutMs: TIMEOUT_MS, signal: this.#signal };
    return (await listSecretTable(this.#client, { ...options, ...which })).rows;
  }

  /** A namespace that cannot be read is one without labels. @param namespace undefined for all */
  async #readNamespaceObjects(namespace: string | undefined): Promise<readonly JsonObject[]> {
    const verb = namespace === undefined ? "list" : "get";
    const rule = { verb, resource: "namespaces", namespace: undefined, ...(namespace && { name: namespace }) } as const;
    const address = { group: "", resource: "namespaces", namespace: undefined, name: namespace ?? "" };
    try {
      const answer = await this.read(address, rule, namespace === undefined ? "NamespaceList" : "Namespace");
      const items = namespace === undefined ? arrayAt(answer, ["items"]) : [answer];
      return items.filter(isObject);
    } catch (error) {
      this.#notes.add(`namespaces: ${describeRead(error, verb, "namespaces")}; explained as if they had no labels`);
      return [];
    }
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
    const request = { path: pathOfObject(address), query: {}, rule, idleTimeoutMs: TIMEOUT_MS, signal: this.#signal };
    const answer = await this.#client.get({ ...request, ...options });
    if (answer === undefined) return undefined;
    const object = await json(answer).catch(() => undefined);
    return isObject(object) && object.kind === kind ? object : undefined;
  }

  /** What may not be listed is named once for each namespace, whatever the type. */
  #fail(resource: string, namespace: string | undefined, error: unknown): undefined {
    const place = `${resource} of ${namespace === undefined ? "all namespaces" : `namespace ${escapeText(namespace)}`}`;
    this.#errors.add(`${place}: ${describeError(error)}; explained as if there were none`);
  }
}

function nameOf(object: JsonObject): string {
  return stringOf(memberAt(object, ["metadata", "name"])) ?? "";
}

/** The same text for all objects of a resource: who lacks a right lacks it for most of them. */
export function describeRead(error: unknown, verb: string, resource: string): string {
  const isRefused = error instanceof ApiServerError && error.missingRule !== undefined;
  return isRefused ? `missing right: ${verb} ${resource}` : describeError(error);
}
