/** A certificate that is looked at again and again. A pair that cannot be read leaves the last good one in force. */

import { followContent, type PollOptions } from "./followed-file.ts";
import type { CertificatePair, CertificateSource } from "./source.ts";

/**
 * Reads the first pair and polls from then on.
 * @param read gives the pair to serve
 * @throws what `read` throws the first time
 */
export function pollCertificate(
  read: () => Promise<CertificatePair>,
  options: PollOptions,
): Promise<CertificateSource> {
  return followContent(read, {
    ...options,
    isSame: (a, b) => a.cert === b.cert && a.key === b.key,
    keptMessage: "Kept the last good certificate",
  });
}
