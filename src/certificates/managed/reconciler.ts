/**
 * One replica's part of keeping Secret and caBundle as they should be: read both, merge, make a CA if one is due, write, read
 * again; once nothing is left to write, make a leaf if one is due. The decisions are in ca-rules.ts. It keeps no timer.
 *
 * The configuration is read before the Secret and written over the version that was read. So a caBundle is only ever written by
 * a replica that has read every Secret that existed when the caBundle was last changed, however long the replica was suspended
 * in between: no CA that a replica counts on is dropped by another one.
 */
import { AppError } from "../../core/app-error.ts";
import type { Clock } from "../../telemetry/clock.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { issueManagedCa } from "../issue.ts";
import { formatBundle, parseBundle } from "../pem-bundle.ts";
import { BundleObserver } from "./bundle-observer.ts";
import { type AppliedCas, chooseSigner, mergeCas, newCaAt } from "./ca-rules.ts";
import { isLeafDue, type Leaf, type LeafOptions, makeLeaf } from "./leaf.ts";
import type { CaBundle, CaBundleSnapshot, SecretSnapshot, SharedSecret } from "./ports.ts";
import { type Ca, decodeSecret, encodeSecret } from "./secret-format.ts";

/** @see Reconciler */
export interface ReconcilerDependencies extends LeafOptions {
  readonly secret: SharedSecret;
  /** undefined: the caBundle is not ours to write; who does it takes `ca.crt` of the Secret. */
  readonly caBundle: CaBundle | undefined;
  /** Its wall clock is used when the API server does not give its own time. */
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Where one reconciliation ended. */
export interface Reconciliation {
  /** The leaf to serve; undefined when there is none yet. */
  readonly leaf: Leaf | undefined;
  /** Whether the API server trusts it, as far as the caBundle is ours. */
  readonly isTrusted: boolean;
  /** What a person has to know or do, with nothing secret in it; undefined when all is well. */
  readonly problem: string | undefined;
}

/** Each write is read back, and each lost race is another replica's step forward: more rounds mean that others fight us. */
const MAX_ROUNDS = 12;

/**
 * What was read longer ago, in milliseconds, is read again, unless the overlap is longer: the process may have been stopped or
 * suspended in between. It is above the longest wait for an answer.
 */
const MIN_STALE_MS = 30_000;

/** What was read at the start of a round, and what follows from it. */
interface Snapshot {
  /** undefined: there is none that is ours to fill. */
  readonly bundle: CaBundleSnapshot | undefined;
  readonly secret: SecretSnapshot | undefined;
  readonly applied: AppliedCas;
  readonly cas: readonly Ca[];
  readonly nowMs: number;
  /** By the clock that never jumps. */
  readonly readStartedAt: number;
}

export class Reconciler {
  readonly #deps: ReconcilerDependencies;
  readonly #observer: BundleObserver;
  /** What was last known to be stored, keys included: it fills a Secret that lost it. */
  #lastSeen: readonly Ca[] = [];
  #lastRead: Pick<Snapshot, "cas" | "nowMs" | "readStartedAt"> = { cas: [], nowMs: 0, readStartedAt: 0 };
  #problem: string | undefined;

  constructor(dependencies: ReconcilerDependencies) {
    this.#deps = dependencies;
    this.#observer = new BundleObserver({ ...dependencies.policy, clock: dependencies.clock });
  }

