/** Opens what decides which clients `pullring serve` answers. */
import { openClientAuthority } from "../server/client-authority.ts";
import type { ClientPolicy } from "../server/client-gate.ts";
import type { FlagValues } from "./flag.ts";
import type { ServeFlags } from "./serve-flags.ts";
import { type CertificateSurroundings, FILE_POLL_MS } from "./served-certificates.ts";

/**
 * Gives undefined when whoever reaches the port is answered.
 * @throws CertificateError when the file of --client-ca-file cannot be used
 */
export async function openServedClients(
  flags: FlagValues<ServeFlags>,
  { logger, signal }: CertificateSurroundings,
): Promise<ClientPolicy | undefined> {
  const path = flags["client-ca-file"];
  if (path === "") {
    return undefined;
  }
  const authority = await openClientAuthority(path, {
    pollIntervalMs: FILE_POLL_MS,
    signal,
    logger: logger.child({ logger: "clients" }),
    now: Date.now,
  });
  return { authority, allowedNames: flags["client-allowed-names"] };
}
