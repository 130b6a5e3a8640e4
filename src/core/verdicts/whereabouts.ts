/** Where the Secret is that an object lists, or that would serve its images, when it is not where the kubelet looks. */
import { CREDENTIAL_TYPES } from "../kubelet/credential.ts";
import type { CredentialReason } from "./finding.ts";

/** Kinds of other operators that make Secrets. */
export type SecretMaker = "SealedSecret" | "ExternalSecret";

/** Who lists a Secret where the object itself does not. */
interface Listed {
  readonly listedBy?: "ServiceAccount";
}

/** Names and namespaces are as written. */
export type Whereabouts =
  /** Listed and not there; `elsewhere` are the namespaces that have a Secret of that name. */
  | (Listed & {
      readonly code: "missing";
      readonly secret: string;
      readonly namespace: string;
      readonly elsewhere: readonly string[];
    })
  /** Listed and not there yet. */
  | (Listed & {
      readonly code: "made-later";
      readonly secret: string;
      readonly namespace: string;
      readonly by: SecretMaker;
    })
  /** Listed, and of a type that the kubelet does not read. */
  | (Listed & {
      readonly code: "unread-type";
      readonly secret: string;
      readonly namespace: string;
      readonly type: string;
    })
  /** Listed and there, and not for long. */
  | (Listed & {
      readonly code: "goes-away";
      readonly secret: string;
      readonly namespace: string;
      readonly reason: CredentialReason;
    })
  /** A credential of the namespace is for the image, and pullring never adds it. */
  | {
      readonly code: "never-added";
      readonly image: string;
      readonly secret: string;
      readonly namespace: string;
      readonly reason: CredentialReason;
    }
  /** No credential of the namespace is for the image; one of another namespace is. */
  | {
      readonly code: "serves-elsewhere";
      readonly image: string;
      readonly secret: string;
      readonly namespace: string;
      readonly elsewhere: string;
    };

/** A Secret of some namespace. */
export interface SecretPlace {
  readonly namespace: string;
  readonly name: string;
}

/** A Secret that is left alone, and why. */
export interface LeftAlone {
  readonly name: string;
  readonly reason: CredentialReason;
}

/** What is known of the Secrets of all namespaces that could be read. */
export interface SecretDirectory {
  /** undefined when there is no such Secret, or when it is not known what there is. */
  typeOf(place: SecretPlace): string | undefined;
  /** Why the Secret is not usable; null or undefined when nothing is known to speak against it. */
  reasonOf(place: SecretPlace): CredentialReason | null | undefined;
  /** A credential of the namespace for the repository that pullring never adds. */
  findLeftAlone(repository: string, namespace: string): LeftAlone | undefined;
  /** What will make the Secret; undefined when nothing is known to. */
  makerOf(place: SecretPlace): SecretMaker | undefined;
  /** Whether all Secrets of the namespace are known by name. */
  isKnown(namespace: string): boolean;
  /** Namespaces that have a Secret of this name, in order. */
  namespacesOf(name: string): readonly string[];
  /** A credential of another namespace that would serve the repository; undefined where `namespace` has one itself. */
  findServing(repository: string, namespace: string): SecretPlace | undefined;
}

/** What is asked about an object. */
export interface WantedSecrets {
  readonly namespace: string;
  /** Names of the list of its Pods. */
  readonly names: readonly string[];
  /** Those of them that stand in the list of the ServiceAccount alone. */
  readonly namesOfAccount: readonly string[];
  /** Images that no credential of the namespace is for. */
  readonly unserved: readonly { readonly image: string; readonly repository: string }[];
}

const BY_ACCOUNT = { listedBy: "ServiceAccount" } as const;

/** Says where the Secrets of an object are; nothing of those that are where they belong. Images that repeat are told once. */
export function findWhereabouts(
  { namespace, names, namesOfAccount, unserved }: WantedSecrets,
  directory: SecretDirectory,
): readonly Whereabouts[] {
  const listed = [...new Set(names)].flatMap((name) => {
    const places = findListed({ namespace, name }, directory);
    return namesOfAccount.includes(name) ? places.map((place) => ({ ...place, ...BY_ACCOUNT })) : places;
  });
  const mentioned = new Set(listed.map(({ secret }) => secret));
  const images = new Map(unserved.map(({ image, repository }) => [image, repository]));
  const wished = [...images].flatMap(([image, repository]): Whereabouts[] => {
    const leftAlone = directory.findLeftAlone(repository, namespace);
    if (leftAlone !== undefined) {
      return [{ code: "never-added", image, secret: leftAlone.name, namespace, reason: leftAlone.reason }];
    }
    const place = directory.findServing(repository, namespace);
    return place === undefined || mentioned.has(place.name)
      ? []
      : [{ code: "serves-elsewhere", image, secret: place.name, namespace, elsewhere: place.namespace }];
  });
  return [...listed, ...wished];
}

function findListed(place: SecretPlace, directory: SecretDirectory): readonly Whereabouts[] {
  const { namespace, name: secret } = place;
  const type = directory.typeOf(place);
  const reason = directory.reasonOf(place);
  if (reason?.code === "being-deleted" || reason?.code === "owned") {
    return [{ code: "goes-away", secret, namespace, reason }];
  }
  if (type !== undefined) return CREDENTIAL_TYPES.has(type) ? [] : [{ code: "unread-type", secret, namespace, type }];
  const by = directory.makerOf(place);
  if (by !== undefined) return [{ code: "made-later", secret, namespace, by }];
  if (secret === "" || !directory.isKnown(namespace)) return [];
  return [{ code: "missing", secret, namespace, elsewhere: directory.namespacesOf(secret) }];
}
