/** Changes credentials of a control plane at a steady rate and keeps account of what each one is now. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient } from "../../e2e/control-plane/api-client.ts";
import { credentialOf } from "../../e2e/webhook/objects.ts";
import type { ClusterSize } from "./fill-cluster.ts";
import { registryKeyOf } from "./fill-cluster.ts";

/** A credential by its place, with the registry key that it has now. */
export interface KnownCredential {
  readonly namespace: string;
  readonly name: string;
  readonly registryKey: string;
}

/** A change that the API server has acknowledged. */
export interface Change {
  readonly kind: "rotated" | "created" | "deleted";
  /** As it is after the change; of a deleted one as it was. */
  readonly credential: KnownCredential;
}

/** Of a hundred changes so many make one and so many delete one; the others give one another registry key. */
const [CREATED, DELETED] = [15, 15];
const SECOND_MS = 1000;

/** The credentials of a cluster. @see fillCluster */
export class Churn {
  readonly #api: ApiClient;
  readonly #credentials: KnownCredential[] = [];
  readonly #namespaces: number;
  readonly #gone: KnownCredential[] = [];
  #made = 0;

  constructor(api: ApiClient, { namespaces, credentialsPerNamespace }: ClusterSize) {
    this.#api = api;
    this.#namespaces = namespaces;
    for (let number = 0; number < namespaces * credentialsPerNamespace; number += 1) {
      const namespace = Math.floor(number / credentialsPerNamespace);
      this.#credentials.push({
        namespace: `ns-${namespace}`,
        ...registryKeyOf(namespace, number % credentialsPerNamespace),
      });
    }
  }

  /** All that there are now. */
  get credentials(): readonly KnownCredential[] {
    return this.#credentials;
  }

  /** Places and keys that were in force once and are no more. */
  get gone(): readonly KnownCredential[] {
    return this.#gone;
  }

  /**
   * Makes `rate` changes a second until `endsAtMs` (by performance.now), and waits for the last answer.
   * @returns how many were made
   * @throws when a change is refused
   */
  async run(rate: number, endsAtMs: number, onChange: (change: Change) => void): Promise<number> {
    const beganAt = performance.now();
    const pending = new Set<Promise<void>>();
    let begun = 0;
    while (performance.now() < endsAtMs) {
      const due = ((performance.now() - beganAt) / SECOND_MS) * rate;
      for (; begun < due; begun += 1) {
        const change = this.#change(begun % 100).then(onChange);
        pending.add(change);
        change.finally(() => pending.delete(change)).catch(() => undefined);
      }
      await sleep(5);
    }
    await Promise.all(pending);
    return begun;
  }

  #change(number: number): Promise<Change> {
    if (number < CREATED) {
      return this.#create();
    }
    return number < CREATED + DELETED ? this.#delete() : this.#rotate();
  }

  async #create(): Promise<Change> {
    const credential = { ...this.#newPlace(), registryKey: this.#newKey() };
    const body = credentialOf(credential.name, credential.registryKey);
    await this.#api.expect("POST", `/api/v1/namespaces/${credential.namespace}/secrets`, body);
    this.#credentials.push(credential);
    return { kind: "created", credential };
  }

  async #delete(): Promise<Change> {
    const credential = this.#take();
    await this.#api.expect("DELETE", pathOf(credential));
    this.#gone.push(credential);
    return { kind: "deleted", credential };
  }

  async #rotate(): Promise<Change> {
    const before = this.#take();
    const credential = { ...before, registryKey: this.#newKey() };
    await this.#api.expect("PUT", pathOf(before), credentialOf(before.name, credential.registryKey));
    this.#gone.push(before);
    this.#credentials.push(credential);
    return { kind: "rotated", credential };
  }

  /** Takes a credential by chance, so that no two changes meet at one. */
  #take(): KnownCredential {
    const at = Math.floor(Math.random() * this.#credentials.length);
    const taken = this.#credentials[at] as KnownCredential;
    const last = this.#credentials.pop() as KnownCredential;
    if (last !== taken) {
      this.#credentials[at] = last;
    }
    return taken;
  }

  #newPlace(): { readonly namespace: string; readonly name: string } {
    const namespace = `ns-${Math.floor(Math.random() * this.#namespaces)}`;
    return { namespace, name: `made-${this.#made}` };
  }

  #newKey(): string {
    this.#made += 1;
    return `rotated-${this.#made}.example.com`;
  }
}

function pathOf({ namespace, name }: KnownCredential): string {
  return `/api/v1/namespaces/${namespace}/secrets/${name}`;
}
