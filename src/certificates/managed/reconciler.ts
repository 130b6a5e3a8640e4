/**
 * One replica's part of keeping the CAs in Secret and caBundle as they should be: read both, merge, make a CA if one is due,
 * write, read again, until nothing is left to write. The decisions are in ca-rules.ts. It keeps no timer.
 *
 * The configuration is read before the Secret and written over the version that was read. So a caBundle is only ever written by
 * a replica that has read every Secret that existed when the caBundle was last changed, however long the replica was suspended
 * in between: no CA that a replica counts on is dropped by another one.
 */
import { AppError } from "../../core/app-error.ts";
import type { Clock } from "../../telemetry/clock.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { issueManagedCa } from "../issue.ts";
import { type Ca, decodeSecret, encodeSecret, formatBundle, parseBundle } from "../pem-bundle.ts";
import { type AppliedCas, mergeCas, newCaAt } from "./ca-rules.ts";
import type { CaBundle, CaBundleSnapshot, SecretSnapshot, SharedSecret } from "./ports.ts";
import type { RotationPolicy } from "./rotation-policy.ts";

/** @see Reconciler */
export interface ReconcilerOptions {
  readonly secret: SharedSecret;
  /** undefined: the caBundle is not ours to write; who does it takes `ca.crt` of the Secret. */
  readonly caBundle: CaBundle | undefined;
  readonly policy: RotationPolicy;
  /** Its wall clock is used when the API server does not give its own time. */
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What was read, and what follows from it. */
export interface KnownState {
  /** Newest first. */
  readonly cas: readonly Ca[];
  readonly applied: AppliedCas;
  readonly nowMs: number;
  /** By the clock that never jumps. */
  readonly readStartedAt: number;
  /** undefined: there is none that is ours to fill. */
  readonly bundle: CaBundleSnapshot | undefined;
  readonly secret: SecretSnapshot | undefined;
}

/** Each write is read back, and each lost race is another replica's step forward: more rounds mean that others fight us. */
const MAX_ROUNDS = 12;

/** Keeps the CAs of one replica. */
export class Reconciler {
  /** What a person has to know or do, with nothing secret in it; undefined when all is well. */
  problem: string | undefined;
  readonly #options: ReconcilerOptions;
  /** What was last known to be stored, keys included: it fills a Secret that lost it. */
  #lastSeen: readonly Ca[] = [];
  #bundleVersion: string | undefined;
  /** Since when the configuration has been as it is. */
  #unchangedSince = 0;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /** Does all that can be done now, and gives what stands then; undefined when that is not known. Never rejects. */
  async settle(): Promise<KnownState | undefined> {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      this.problem = undefined;
      const snapshot = await this.attempt(() => this.#read());
      if (snapshot === undefined) return undefined;
      const isChanged = (await this.#writeSecret(snapshot)) || (await this.#writeBundle(snapshot));
      if (!isChanged) return snapshot;
    }
    this.problem = "others change the Secret or the webhook configuration all the time";
    return undefined;
  }

  /** Gives what `action` gives; undefined, with a problem, when it rejects. */
  async attempt<T>(action: () => Promise<T>): Promise<T | undefined> {
    try {
      return await action();
    } catch (error) {
      this.#options.logger.debug({ err: error }, "Ran into an error while keeping the certificates");
      // Only errors of our own have messages that may be shown.
      this.problem = error instanceof AppError ? error.message : "the API server could not be asked";
      return undefined;
    }
  }

  async #read(): Promise<KnownState> {
    const { secret: store, caBundle, clock, policy } = this.#options;
    const readStartedAt = clock.elapsed();
    const found = await caBundle?.read();
    const bundle = found === undefined || found.bundles.length === 0 ? undefined : found;
    const applied = this.#observe(bundle, readStartedAt);
    const secret = await this.attempt(() => store.read());
    this.problem ??= secret === undefined ? `${store.name} is missing: apply the manifests again` : undefined;
    const nowMs = secret?.serverTimeMs ?? found?.serverTimeMs ?? clock.now();
    const known = {
      stored: decodeSecret(secret?.data ?? {}),
      lastSeen: this.#lastSeen,
      applied: bundle?.bundles.flatMap(parseBundle) ?? [],
    };
    return { bundle, secret, applied, cas: mergeCas(known, { nowMs, policy }), nowMs, readStartedAt };
  }

  /**
   * Whatever has changed in the configuration, the wait for the overlap begins again: it is not known what stood there between
   * two snapshots of different versions. It ends by a snapshot, not by time alone: what follows the last one is not known.
   * While the machine is suspended `elapsed` may stand still, which only waits longer.
   */
  #observe(bundle: CaBundleSnapshot | undefined, readStartedAt: number): AppliedCas {
    const { clock, policy } = this.#options;
    if (bundle?.resourceVersion !== this.#bundleVersion) {
      this.#bundleVersion = bundle?.resourceVersion;
      this.#unchangedSince = clock.elapsed();
    }
    // Nothing can be missing where there is no caBundle to fill.
    if (bundle === undefined) return { has: () => true, isSettled: true };
    const entries = bundle.bundles.map(fingerprintsIn);
    return {
      has: (fingerprint) => entries.every((entry) => entry.has(fingerprint)),
      isSettled: readStartedAt - this.#unchangedSince >= policy.overlapMs,
    };
  }

  /** Whether something was written, or lost to another replica, so that all has to be read again. */
  async #writeSecret({ secret, cas, nowMs }: KnownState): Promise<boolean> {
    if (secret === undefined) return false;
    const outcome = await this.attempt(async () => {
      const createdAtMs = newCaAt(cas, nowMs);
      const target = createdAtMs === undefined ? cas : [...(await this.#makeCa(createdAtMs)), ...cas];
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
  async #writeBundle({ bundle, cas }: KnownState): Promise<boolean> {
    const pem = formatBundle(cas);
    if (bundle === undefined || cas.length === 0 || bundle.bundles.every((text) => text === pem)) return false;
    const outcome = await this.attempt(() => bundle.replace(pem));
    this.#logWrite(outcome, "Applied the caBundle", cas);
    return outcome !== undefined;
  }

  #logWrite(outcome: string | undefined, message: string, cas: readonly Ca[]): void {
    if (outcome === "written") {
      const caNotAfter = new Date(cas[0]?.notAfterMs ?? 0).toISOString();
      this.#options.logger.info({ certificates: cas.length, caNotAfter }, message);
    }
  }

  /** It is read back as if it came from the Secret. */
  async #makeCa(createdAtMs: number): Promise<readonly Ca[]> {
    const endsAtMs = createdAtMs + this.#options.policy.caValidityMs;
    const { cert, key } = await issueManagedCa({ createdAtMs, endsAtMs });
    return decodeSecret({ "ca.crt": cert, "ca.key": key });
  }
}

/** None unless `text` is just as we write it: so that no other reading of it, the API server's above all, can differ from ours. */
function fingerprintsIn(text: string): ReadonlySet<string> {
  const certificates = formatBundle(parseBundle(text)) === text ? parseBundle(text) : [];
  return new Set(certificates.map(({ fingerprint }) => fingerprint));
}
