/** All that several sources say of credentials at one moment: manifest files, a cluster. Keyrings are built when first asked for. */
import { LRUCache } from "lru-cache";
import type { NamespaceView } from "../core/admission/namespace-view.ts";
import { PLAIN_SERVICE_ACCOUNT, type ServiceAccount } from "../core/admission/service-account.ts";
import { compareBytes } from "../core/go/byte-string.ts";
import { buildKeyring, type Keyring, lookupCredentials } from "../core/kubelet/keyring.ts";
import type { Labels, SelectorError } from "../core/labels/label-selector.ts";
import { type Reach, reaches } from "../core/sharing/share-with.ts";
import { type FindingCode, isFinding } from "../core/verdicts/finding.ts";
import { countFindings, type JudgedCredential } from "../core/verdicts/judged-credential.ts";
import type { LeftAlone, SecretMaker, SecretPlace } from "../core/verdicts/whereabouts.ts";
import type { CredentialContents, NamespacedCredential } from "./credential-manifest.ts";

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

/** What one source says; one without a path may describe again what another has. */
export interface CredentialSetPart extends CredentialContents {
  readonly path?: string;
}

/** A credential that says in no readable way for whom it is. */
export interface UnreadableReach {
  readonly name: string;
  readonly error: SelectorError;
}

/** Where a Secret comes from, and whether its copy is there already. */
export interface SharedFrom {
  readonly namespace: string;
  readonly isThere: boolean;
}

interface NamespaceObjects {
  readonly credentials: Map<string, JudgedCredential>;
  /** What the credentials say of the namespaces that they are for, by name; those that say nothing are missing. */
  readonly reaches: Map<string, Reach>;
  readonly makers: Map<string, SecretMaker>;
  readonly serviceAccounts: Map<string, ServiceAccount>;
  labels: Labels | undefined;
}

/** Keyrings that are kept, so that a cluster of many namespaces fits into memory: objects come by namespace. */
const MAX_KEYRINGS = 500;

/** The credentials of some sources. */
export class CredentialSet {
  readonly duplicates: readonly Duplicate[];
  readonly #sharedNamespace: string | undefined;
  readonly #namespaces: Map<string, NamespaceObjects> = new Map();
  readonly #keyrings: LRUCache<string, Keyring<JudgedCredential>> = new LRUCache({ max: MAX_KEYRINGS });
  #everywhere: Keyring | undefined;
  #namespacesByName: Map<string, string[]> | undefined;
  /** By repository. */
  readonly #serving: Map<string, readonly SecretPlace[]> = new Map();

  /**
   * Puts the contents of `parts` together; of several objects with one name the last counts.
   * @param sharedNamespace the namespace of the credentials that others have as well; undefined: none are shared
   */
  constructor(parts: readonly CredentialSetPart[], sharedNamespace?: string) {
    this.#sharedNamespace = sharedNamespace;
    const duplicates: Duplicate[] = [];
    for (const { path, credentials, promised, serviceAccounts, namespaces } of parts) {
      for (const { namespace, credential, reach } of credentials) {
        const { name } = credential;
        const objects = this.#objectsOf(namespace);
        const known = objects.credentials;
        if (known.has(name) && path !== undefined) duplicates.push({ kind: "Secret", namespace, name, path });
        known.set(name, credential);
        if (reach === undefined) objects.reaches.delete(name);
        else objects.reaches.set(name, reach);
      }
      for (const { namespace, name, serviceAccount } of serviceAccounts) {
        const known = this.#objectsOf(namespace).serviceAccounts;
        if (known.has(name) && path !== undefined) duplicates.push({ kind: "ServiceAccount", namespace, name, path });
        known.set(name, serviceAccount);
      }
      for (const { by, namespace, name } of promised) this.#objectsOf(namespace).makers.set(name, by);
      for (const { name, labels } of namespaces) this.#objectsOf(name).labels = labels;
    }
    this.duplicates = duplicates;
  }

  /** What is known of a namespace. A ServiceAccount that no source describes is a plain one. */
  view(namespace: string, serviceAccountName: string): NamespaceView {
    const objects = this.#namespaces.get(namespace);
    if (objects === undefined && this.#sharedNamespace === undefined) return EMPTY_VIEW;
    const keyring = this.#keyrings.get(namespace) ?? buildKeyring(this.#credentialsOf(namespace).values());
    this.#keyrings.set(namespace, keyring);
    return { keyring, serviceAccount: objects?.serviceAccounts.get(serviceAccountName) ?? PLAIN_SERVICE_ACCOUNT };
  }

  /** Its own credentials, and those that are shared with it under a name that no Secret of its own has. */
  #credentialsOf(namespace: string): ReadonlyMap<string, JudgedCredential> {
    const own = this.#namespaces.get(namespace)?.credentials ?? new Map<string, JudgedCredential>();
    const shared = new Map<string, JudgedCredential>();
    const names = this.#namespaces.get(this.#sharedNamespace ?? "")?.reaches.keys() ?? [];
    for (const name of names) {
      const credential = this.#findShared({ namespace, name });
      if (credential !== undefined) shared.set(name, credential);
    }
    return shared.size === 0 ? own : new Map([...shared, ...own]);
  }

