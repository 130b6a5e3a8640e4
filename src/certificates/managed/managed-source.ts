/**
 * The certificate source `managed`: replicas share a CA in one Secret and keep it in the caBundle of their webhook
 * configuration; each signs its own short-lived serving certificate and holds it in memory. Each runs the same loop; none leads.
 */
import type { HealthCheck } from "../../telemetry/health-check.ts";
import type { CertificatePair, CertificateSource } from "../source.ts";
import type { Leaf } from "./leaf.ts";
import { Reconciler, type ReconcilerDependencies } from "./reconciler.ts";

/** @see ManagedCertificates */
export interface ManagedCertificatesOptions extends ReconcilerDependencies {
  /** Milliseconds between two polls of Secret, caBundle and clock; 10,000 is a good value. Far below a day. */
  readonly pollIntervalMs: number;
}

/** The names by which a Service is called from within its cluster; API servers use the third. */
export function serviceNames(service: string, namespace: string): readonly string[] {
  const local = `${service}.${namespace}.svc`;
  return [service, `${service}.${namespace}`, local, `${local}.cluster.local`];
}

/**
 * Keeps the certificates and gives the one to serve.
 * @example
 * const certificates = new ManagedCertificates(options);
 * const ended = certificates.run(signal); // never rejects; ends with the signal
 */
export class ManagedCertificates implements CertificateSource, HealthCheck {
  readonly name = "managed-certificate";
  readonly #options: ManagedCertificatesOptions;
  readonly #reconciler: Reconciler;
  readonly #listeners: ((pair: CertificatePair) => void)[] = [];
  #leaf: Leaf | undefined;
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
    const { leaf, isTrusted, problem } = await this.#reconciler.reconcile(this.#leaf);
    this.#noteProblems([problem, this.#options.caBundle?.problem()]);
    this.#wasReady ||= isTrusted;
    if (leaf !== undefined && leaf !== this.#leaf) {
      this.#leaf = leaf;
      for (const listener of this.#listeners) listener(leaf);
    }
  }

  #noteProblems(problems: readonly (string | undefined)[]): void {
    const problem = problems.filter((one) => one !== undefined).join("; ") || undefined;
    if (problem === this.#problem) return;
    this.#problem = problem;
    if (problem === undefined) {
      this.#options.logger.info("Resumed keeping the certificates");
    } else {
      this.#options.logger.error({ reason: problem }, "Could not keep the certificates as they should be");
    }
  }
}
