/**
 * What is known of the cluster: the credentials and ServiceAccounts of each namespace. The tables here are everything that is
 * listed and watched.
 */
import { LRUCache } from "lru-cache";
import type { NamespaceView } from "../../core/admission/namespace-view.ts";
import type { ServiceAccount } from "../../core/admission/service-account.ts";
import { CREDENTIAL_TYPES } from "../../core/kubelet/credential.ts";
import { buildKeyring, type Keyring } from "../../core/kubelet/keyring.ts";
import { parseLabelSelector } from "../../core/labels/label-selector.ts";
import type { FindingCode } from "../../core/verdicts/finding.ts";
import { countFindings, type JudgedCredential } from "../../core/verdicts/judged-credential.ts";
import { chosenSecretResource } from "../objects/chosen-secret-resource.ts";
import { type IndexedCredential, secretResource } from "../objects/secret-resource.ts";
import { SERVICE_ACCOUNTS } from "../objects/service-account-resource.ts";
import type { WatchedResource } from "../objects/watched-resource.ts";
import { ReflectedTable } from "./reflected-table.ts";
import { SharedCredentials } from "./shared-credentials.ts";

/** The tables of a namespace, or of all namespaces. */
export interface ScopeTables {
  /** By type: a Secret that is deleted and created with another type is two objects, in whatever order their events come. */
  readonly credentials: ReadonlyMap<string, ReflectedTable<IndexedCredential>>;
  readonly serviceAccounts: ReflectedTable<ServiceAccount>;
}

/** What an index is made with. */
export interface ClusterIndexOptions {
  /** The namespaces to hold, each with tables of its own; undefined: all there are. */
  readonly namespaces: readonly string[] | undefined;
  /** Label selector of the Secrets that are credentials, which can be parsed; undefined: all. */
  readonly credentialSelector?: string | undefined;
  /** Namespace of the credentials that are shared with others; undefined: none are. */
  readonly sharedNamespace?: string | undefined;
  /**
   * Most registry keys in all built keyrings together, where a credential counts as one more and an empty keyring as one;
   * default 10,000, about 5 MB. A built keyring takes several times the memory of its credentials.
   */
  readonly maxBuiltKeys?: number | undefined;
  /** Called with a namespace whose credentials or ServiceAccounts have changed; with undefined when those of any may have. */
  readonly onChange?: ((namespace: string | undefined) => void) | undefined;
}

const DEFAULT_MAX_BUILT_KEYS = 10_000;

/**
 * Most registry keys of one keyring, about 25 MB. Whoever may write in a namespace could have one built that is larger than the
 * memory of the process; the credentials beyond it serve nothing there.
 */
const MAX_KEYS = 50_000;

/** @see CredentialSource.view, which it answers */
export class ClusterIndex {
  readonly #scopes: ReadonlyMap<string | undefined, ScopeTables>;
  /** undefined: nothing is shared. */
  readonly shared: SharedCredentials | undefined;
  /** By namespace. */
  readonly #keyrings: LRUCache<string, Keyring<JudgedCredential>>;
  readonly #onChange: (namespace: string | undefined) => void;

