/** All credentials and ServiceAccounts of the manifest files at one moment. Keyrings are built when first asked for. */
import type { NamespaceView } from "../core/admission/namespace-view.ts";
import { PLAIN_SERVICE_ACCOUNT, type ServiceAccount } from "../core/admission/service-account.ts";
import { compareBytes } from "../core/go/byte-string.ts";
import { buildKeyring, type Keyring } from "../core/kubelet/keyring.ts";
import type { JudgedCredential } from "../core/verdicts/judged-credential.ts";
import type { CredentialFile, NamespacedCredential } from "./credential-manifest.ts";

/** What holds where no manifest says anything. */
const EMPTY_VIEW: NamespaceView = {
  keyring: buildKeyring<JudgedCredential>([]),
  serviceAccount: PLAIN_SERVICE_ACCOUNT,
};

/** An object that several manifests describe; the last one wins. */
export interface Duplicate {
  readonly kind: "Secret" | "ServiceAccount";
  readonly namespace: string;
  readonly name: string;
  /** The file whose description counts. */
  readonly path: string;
}

interface NamespaceObjects {
  readonly credentials: Map<string, JudgedCredential>;
  readonly serviceAccounts: Map<string, ServiceAccount>;
  keyring?: Keyring<JudgedCredential>;
}

/** The credentials of some files. */
export class CredentialSet {
  readonly duplicates: readonly Duplicate[];
  readonly #namespaces: Map<string, NamespaceObjects> = new Map();

  /** Puts the contents of `files` together; of several objects with one name the last counts. */
  constructor(files: readonly CredentialFile[]) {
    const duplicates: Duplicate[] = [];
    for (const { path, credentials, serviceAccounts } of files) {
      for (const { namespace, credential } of credentials) {
        const { name } = credential;
        const known = this.#objectsOf(namespace).credentials;
        if (known.has(name)) duplicates.push({ kind: "Secret", namespace, name, path });
        known.set(name, credential);
      }
      for (const { namespace, name, serviceAccount } of serviceAccounts) {
        const known = this.#objectsOf(namespace).serviceAccounts;
        if (known.has(name)) duplicates.push({ kind: "ServiceAccount", namespace, name, path });
        known.set(name, serviceAccount);
      }
    }
    this.duplicates = duplicates;
  }

  /** What is known of a namespace. A ServiceAccount that no manifest describes is a plain one. */
  view(namespace: string, serviceAccountName: string): NamespaceView {
    const objects = this.#namespaces.get(namespace);
    if (objects === undefined) return EMPTY_VIEW;
    objects.keyring ??= buildKeyring(objects.credentials.values());
    const serviceAccount = objects.serviceAccounts.get(serviceAccountName) ?? PLAIN_SERVICE_ACCOUNT;
    return { keyring: objects.keyring, serviceAccount };
  }

  /** Every Secret, by namespace and name in the order of bytes. */
  list(): readonly NamespacedCredential[] {
    return this.#credentials().sort(
      (a, b) => compareBytes(a.namespace, b.namespace) || compareBytes(a.credential.name, b.credential.name),
    );
  }

  /** How many Secrets there are of the types that the kubelet reads, and how many of these it cannot parse. */
  count(): { readonly credentials: number; readonly malformed: number } {
    const statuses = this.#credentials().map(({ credential }) => credential.status);
    return {
      credentials: statuses.filter((status) => status !== "ignored").length,
      malformed: statuses.filter((status) => status === "malformed").length,
    };
  }

  #credentials(): NamespacedCredential[] {
    return [...this.#namespaces].flatMap(([namespace, { credentials }]) =>
      [...credentials.values()].map((credential) => ({ namespace, credential })),
    );
  }

  #objectsOf(namespace: string): NamespaceObjects {
    const known = this.#namespaces.get(namespace);
    if (known !== undefined) return known;
    const objects = { credentials: new Map(), serviceAccounts: new Map() };
    this.#namespaces.set(namespace, objects);
    return objects;
  }
}
