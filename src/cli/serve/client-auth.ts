/** Opens what decides which clients `pullring serve` answers. */
import { openClientCa } from "../../server/client-auth/client-ca.ts";
import type { ClientPolicy } from "../../server/client-auth/client-certificates.ts";
import { SYSTEM_CLOCK } from "../../telemetry/clock.ts";
import type { FlagValues } from "../flags/flag.ts";
import { type CertificateDependencies, FILE_POLL_MS } from "./certificates.ts";
import type { ServeFlags } from "./options.ts";

/**
 * Gives undefined when every client that reaches the port is answered.
 * @throws CertificateError when the file of --client-ca-file cannot be used
 */
export async function createClientAuth(
  flags: FlagValues<ServeFlags>,
  { logger, signal }: CertificateDependencies,
): Promise<ClientPolicy | undefined> {
  const path = flags["client-ca-file"];
  if (path === "") {
    return undefined;
  }
  const ca = await openClientCa(path, {
    pollIntervalMs: FILE_POLL_MS,
    signal,
    logger: logger.child({ logger: "clients" }),
    clock: SYSTEM_CLOCK,
  });
  return { ca, allowedNames: flags["client-allowed-names"] };
}
