/** Opens what decides which clients `pullring serve` answers. */
import { type ClientPolicy, openClientCa } from "../../server/client-certificates.ts";
import { SYSTEM_CLOCK } from "../../telemetry/clock.ts";
import { type CertificateDependencies, FILE_POLL_MS } from "./certificates.ts";
import type { ServeOptions } from "./options.ts";

/**
 * Gives undefined when every client that reaches the port is answered.
 * @throws CertificateError when the file of --client-ca-file cannot be used
 */
export async function createClientAuth(
  { clientCaFile, clientAllowedNames }: ServeOptions,
  { logger, signal }: CertificateDependencies,
): Promise<ClientPolicy | undefined> {
  if (clientCaFile === undefined) return undefined;
  const ca = await openClientCa(clientCaFile, {
    pollIntervalMs: FILE_POLL_MS,
    signal,
    logger: logger.child({ logger: "clients" }),
    clock: SYSTEM_CLOCK,
  });
  return { ca, allowedNames: clientAllowedNames };
}