  /** Does all that can be done now. Never rejects. @param served the leaf that this replica serves so far */
  async reconcile(served: Leaf | undefined): Promise<Reconciliation> {
    const { clock, policy } = this.#deps;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      this.#problem = undefined;
      const snapshot = await this.#attempt(() => this.#read());
      if (snapshot === undefined) break;
      if ((await this.#writeSecret(snapshot)) || (await this.#writeBundle(snapshot))) {
        this.#problem = "others change the Secret or the webhook configuration all the time";
        continue;
      }
      const leaf = (await this.#attempt(() => this.#makeDueLeaf(snapshot, served))) ?? served;
      if (clock.elapsed() - snapshot.readStartedAt < Math.max(policy.overlapMs, MIN_STALE_MS)) {
        const isTrusted = leaf !== undefined && snapshot.applied.has(leaf.issuer);
        return { leaf, isTrusted, problem: this.#problem };
      }
    }
    const leaf = (await this.#attempt(() => this.#renewFromMemory(served))) ?? served;
    return { leaf, isTrusted: false, problem: this.#problem };
  }

  async #read(): Promise<Snapshot> {
    const { caBundle, clock, policy } = this.#deps;
    const readStartedAt = clock.elapsed();
    const found = await caBundle?.read();
    const bundle = found === undefined || found.bundles.length === 0 ? undefined : found;
    const applied = this.#observer.observe(bundle, readStartedAt);
    const secret = await this.#attempt(() => this.#readSecret());
    const nowMs = secret?.serverTimeMs ?? found?.serverTimeMs ?? clock.now();
    const known = {
      stored: decodeSecret(secret?.data ?? {}),
      lastSeen: this.#lastSeen,
      applied: bundle?.bundles.flatMap(parseBundle) ?? [],
    };
    this.#lastRead = { cas: mergeCas(known, { nowMs, policy }), nowMs, readStartedAt };
    return { bundle, secret, applied, ...this.#lastRead };
  }

  async #readSecret(): Promise<SecretSnapshot | undefined> {
    const { secret } = this.#deps;
    const snapshot = await secret.read();
    if (snapshot === undefined) this.#problem = `${secret.name} is missing: apply the manifests again`;
    return snapshot;
  }

  /** Whether something was written, or lost to another replica, so that all has to be read again. */
  async #writeSecret({ secret, cas, nowMs }: Snapshot): Promise<boolean> {
    if (secret === undefined) return false;
    const outcome = await this.#attempt(async () => {
      const target = [...(await this.#makeDueCa(cas, nowMs)), ...cas];
      const content = Object.entries(encodeSecret(target));
      const isSame = content.every(([key, value]) => secret.data[key] === value);
      const written = isSame ? "same" : await secret.replace(Object.fromEntries(content));
      if (written !== "conflict") this.#lastSeen = target;
      return written;
    });
    this.#logWrite(outcome, "Wrote the certificate Secret", this.#lastSeen);
    return outcome === "written" || outcome === "conflict";
  }

  /** As {@link Reconciler.#writeSecret}. Whatever is wrong with the Secret, a caBundle is filled with what is known. */
  async #writeBundle({ bundle, cas }: Snapshot): Promise<boolean> {
    const pem = formatBundle(cas);
    if (bundle === undefined || cas.length === 0 || bundle.bundles.every((text) => text === pem)) return false;
    const outcome = await this.#attempt(() => bundle.replace(pem));
    this.#logWrite(outcome, "Applied the caBundle", cas);
    return outcome !== undefined;
  }

  #logWrite(outcome: string | undefined, message: string, cas: readonly Ca[]): void {
    if (outcome === "written") {
      const caNotAfter = new Date(cas[0]?.notAfterMs ?? 0).toISOString();
      this.#deps.logger.info({ certificates: cas.length, caNotAfter }, message);
    }
  }

  /** [] when none is due. It is read back as if it came from the Secret. */
  async #makeDueCa(cas: readonly Ca[], nowMs: number): Promise<readonly Ca[]> {
    const createdAtMs = newCaAt(cas, nowMs);
    if (createdAtMs === undefined) return [];
    const endsAtMs = createdAtMs + this.#deps.policy.caValidityMs;
    const { cert, key } = await issueManagedCa({ createdAtMs, endsAtMs });
    return decodeSecret({ "ca.crt": cert, "ca.key": key });
  }

  /** undefined when the served leaf stays. */
  async #makeDueLeaf({ cas, applied, nowMs }: Snapshot, served: Leaf | undefined): Promise<Leaf | undefined> {
    const { policy } = this.#deps;
    const signer = chooseSigner(cas, applied, { servedBy: served?.issuer, nowMs, policy });
    return signer !== undefined && isLeafDue(served, signer, nowMs) ? makeLeaf(signer, this.#deps, nowMs) : undefined;
  }

  /** A leaf of the same CA needs no API server, so that a missing right does not let it end. undefined when none is due. */
  async #renewFromMemory(served: Leaf | undefined): Promise<Leaf | undefined> {
    const { cas, nowMs, readStartedAt } = this.#lastRead;
    const laterMs = nowMs + this.#deps.clock.elapsed() - readStartedAt;
    const signer = cas.find(({ fingerprint, key }) => fingerprint === served?.issuer && key !== undefined);
    return signer !== undefined && isLeafDue(served, signer, laterMs)
      ? makeLeaf(signer, this.#deps, laterMs)
      : undefined;
  }

  async #attempt<T>(action: () => Promise<T>): Promise<T | undefined> {
    try {
      return await action();
    } catch (error) {
      this.#deps.logger.debug({ err: error }, "Ran into an error while keeping the certificates");
      // Only errors of our own have messages that may be shown.
      this.#problem = error instanceof AppError ? error.message : "the API server could not be asked";
      return undefined;
    }
  }
}
