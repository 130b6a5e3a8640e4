/**
 * What is known of the cluster: the credentials and ServiceAccounts of each namespace. The tables here are everything that is
 * listed and watched.
 */
import { LRUCache } from "lru-cache";
import type { NamespaceView } from "../../core/admission/namespace-view.ts";
import type { ServiceAccount } from "../../core/admission/service-account.ts";
import { CREDENTIAL_TYPES } from "../../core/kubelet/credential.ts";
import { buildKeyring, type Keyring } from "../../core/kubelet/keyring.ts";
import type { FindingCode } from "../../core/verdicts/finding.ts";
import { countFindings, type JudgedCredential } from "../../core/verdicts/judged-credential.ts";
import { type IndexedCredential, secretResource } from "../objects/secret-resource.ts";
import { SERVICE_ACCOUNTS } from "../objects/service-account-resource.ts";
import { ReflectedTable } from "./reflected-table.ts";

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
  /** Label selector of the Secrets that are read; undefined: all. */
  readonly credentialSelector?: string | undefined;
  /**
   * Most credentials in all built keyrings together, where an empty keyring counts as one; default 5,000, about 5 MB. A built
   * keyring takes several times the memory of its credentials.
   */
  readonly maxBuiltCredentials?: number | undefined;
  /** Called with a namespace whose credentials or ServiceAccounts have changed; with undefined when those of any may have. */
  readonly onChange?: ((namespace: string | undefined) => void) | undefined;
}

const DEFAULT_MAX_BUILT_CREDENTIALS = 5_000;

/** @see CredentialSource.view, which it answers */
export class ClusterIndex {
  readonly #scopes: ReadonlyMap<string | undefined, ScopeTables>;
  /** By namespace. */
  readonly #keyrings: LRUCache<string, Keyring<JudgedCredential>>;
  readonly #onChange: (namespace: string | undefined) => void;

  constructor(options: ClusterIndexOptions) {
    const { namespaces, credentialSelector, maxBuiltCredentials = DEFAULT_MAX_BUILT_CREDENTIALS } = options;
    this.#onChange = options.onChange ?? (() => undefined);
    this.#keyrings = new LRUCache({
      maxSize: maxBuiltCredentials,
      // What is larger than the cache would not be kept at all.
      sizeCalculation: ({ credentials }) => Math.min(credentials.size + 1, maxBuiltCredentials),
    });
    const scopes: readonly (string | undefined)[] = namespaces ?? [undefined];
    this.#scopes = new Map(scopes.map((scope) => [scope, this.#createTables(scope, credentialSelector)]));
  }

  #createTables(namespace: string | undefined, labelSelector: string | undefined): ScopeTables {
    const onChange = (changed?: string): void => {
      if (changed === undefined) this.#keyrings.clear();
      else this.#keyrings.delete(changed);
      this.#onChange(changed);
    };
    const createTable = (type: string) =>
      new ReflectedTable({ resource: secretResource(type, labelSelector), namespace }, onChange);
    return {
      credentials: new Map([...CREDENTIAL_TYPES.keys()].map((type) => [type, createTable(type)])),
      serviceAccounts: new ReflectedTable({ resource: SERVICE_ACCOUNTS, namespace }, (changed) =>
        this.#onChange(changed),
      ),
    };
  }

  /** All tables, each to be kept equal to the server. */
  tables(): readonly ReflectedTable<unknown>[] {
    return [...this.#scopes.values()].flatMap(({ credentials, serviceAccounts }) => [
      ...credentials.values(),
      serviceAccounts,
    ]);
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
      keyring = buildKeyring(credentialsIn(tables, namespace));
      this.#keyrings.set(namespace, keyring);
    }
    return keyring;
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

/** The credentials of all types. Of two with one name the older one is deleted, and that event is still to come. */
function credentialsIn(tables: ScopeTables | undefined, namespace: string): Iterable<JudgedCredential> {
  const newest = new Map<string, IndexedCredential>();
  for (const table of tables?.credentials.values() ?? []) {
    for (const [name, credential] of table.inNamespace(namespace)) {
      const other = newest.get(name);
      if (other === undefined || other.version < credential.version) newest.set(name, credential);
    }
  }
  return newest.values();
}
