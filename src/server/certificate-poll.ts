/**
 * A certificate that is looked at again and again. Content is compared, not times or inodes, so that a rename, a rewrite and
 * the symlink swap of a mounted Secret are all the same. A pair that cannot be read leaves the last good one in force.
 */

import type { Logger } from "../telemetry/logger.ts";
import { serializeError } from "../telemetry/serialize-error.ts";
import type { CertificatePair, CertificateSource } from "./certificate-source.ts";

/** When and how often a certificate is looked at. */
export interface PollOptions {
  /** Milliseconds between two looks; far below a day, as timers beyond 24.8 days fire at once. */
  readonly pollIntervalMs: number;
  /** Ends the looking. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/**
 * Reads the first pair and polls from then on.
 * @param read gives the pair to serve
 * @throws what `read` throws the first time
 */
export async function pollCertificate(
  read: () => Promise<CertificatePair>,
  { pollIntervalMs, signal, logger }: PollOptions,
): Promise<CertificateSource> {
  const listeners: ((pair: CertificatePair) => void)[] = [];
  let current = await read();
  let lastFault = "";
  let isLogged = false;
  let isLooking = false;
  const look = async (): Promise<void> => {
    try {
      const next = await read();
      lastFault = "";
      isLogged = false;
      if (next.cert !== current.cert || next.key !== current.key) {
        current = next;
        for (const listener of listeners) {
          listener(next);
        }
      }
    } catch (error) {
      // Between two writes a pair may not match for a moment: only what is still wrong at the next look is told, once.
      const fault = faultOf(error);
      isLogged &&= fault === lastFault;
      if (fault === lastFault && !isLogged) {
        isLogged = true;
        logger.error({ err: error }, "Kept the last good certificate");
      }
      lastFault = fault;
    }
  };
  const timer = setInterval(() => {
    if (!isLooking) {
      isLooking = true;
      void look().finally(() => {
        isLooking = false;
      });
    }
  }, pollIntervalMs);
  timer.unref();
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  return { current: () => current, onChange: (listener) => listeners.push(listener) };
}

function faultOf(error: unknown): string {
  const { name, code, message } = serializeError(error);
  return `${name} ${code} ${message}`;
}
