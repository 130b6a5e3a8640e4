/**
 * The certificate source `managed`: replicas that share one Secret keep an authority and a leaf in it, and the authority in
 * the caBundle of their webhook configuration. Each replica runs the same loop; none leads. Nothing is written to disk.
 */
import type { Logger } from "../../telemetry/logger.ts";
import type { CertificatePair, CertificateSource } from "../source.ts";
import type { CaBundle, SharedSecret } from "./ports.ts";
import { Reconciler } from "./reconciler.ts";
import type { RotationPolicy } from "./rotation-policy.ts";
import type { Leaf } from "./trust-state.ts";

/** @see ManagedCertificates */
export interface ManagedCertificatesOptions {
  readonly secret: SharedSecret;
  /** undefined: the caBundle is not ours to apply; whoever does it takes `ca.crt` of the Secret. */
  readonly caBundle: CaBundle | undefined;
  /** What the leaf names, {@link serviceNames} as a rule. */
  readonly dnsNames: readonly string[];
  /** Without faults, see listPolicyFaults. */
  readonly policy: RotationPolicy;
  /** Milliseconds between two looks at Secret, caBundle and clock; 10,000 is a good value. Far below a day. */
  readonly pollIntervalMs: number;
  readonly clock: ManagedClock;
  readonly logger: Logger;
}

/** The clocks of this machine. */
export interface ManagedClock {
  /** Milliseconds since 1970; may jump. Used when the API server does not tell its own time. */
  nowMs(): number;
  /** Milliseconds since whenever; never jumps. */
  elapsedMs(): number;
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
export class ManagedCertificates implements CertificateSource {
  readonly #options: ManagedCertificatesOptions;
  readonly #reconciler: Reconciler;
  readonly #listeners: ((pair: CertificatePair) => void)[] = [];
  #served: Leaf | undefined;
  #problem: string | undefined;
  #watchProblem: string | undefined;
  #wasReady = false;
  #wake: () => void = () => undefined;

  constructor(options: ManagedCertificatesOptions) {
    this.#options = options;
    this.#reconciler = new Reconciler(options);
  }

  current(): CertificatePair | undefined {
    return this.#served === undefined ? undefined : pairOf(this.#served);
  }

  onChange(listener: (pair: CertificatePair) => void): void {
    this.#listeners.push(listener);
  }

  /** End of the served leaf, in milliseconds since 1970, for the metric; undefined while none is served. */
  expiresAt(): number | undefined {
    return this.#served?.notAfterMs;
  }

  /** Why not ready yet; undefined from the first moment on that a certificate was served which the API server trusts. */
  notReadyReason(): string | undefined {
    return this.#wasReady ? undefined : (this.#problem ?? "no certificate yet");
  }

  /** What a person should mend, ready or not; undefined when all is well. */
  problem(): string | undefined {
    const parts = [this.#problem, this.#watchProblem].filter((part) => part !== undefined);
    return parts.length === 0 ? undefined : parts.join("; ");
  }

  /** Looks at once, then at each interval and after each change of the webhook configuration, until `signal` is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { caBundle, pollIntervalMs } = this.#options;
    const watching = caBundle?.watch(() => this.#wake(), signal);
    signal.addEventListener("abort", () => this.#wake(), { once: true });
    while (!signal.aborted) {
      // Made before the look, so that a change during it is not missed.
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await this.reconcile();
      const timer = setTimeout(this.#wake, pollIntervalMs);
      await woken;
      clearTimeout(timer);
    }
    await watching;
  }

  /** One look, with all writing that follows from it. Never rejects: a problem is logged once and told by readiness. */
  async reconcile(): Promise<void> {
    const { served, isTrusted, problem } = await this.#reconciler.reconcile(this.#served);
    this.#tell(problem);
    this.#tellWatch(this.#options.caBundle?.problem());
    this.#wasReady ||= served !== undefined && isTrusted;
    if (served !== undefined && served.fingerprint !== this.#served?.fingerprint) {
      this.#served = served;
      for (const listener of this.#listeners) {
        listener(pairOf(served));
      }
    }
  }

  #tell(problem: string | undefined): void {
    if (problem === this.#problem) {
      return;
    }
    this.#problem = problem;
    if (problem === undefined) {
      this.#options.logger.info("Resumed keeping the certificates");
    } else {
      this.#options.logger.error({ reason: problem }, "Left the certificates as they were");
    }
  }

  #tellWatch(problem: string | undefined): void {
    if (problem !== undefined && problem !== this.#watchProblem) {
      this.#options.logger.error(
        { reason: problem },
        "Could not watch the webhook configuration, which is looked at less often now",
      );
    }
    this.#watchProblem = problem;
  }
}

function pairOf({ cert, key, notAfterMs }: Leaf): CertificatePair {
  return { cert, key, expiresAtMs: notAfterMs };
}
