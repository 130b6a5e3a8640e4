/** All credentials and ServiceAccounts of the manifest files at one moment. Keyrings are built when first asked for. */

import type { NamespaceView } from "../core/admission/namespace-view.ts";
import { PLAIN_SERVICE_ACCOUNT, type ServiceAccount } from "../core/admission/service-account.ts";
import { compareBytes } from "../core/go/byte-string.ts";
import type { Credential } from "../core/kubelet/credential.ts";
import { buildKeyring, type Keyring } from "../core/kubelet/keyring.ts";
import type { CredentialFile, NamespacedCredential } from "./credential-manifest.ts";

const EMPTY_KEYRING: Keyring = buildKeyring([]);

/** An object that several manifests describe; the last one wins. */
export interface Duplicate {
  readonly kind: "Secret" | "ServiceAccount";
  readonly namespace: string;
  readonly name: string;
  /** The file whose description counts. */
  readonly path: string;
}

/** The credentials of some files. */
export class CredentialSet {
  readonly duplicates: readonly Duplicate[];
  readonly #credentials: ReadonlyMap<string, ReadonlyMap<string, Credential>>;
  readonly #serviceAccounts: ReadonlyMap<string, ReadonlyMap<string, ServiceAccount>>;
  readonly #keyrings: Map<string, Keyring> = new Map();

  /** Puts the contents of `files` together; of several objects with one name the last counts. */
  constructor(files: readonly CredentialFile[]) {
    const duplicates: Duplicate[] = [];
    const credentials = new Map<string, Map<string, Credential>>();
    const serviceAccounts = new Map<string, Map<string, ServiceAccount>>();
    for (const { path, ...file } of files) {
      for (const { namespace, credential } of file.credentials) {
        const { name } = credential;
        if (putIn(credentials, [namespace, name], credential)) {
          duplicates.push({ kind: "Secret", namespace, name, path });
        }
      }
      for (const { namespace, name, serviceAccount } of file.serviceAccounts) {
        if (putIn(serviceAccounts, [namespace, name], serviceAccount)) {
          duplicates.push({ kind: "ServiceAccount", namespace, name, path });
        }
      }
    }
    this.duplicates = duplicates;
    this.#credentials = credentials;
    this.#serviceAccounts = serviceAccounts;
  }

  /** What is known of a namespace. A ServiceAccount that no manifest describes is a plain one. */
  view(namespace: string, serviceAccountName: string): NamespaceView {
    return {
      keyring: this.#keyringOf(namespace),
      serviceAccount: this.#serviceAccounts.get(namespace)?.get(serviceAccountName) ?? PLAIN_SERVICE_ACCOUNT,
    };
  }

  /** Every Secret, by namespace and name in the order of bytes. */
  list(): readonly NamespacedCredential[] {
    return [...this.#credentials]
      .sort(([a], [b]) => compareBytes(a, b))
      .flatMap(([namespace, byName]) =>
        [...byName.values()]
          .sort((a, b) => compareBytes(a.name, b.name))
          .map((credential) => ({ namespace, credential })),
      );
  }

  /** How many Secrets there are of the types that the kubelet reads, and how many of these it cannot parse. */
  count(): { readonly credentials: number; readonly malformed: number } {
    let credentials = 0;
    let malformed = 0;
    for (const byName of this.#credentials.values()) {
      for (const { status } of byName.values()) {
        credentials += status === "ignored" ? 0 : 1;
        malformed += status === "malformed" ? 1 : 0;
      }
    }
    return { credentials, malformed };
  }

  #keyringOf(namespace: string): Keyring {
    const known = this.#keyrings.get(namespace);
    if (known !== undefined) return known;
    const credentials = this.#credentials.get(namespace);
    if (credentials === undefined) {
      // Not kept: the names of namespaces without credentials would add up.
      return EMPTY_KEYRING;
    }
    const keyring = buildKeyring(credentials.values());
    this.#keyrings.set(namespace, keyring);
    return keyring;
  }
}

/** Sets `value` and says whether there was another one. */
function putIn<Value>(
  map: Map<string, Map<string, Value>>,
  [namespace, name]: readonly [string, string],
  value: Value,
): boolean {
  const byName = map.get(namespace) ?? new Map<string, Value>();
  map.set(namespace, byName);
  const taken = byName.has(name);
  byName.set(name, value);
  return taken;
}
