/**
 * A credential out of use: Docker Hub's key stands in only where no key of the list matches an image, so that one Secret can
 * keep the kubelet from another.
 */
import type { Credential } from "../kubelet/credential.ts";
import type { KeyringEntry, Lookup } from "../kubelet/keyring.ts";

/** A credential that the kubelet would use for an image, were it not for a key of another Secret. */
export interface OutOfUse {
  readonly code: "suppressed";
  /** Name of the Secret that is out of use. */
  readonly credential: string;
  /** The Secret whose key matches. */
  readonly by: string;
  /** That key, as the kubelet indexes it. */
  readonly indexKey: string;
  /** Whether the entry of that key has neither user name nor password, so that the image is pulled anonymously. */
  readonly isVoid: boolean;
}

/**
 * Finds the credential of Docker Hub that is out of use for an image; undefined when there is none.
 * @param tried what the kubelet tries for the image, in order
 * @param isCandidate whether a credential would be used for the image, were it not suppressed
 * @see kubernetes pkg/credentialprovider/keyring.go BasicDockerKeyring.Lookup
 */
export function findOutOfUse(
  { matches, fallback }: Lookup,
  tried: readonly KeyringEntry[],
  isCandidate: (credential: Credential) => boolean,
): OutOfUse | undefined {
  const [first] = tried;
  if (first === undefined || !matches.includes(first)) return undefined;
  const suppressed = fallback.find(({ credential, isVoid }) => !isVoid && isCandidate(credential));
  if (suppressed === undefined) return undefined;
  const [by, isVoid] = [first.credential.name, tried.every((entry) => entry.isVoid)];
  return { code: "suppressed", credential: suppressed.credential.name, by, indexKey: first.indexKey, isVoid };
}
