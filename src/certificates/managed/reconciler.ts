/**
 * One replica's part of keeping Secret and caBundle as they should be: read both, merge, make what is missing, write it, look
 * again. The decisions are merge-states.ts and plan-issue.ts; this is the shell around them. It keeps no timer.
 *
 * The configuration is read before the Secret and written under the version that was read. So a caBundle is only ever
 * written by somebody who has seen every Secret that existed when it was last changed, however long they slept in between:
 * no authority that a replica counts on is dropped by another one.
 */

import { commonTo, formatBundle, parseAppliedBundle, parseBundle } from "../pem-bundle.ts";
import { BundleObserver } from "./bundle-observer.ts";
import { issueState } from "./issue-state.ts";
import type { ManagedCertificatesOptions } from "./managed-source.ts";
import { mergeStates } from "./merge-states.ts";
import { chooseServed, planIssue } from "./plan-issue.ts";
import type { CaBundleSnapshot, SecretSnapshot } from "./ports.ts";
import { decodeSecret, encodeSecret } from "./secret-format.ts";
import { EMPTY_STATE, isSameState, isSameTrust, type Leaf, type TrustState } from "./trust-state.ts";

/** Where one reconciliation ended. */
export interface Reconciliation {
  /** The leaf to serve; undefined when there is none yet. */
  readonly served: Leaf | undefined;
  /** Whether the API server trusts it, as far as that is ours to see to. */
  readonly isTrusted: boolean;
  /** What a person has to know or do, with nothing secret in it; undefined when all is well. */
  readonly problem: string | undefined;
}

/** Each write is read back, and each lost race is another replica's step forward: more rounds mean that somebody fights us. */
const MAX_ROUNDS = 12;

/**
 * What was read longer ago, in milliseconds, is read again, unless the overlap is longer: the process may have been stopped or
 * suspended in between. It is above the longest wait for an answer.
 */
const MIN_STALE_MS = 30_000;

/** What there is to know at the start of a round. */
interface Reading {
  readonly bundle: CaBundleSnapshot | undefined;
  readonly secret: SecretSnapshot | undefined;
  readonly stored: TrustState;
  readonly merged: TrustState;
  readonly nowMs: number;
  /** When it was begun, by the clock that never jumps. */
  readonly askedAtMs: number;
}

/** @see reconcile */
export class Reconciler {
  readonly #options: ManagedCertificatesOptions;
  readonly #observer: BundleObserver;
  /** What was last known to be stored, keys included: it heals a Secret that lost it. */
  #remembered: TrustState = EMPTY_STATE;
  #problem: string | undefined;

  constructor(options: ManagedCertificatesOptions) {
    this.#options = options;
    this.#observer = new BundleObserver(options.policy.overlapMs, options.clock.elapsedMs);
  }

