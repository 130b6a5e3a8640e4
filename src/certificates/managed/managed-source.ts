/**
 * The certificate source `managed`: replicas share a CA in one Secret and keep it in the caBundle of their webhook
 * configuration; each signs its own short-lived serving certificate and holds it in memory. Each runs the same loop; none leads.
 */
import { X509Certificate } from "node:crypto";
import type { HealthCheck } from "../../telemetry/health-check.ts";
import { issueLeaf } from "../issue.ts";
import type { Ca } from "../pem-bundle.ts";
import type { CertificatePair, CertificateSource } from "../source.ts";
import { chooseSigner } from "./ca-rules.ts";
import { type KnownState, Reconciler, type ReconcilerOptions } from "./reconciler.ts";
import { isRenewalDue } from "./rotation-policy.ts";

/** @see ManagedCertificates */
export interface ManagedCertificatesOptions extends ReconcilerOptions {
  /** What the serving certificate names, one at least; the names of the Service as a rule. */
  readonly dnsNames: readonly string[];
  /** Milliseconds between two polls of Secret, caBundle and clock; 10,000 is a good value. Far below a day. */
  readonly pollIntervalMs: number;
}

/** A certificate that a replica made for itself. Its key is never written anywhere. */
interface Leaf extends CertificatePair {
  /** Fingerprint of the CA that signed it. */
  readonly issuer: string;
  readonly createdAtMs: number;
}

/**
 * What was read longer ago, in milliseconds, decides nothing, unless the overlap is longer: the process may have been stopped or
 * suspended in between. It is above the longest wait for an answer.
 */
const MIN_STALE_MS = 30_000;

/** The names by which a Service is called from within its cluster; API servers use the third. */
export function serviceNames(service: string, namespace: string): readonly string[] {
  const local = `${service}.${namespace}.svc`;
  return [service, `${service}.${namespace}`, local, `${local}.cluster.local`];
}

/** Keeps the certificates and gives the one to serve. */
export class ManagedCertificates implements CertificateSource, HealthCheck {
  readonly name = "managed-certificate";
  readonly #options: ManagedCertificatesOptions;
  readonly #reconciler: Reconciler;
  readonly #listeners: ((pair: CertificatePair) => void)[] = [];
  #leaf: Leaf | undefined;
  /** What the leaf was last found to be right by. */
  #known: KnownState | undefined;
  #problem: string | undefined;
  #wasReady = false;
  #wake: () => void = () => undefined;

  constructor(options: ManagedCertificatesOptions) {
    this.#options = options;
    this.#reconciler = new Reconciler(options);
  }

  current(): CertificatePair | undefined {
    return this.#leaf;
  }

  onChange(listener: (pair: CertificatePair) => void): void {
    this.#listeners.push(listener);
  }

  /** undefined from the first moment on that a certificate was served which the API server trusts, whatever comes after. */
  notReady(): string | undefined {
    return this.#wasReady ? undefined : (this.#problem ?? "no certificate yet");
  }

  problem(): string | undefined {
    return this.#problem;
  }

  /** Reconciles at once, then at each interval and after each change of the webhook configuration, until `signal` is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { caBundle, clock, pollIntervalMs } = this.#options;
    const watching = caBundle?.watch(() => this.#wake(), signal);
    signal.addEventListener("abort", () => this.#wake(), { once: true });
    while (!signal.aborted) {
      // Made before reading, so that a change in the meantime is not missed.
      const woken = new AbortController();
      this.#wake = () => woken.abort();
      await this.reconcile();
      await clock.delay(pollIntervalMs, woken.signal);
    }
    await watching;
  }

  /** Reads once, with all writing that follows from it. Never rejects: a problem is logged once and shown by readiness. */
  async reconcile(): Promise<void> {
    const { caBundle, clock, policy } = this.#options;
    const state = await this.#reconciler.settle();
    const made = await this.#reconciler.attempt(() => this.#makeDueLeaf(state));
    this.#noteProblems([this.#reconciler.problem, caBundle?.problem()]);
    const staleMs = Math.max(policy.overlapMs, MIN_STALE_MS);
    if (state !== undefined && clock.elapsed() - state.readStartedAt >= staleMs) return;
    if (made !== undefined) {
      this.#leaf = made;
      for (const listener of this.#listeners) listener(made);
    }
    this.#known = state ?? this.#known;
    this.#wasReady ||= this.#leaf !== undefined && state?.applied.has(this.#leaf.issuer) === true;
  }

  /** undefined when the served leaf stays. */
  async #makeDueLeaf(state: KnownState | undefined): Promise<Leaf | undefined> {
    const { clock, policy } = this.#options;
    const servedBy = this.#leaf?.issuer;
    if (state !== undefined) {
      return this.#makeLeafBy(chooseSigner(state.cas, state.applied, { ...state, servedBy, policy }), state.nowMs);
    }
    if (this.#known === undefined) return undefined;
    // A leaf of the same CA needs no API server, so that a missing right does not let it end.
    const nowMs = this.#known.nowMs + clock.elapsed() - this.#known.readStartedAt;
    const isSigner = (ca: Ca) => ca.fingerprint === servedBy && ca.key !== undefined && nowMs < ca.notAfterMs;
    return this.#makeLeafBy(this.#known.cas.find(isSigner), nowMs);
  }

  /** Makes a leaf that does not outlive its CA, if one is due. */
  async #makeLeafBy(ca: Ca | undefined, nowMs: number): Promise<Leaf | undefined> {
    const served = this.#leaf;
    if (ca === undefined) return undefined;
    if (served?.issuer === ca.fingerprint) {
      // One of the future was made by a clock that was wrong then or is wrong now.
      const isFuture = nowMs < served.createdAtMs;
      if (!isFuture && !isRenewalDue(served.createdAtMs, served.expiresAtMs, nowMs)) return undefined;
    }
    const { dnsNames, policy } = this.#options;
    const endsAtMs = Math.min(nowMs + policy.leafValidityMs, ca.notAfterMs);
    const made = await issueLeaf({ cert: ca.pem, key: ca.key ?? "" }, dnsNames, { createdAtMs: nowMs, endsAtMs });
    const expiresAtMs = Date.parse(new X509Certificate(made.cert).validTo);
    return { ...made, expiresAtMs, issuer: ca.fingerprint, createdAtMs: nowMs };
  }

  #noteProblems(problems: readonly (string | undefined)[]): void {
    const { logger } = this.#options;
    const reason = problems.filter((one) => one !== undefined).join("; ") || undefined;
    if (reason === this.#problem) return;
    this.#problem = reason;
    if (reason === undefined) logger.info("Resumed keeping the certificates");
    else logger.error({ reason }, "Could not keep the certificates as they should be");
  }
}
