/** Keeps the keyrings that were asked for last, within a bound: a built keyring takes several times what its credentials take. */
import type { Credential } from "../../core/kubelet/credential.ts";
import { buildKeyring, type Keyring } from "../../core/kubelet/keyring.ts";

/** Keyrings by namespace, least recently used first. */
export class KeyringCache {
  readonly #maxCredentials: number;
  readonly #keyrings = new Map<string, Keyring>();
  #credentials = 0;

  /** @param maxCredentials most credentials in all kept keyrings together; a single keyring may have more */
  constructor(maxCredentials: number) {
    this.#maxCredentials = maxCredentials;
  }

  /** Number of keyrings kept. */
  get size(): number {
    return this.#keyrings.size;
  }

  /** The keyring of a namespace, built from what `read` gives unless it is kept. */
  keyring(namespace: string, read: () => Iterable<Credential>): Keyring {
    const kept = this.#keyrings.get(namespace);
    if (kept !== undefined) {
      this.#keyrings.delete(namespace);
      this.#keyrings.set(namespace, kept);
      return kept;
    }
    const keyring = buildKeyring(read());
    this.#keyrings.set(namespace, keyring);
    this.#credentials += weightOf(keyring);
    this.#shrink();
    return keyring;
  }

  /** Drops the keyring of a namespace whose credentials have changed. */
  drop(namespace: string): void {
    const keyring = this.#keyrings.get(namespace);
    if (keyring !== undefined) {
      this.#keyrings.delete(namespace);
      this.#credentials -= weightOf(keyring);
    }
  }

  #shrink(): void {
    for (const namespace of this.#keyrings.keys()) {
      if (this.#credentials <= this.#maxCredentials || this.#keyrings.size === 1) {
        return;
      }
      this.drop(namespace);
    }
  }
}

/** An empty keyring takes memory as well. */
function weightOf({ credentials }: Keyring): number {
  return credentials.size + 1;
}