  constructor(options: ClusterIndexOptions) {
    const { namespaces, credentialSelector, sharedNamespace, maxBuiltKeys = DEFAULT_MAX_BUILT_KEYS } = options;
    this.#onChange = options.onChange ?? (() => undefined);
    this.#keyrings = new LRUCache({
      maxSize: maxBuiltKeys,
      // What is larger than the cache would not be kept at all.
      sizeCalculation: ({ credentials }) => Math.min(countKeys(credentials.values()) + 1, maxBuiltKeys),
    });
    const scopes: readonly (string | undefined)[] = namespaces ?? [undefined];
    const resourceOf = createResources(credentialSelector, sharedNamespace !== undefined);
    this.#scopes = new Map(scopes.map((scope) => [scope, this.#createTables(scope, resourceOf)]));
    this.shared = sharedNamespace === undefined ? undefined : this.#createShared(sharedNamespace, namespaces);
  }

  #createShared(sharedNamespace: string, namespaces: readonly string[] | undefined): SharedCredentials {
    return new SharedCredentials({
      sharedNamespace,
      namespaces,
      onChange: (changed) => this.#noteCredentials(changed),
    });
  }

  #noteCredentials(changed?: string): void {
    if (changed === undefined) this.#keyrings.clear();
    else this.#keyrings.delete(changed);
    this.#onChange(changed);
  }

  #createTables(namespace: string | undefined, resourceOf: SecretResources): ScopeTables {
    const onChange = (changed?: string): void => this.#noteCredentials(changed);
    const createTable = (type: string) => new ReflectedTable({ resource: resourceOf(type), namespace }, onChange);
    return {
      credentials: new Map([...CREDENTIAL_TYPES.keys()].map((type) => [type, createTable(type)])),
      serviceAccounts: new ReflectedTable({ resource: SERVICE_ACCOUNTS, namespace }, (changed) =>
        this.#onChange(changed),
      ),
    };
  }

  /** All tables, each to be kept equal to the server. */
  tables(): readonly ReflectedTable<unknown>[] {
    const own = [...this.#scopes.values()].flatMap(({ credentials, serviceAccounts }) => [
      ...credentials.values(),
      serviceAccounts,
    ]);
    return [...own, ...(this.shared?.tables() ?? [])];
  }

  /** The tables that hold `namespace`; undefined when it is not among the chosen ones. */
  tablesOf(namespace: string): ScopeTables | undefined {
    return this.#scopes.get(undefined) ?? this.#scopes.get(namespace);
  }

  /** What is known of a namespace; an empty keyring where nothing is. */
  view(namespace: string, serviceAccountName: string): NamespaceView {
    const tables = this.tablesOf(namespace);
    return {
      keyring: this.#keyringOf(namespace, tables),
      serviceAccount: tables?.serviceAccounts.inNamespace(namespace).get(serviceAccountName),
    };
  }

  #keyringOf(namespace: string, tables: ScopeTables | undefined): Keyring<JudgedCredential> {
    let keyring = this.#keyrings.get(namespace);
    if (keyring === undefined) {
      keyring = buildKeyring(boundKeys(this.#credentialsOf(namespace, tables)));
      this.#keyrings.set(namespace, keyring);
    }
    return keyring;
  }

  /** A Secret of the namespace's own, its copy too, stands before a shared one of the same name. */
  #credentialsOf(namespace: string, tables: ScopeTables | undefined): Iterable<JudgedCredential> {
    const own = credentialsIn(tables, namespace);
    const shared = new Map<string, IndexedCredential>();
    addNewest(shared, this.shared?.of(namespace) ?? []);
    return new Map([...shared, ...own]).values();
  }

  /** How many credentials are held, without ignored Secrets, and how many of them the kubelet cannot parse. */
  count(): { readonly credentials: number; readonly malformed: number } {
    let credentials = 0;
    let malformed = 0;
    for (const { status } of this.#allCredentials()) {
      credentials += status === "ignored" ? 0 : 1;
      malformed += status === "malformed" ? 1 : 0;
    }
    return { credentials, malformed };
  }

  /** @see countFindings */
  countFindings(nowSeconds: number): ReadonlyMap<FindingCode, number> {
    return countFindings(this.#allCredentials(), nowSeconds);
  }

  *#allCredentials(): Generator<JudgedCredential> {
    for (const { credentials } of this.#scopes.values()) {
      for (const table of credentials.values()) yield* table.values();
    }
  }
}

function countKeys(credentials: Iterable<JudgedCredential>): number {
  let count = 0;
  for (const { registries } of credentials) count += 1 + registries.length;
  return count;
}

function* boundKeys(credentials: Iterable<JudgedCredential>): Generator<JudgedCredential> {
  let left = MAX_KEYS;
  for (const credential of credentials) {
    left -= credential.registries.length;
    yield left >= 0 ? credential : { ...credential, registries: [], voidRegistries: [] };
  }
}

/** By type. */
type SecretResources = (type: string) => WatchedResource<IndexedCredential>;

/** Where credentials are shared, the names of those that are not chosen count as well. */
function createResources(labelSelector: string | undefined, isShared: boolean): SecretResources {
  const selector = isShared && labelSelector !== undefined ? parseLabelSelector(labelSelector).selector : null;
  return selector === null
    ? (type) => secretResource(type, labelSelector)
    : (type) => chosenSecretResource(type, selector);
}

/** The credentials of all types, by name. Of two with one name the older one is deleted, and that event is still to come. */
function credentialsIn(tables: ScopeTables | undefined, namespace: string): Map<string, IndexedCredential> {
  const newest = new Map<string, IndexedCredential>();
  for (const table of tables?.credentials.values() ?? []) addNewest(newest, table.inNamespace(namespace).values());
  return newest;
}

function addNewest(newest: Map<string, IndexedCredential>, credentials: Iterable<IndexedCredential>): void {
  for (const credential of credentials) {
    const other = newest.get(credential.name);
    if (other === undefined || other.version < credential.version) newest.set(credential.name, credential);
  }
}