  /** Does all that can be done now. Never rejects. @param serving what this replica serves so far */
  async reconcile(serving: Leaf | undefined): Promise<Reconciliation> {
    let served = serving;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      this.#problem = undefined;
      const reading = await this.#attempt(() => this.#read());
      if (reading === undefined) {
        break;
      }
      if (this.#isStale(reading)) {
        continue;
      }
      const context = { nowMs: reading.nowMs, applied: this.#observer, policy: this.#options.policy };
      served = chooseServed(served, reading.merged.leaf, context);
      const wrote = (await this.#writeSecret(reading)) || (await this.#writeBundle(reading));
      if (!wrote) {
        const isTrusted = served !== undefined && this.#observer.isApplied(served.issuer);
        return { served, isTrusted, problem: this.#problem };
      }
      this.#problem = "others change the Secret or the webhook configuration all the time";
    }
    return { served, isTrusted: false, problem: this.#problem };
  }

  async #read(): Promise<Reading> {
    const { caBundle, clock, dnsNames, policy } = this.#options;
    const askedAtMs = clock.elapsedMs();
    const bundle = await caBundle?.read();
    const isFillable = bundle !== undefined && bundle.bundles.length > 0;
    this.#observer.observe(
      isFillable
        ? {
            certificates: commonTo(bundle.bundles.map(parseAppliedBundle)),
            resourceVersion: bundle.resourceVersion,
          }
        : undefined,
      askedAtMs,
    );
    const secret = await this.#attempt(() => this.#readSecret());
    const nowMs = secret?.serverTimeMs ?? bundle?.serverTimeMs ?? clock.nowMs();
    const stored = secret === undefined ? EMPTY_STATE : decodeSecret(secret.data, dnsNames);
    const applied = isFillable ? bundle.bundles.flatMap(parseBundle) : undefined;
    const merged = mergeStates({ stored, remembered: this.#remembered, applied, nowMs }, policy);
    return { bundle: isFillable ? bundle : undefined, secret, stored, merged, nowMs, askedAtMs };
  }

  #isStale({ askedAtMs }: Reading): boolean {
    const { clock, policy } = this.#options;
    return clock.elapsedMs() - askedAtMs >= Math.max(policy.overlapMs, MIN_STALE_MS);
  }

  async #readSecret(): Promise<SecretSnapshot | undefined> {
    const secret = await this.#options.secret.read();
    if (secret === undefined) {
      this.#problem = `${this.#options.secret.name} is missing: apply the manifests again`;
    }
    return secret;
  }

  /** Tells whether something was written or lost to another replica, so that all has to be read again. */
  async #writeSecret({ secret, stored, merged, nowMs }: Reading): Promise<boolean> {
    if (secret === undefined) {
      return false;
    }
    const { policy, dnsNames } = this.#options;
    const written = await this.#attempt(async () => {
      const plan = planIssue(merged, { nowMs, policy, applied: this.#observer });
      const target = await issueState(merged, { plan, policy, dnsNames, nowMs });
      if (isSameState(target, stored)) {
        this.#remembered = stored;
        return "same";
      }
      const outcome = await secret.replace(encodeSecret(target));
      if (outcome === "written") {
        this.#remembered = target;
        this.#logWrite(target);
      }
      return outcome;
    });
    return written === "written" || written === "conflict";
  }

  /** As {@link Reconciler.#writeSecret}. Whatever is wrong with the Secret, a caBundle is healed with what is known. */
  async #writeBundle({ bundle, merged }: Reading): Promise<boolean> {
    if (bundle === undefined || merged.trusted.length === 0) {
      return false;
    }
    if (bundle.bundles.every((text) => isSameTrust(parseAppliedBundle(text), merged.trusted))) {
      return false;
    }
    const written = await this.#attempt(() => bundle.replace(formatBundle(merged.trusted)));
    if (written === "written") {
      this.#options.logger.info({ authorities: merged.trusted.length }, "Applied the caBundle");
    }
    return written !== undefined;
  }

  async #attempt<T>(action: () => Promise<T>): Promise<T | undefined> {
    try {
      return await action();
    } catch (error) {
      this.#options.logger.debug({ err: error }, "Ran into an error while keeping the certificates");
      this.#problem = reasonOf(error);
      return undefined;
    }
  }

  #logWrite({ authority, leaf, trusted }: TrustState): void {
    const end = (atMs: number | undefined) => atMs !== undefined && new Date(atMs).toISOString();
    this.#options.logger.info(
      {
        notAfter: end(leaf?.notAfterMs),
        authorityNotAfter: end(authority?.certificate.notAfterMs),
        authorities: trusted.length,
      },
      "Wrote the certificate Secret",
    );
  }
}

/** Only errors of our own have messages that may be shown. */
function reasonOf(error: unknown): string {
  const isOwn =
    error instanceof Error && "code" in error && /^ERR_(API_SERVER|CERTIFICATE)$/.test(String(error.code));
  return isOwn ? error.message : "the API server could not be asked";
}
