/** The logins that the kubelet would pull an image with, one after the other. They are secret, and nobody keeps them. */
import type { CredentialReading } from "../kubelet/credential.ts";
import { type DockerConfigEntry, isVoidEntry } from "../kubelet/docker-config.ts";
import { buildKeyring, lookupCredentials } from "../kubelet/keyring.ts";
import { toIndexKey, withoutSecrets } from "../kubelet/registry-url.ts";
import { positionsOf, triedEntries } from "./trial.ts";

/** One entry of a Secret. */
export interface Attempt {
  readonly secret: string;
  /** The registry key, as written but for user info. */
  readonly registry: string;
  readonly entry: DockerConfigEntry;
}

/**
 * Gives the attempts for `repository` in the kubelet's order; none means that it pulls anonymously. Each entry stands alone here,
 * as the kubelet tries every one that covers the image, several of one Secret too.
 * @param readings the Secrets of the Pod's list, in its order, as they are now
 * @see kubernetes pkg/credentialprovider/keyring.go BasicDockerKeyring.Lookup
 */
export function listAttempts(readings: readonly CredentialReading[], repository: string): readonly Attempt[] {
  const attempts = readings.flatMap(({ credential, entries }) =>
    [...entries]
      .filter(([key]) => toIndexKey(key) !== undefined)
      .map(([key, entry]) => ({ secret: credential.name, registry: withoutSecrets(key), entry })),
  );
  const single = attempts.map(({ registry, entry }, index) => ({
    ...({ name: String(index), type: "", status: "usable", registries: [registry] } as const),
    voidRegistries: isVoidEntry(entry) ? [registry] : [],
  }));
  const lookup = lookupCredentials(buildKeyring(single), repository);
  const entries = triedEntries(lookup, positionsOf(single.map(({ name }) => name)));
  return entries.map(({ credential }) => attempts[Number(credential.name)] as Attempt);
}