  #findShared({ namespace, name }: SecretPlace): JudgedCredential | undefined {
    if (this.#sharedNamespace === undefined || namespace === this.#sharedNamespace) return undefined;
    const sources = this.#namespaces.get(this.#sharedNamespace);
    const [credential, reach] = [sources?.credentials.get(name), sources?.reaches.get(name)];
    if (credential === undefined || credential.status === "ignored" || reach === undefined) return undefined;
    const labels = { ...this.labelsOf(namespace), "kubernetes.io/metadata.name": namespace };
    return reaches(reach, labels) ? { ...credential, sharedFrom: this.#sharedNamespace } : undefined;
  }

  /** Whether a source describes the ServiceAccount. */
  hasServiceAccount({ namespace, name }: SecretPlace): boolean {
    return this.#namespaces.get(namespace)?.serviceAccounts.has(name) ?? false;
  }

  /** The labels of a namespace; none where no source describes it. */
  labelsOf(namespace: string): Labels {
    return this.#namespaces.get(namespace)?.labels ?? {};
  }

  /** The Secret of this name, or what is shared under it; undefined when no source describes it. */
  find(place: SecretPlace): JudgedCredential | undefined {
    return this.#namespaces.get(place.namespace)?.credentials.get(place.name) ?? this.#findShared(place);
  }

  /** Where a Secret is shared from; undefined for the namespace's own. */
  sharedFrom(place: SecretPlace): SharedFrom | undefined {
    const from = this.find(place)?.sharedFrom;
    const isThere = this.#namespaces.get(place.namespace)?.credentials.has(place.name) === true;
    return from === undefined ? undefined : { namespace: from, isThere };
  }

  /** The credentials that would be shared if what they say of namespaces could be read. */
  unreadableReaches(): readonly UnreadableReach[] {
    const { reaches: all = [] } = this.#namespaces.get(this.#sharedNamespace ?? "") ?? {};
    return [...all].flatMap(([name, { error }]) => (error === null ? [] : [{ name, error }]));
  }

  /** What will make the Secret; undefined when nothing is known to. */
  makerOf({ namespace, name }: SecretPlace): SecretMaker | undefined {
    return this.#namespaces.get(namespace)?.makers.get(name);
  }

  /** Namespaces that have a Secret of this name, in the order of bytes. */
  namespacesOf(name: string): readonly string[] {
    if (this.#namespacesByName === undefined) {
      this.#namespacesByName = new Map();
      for (const [namespace, { credentials }] of this.#namespaces) {
        for (const secret of credentials.keys()) {
          const having = this.#namespacesByName.get(secret) ?? [];
          this.#namespacesByName.set(secret, having);
          having.push(namespace);
        }
      }
    }
    return this.#namespacesByName.get(name)?.toSorted(compareBytes) ?? [];
  }

  /** A usable credential of another namespace for `repository`; undefined where `namespace` has one itself. */
  findServing(repository: string, namespace: string): SecretPlace | undefined {
    // One keyring for all of them: names of namespaces have no slash.
    this.#everywhere ??= buildKeyring(
      this.#credentials()
        .filter(({ credential }) => credential.status === "usable")
        .map(({ namespace, credential }) => ({ ...credential, name: `${namespace}/${credential.name}` })),
    );
    const places = this.#serving.get(repository) ?? placesFor(repository, this.#everywhere);
    this.#serving.set(repository, places);
    const place = places.find((other) => other.namespace !== namespace);
    return place === undefined || isServed(this.view(namespace, "").keyring, repository) ? undefined : place;
  }

  /** A credential of `namespace` for `repository` that works, and that pullring is not to add. */
  findLeftAlone(repository: string, namespace: string): LeftAlone | undefined {
    const { keyring } = this.view(namespace, "");
    const { matches, fallback } = lookupCredentials(keyring, repository);
    for (const { credential, isVoid } of [...matches, ...fallback]) {
      const reason = isVoid ? undefined : keyring.credentials.get(credential.name)?.reason;
      if (reason && !isFinding(reason)) return { name: credential.name, reason };
    }
    return undefined;
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

  /** @see countFindings */
  countFindings(nowSeconds: number): ReadonlyMap<FindingCode, number> {
    return countFindings(
      this.#credentials().map(({ credential }) => credential),
      nowSeconds,
    );
  }

  #credentials(): NamespacedCredential[] {
    return [...this.#namespaces].flatMap(([namespace, { credentials }]) =>
      [...credentials.values()].map((credential) => ({ namespace, credential })),
    );
  }

  #objectsOf(namespace: string): NamespaceObjects {
    const known = this.#namespaces.get(namespace);
    if (known !== undefined) return known;
    const objects: NamespaceObjects = {
      credentials: new Map(),
      reaches: new Map(),
      makers: new Map(),
      serviceAccounts: new Map(),
      labels: undefined,
    };
    this.#namespaces.set(namespace, objects);
    return objects;
  }
}

function isServed(keyring: Keyring, repository: string): boolean {
  const { matches, fallback } = lookupCredentials(keyring, repository);
  return [...matches, ...fallback].some(({ credential, isVoid }) => credential.status === "usable" && !isVoid);
}

/** The first credential for `repository`, and the first of another namespace: one of them is of another one than any. */
function placesFor(repository: string, everywhere: Keyring): readonly SecretPlace[] {
  const { matches, fallback } = lookupCredentials(everywhere, repository);
  const places = [...matches, ...fallback]
    .filter(({ isVoid }) => !isVoid)
    .map(({ credential: { name } }) => {
      const slash = name.indexOf("/");
      return { namespace: name.slice(0, slash), name: name.slice(slash + 1) };
    });
  const [first] = places;
  const second = places.find(({ namespace }) => namespace !== first?.namespace);
  return [first, second].filter((place) => place !== undefined);
}
