/** What is known of the cluster: the credentials and ServiceAccounts of each namespace. It talks to nobody. */

import type { NamespaceView } from "../../core/admission/namespace-view.ts";
import type { ServiceAccount } from "../../core/admission/service-account.ts";
import { CREDENTIAL_TYPES, type Credential } from "../../core/kubelet/credential.ts";
import { credentialForm, type IndexedCredential } from "../objects/secret-resource.ts";
import { SERVICE_ACCOUNT_FORM } from "../objects/service-account-resource.ts";
import { KeyringCache } from "./keyring-cache.ts";
import { ReflectedTable } from "./reflected-table.ts";

/** The tables that hold one scope: a namespace, or the whole cluster. */
export interface ScopeTables {
  /** By type: a Secret that is deleted and made anew with another type is two objects, in whatever order we hear of it. */
  readonly credentials: ReadonlyMap<string, ReflectedTable<IndexedCredential>>;
  readonly serviceAccounts: ReflectedTable<ServiceAccount>;
}

/** Sizes, for metrics. */
export interface IndexStats {
  readonly credentials: number;
  readonly malformed: number;
  readonly serviceAccounts: number;
  readonly keyrings: number;
}

/** @see CredentialSource.view, which it answers */
export class ClusterIndex {
  readonly #scopes: ReadonlyMap<string | undefined, ScopeTables>;
  readonly #keyrings: KeyringCache;

  /**
   * @param namespaces the namespaces to hold; undefined: all there are
   * @param maxBuiltCredentials bound of {@link KeyringCache}
   */
  constructor(namespaces: readonly string[] | undefined, maxBuiltCredentials: number) {
    this.#keyrings = new KeyringCache(maxBuiltCredentials);
    const scopes: readonly (string | undefined)[] = namespaces ?? [undefined];
    this.#scopes = new Map(scopes.map((scope) => [scope, this.#createTables()]));
  }

  /** The scopes with their tables; the scope undefined is the whole cluster. */
  scopes(): Iterable<[string | undefined, ScopeTables]> {
    return this.#scopes;
  }

  /** The tables that hold `namespace`; undefined when it is not among the chosen ones. */
  tablesOf(namespace: string): ScopeTables | undefined {
    return this.#scopes.get(undefined) ?? this.#scopes.get(namespace);
  }

  /** What is known of a namespace; an empty keyring where nothing is. */
  view(namespace: string, serviceAccountName: string): NamespaceView {
    const tables = this.tablesOf(namespace);
    return {
      keyring: this.#keyrings.keyring(namespace, () => credentialsIn(tables, namespace)),
      serviceAccount: tables?.serviceAccounts.inNamespace(namespace).get(serviceAccountName),
    };
  }

  /** Counts what is held. */
  stats(): IndexStats {
    let credentials = 0;
    let malformed = 0;
    let serviceAccounts = 0;
    for (const tables of this.#scopes.values()) {
      for (const table of tables.credentials.values()) {
        credentials += table.size;
        malformed += table.faulty;
      }
      serviceAccounts += tables.serviceAccounts.size;
    }
    return { credentials, malformed, serviceAccounts, keyrings: this.#keyrings.size };
  }

  #createTables(): ScopeTables {
    const drop = (namespace: string): void => this.#keyrings.drop(namespace);
    return {
      credentials: new Map(
        [...CREDENTIAL_TYPES.keys()].map((type) => [type, new ReflectedTable(credentialForm(type), drop)]),
      ),
      serviceAccounts: new ReflectedTable(SERVICE_ACCOUNT_FORM, () => undefined),
    };
  }
}

/** The credentials of all types. Of two with one name the older one is gone, and its deletion still to be heard of. */
function credentialsIn(tables: ScopeTables | undefined, namespace: string): Iterable<Credential> {
  const newest = new Map<string, IndexedCredential>();
  for (const table of tables?.credentials.values() ?? []) {
    for (const [name, credential] of table.inNamespace(namespace)) {
      const other = newest.get(name);
      if (other === undefined || other.version < credential.version) {
        newest.set(name, credential);
      }
    }
  }
  return newest.values();
}
