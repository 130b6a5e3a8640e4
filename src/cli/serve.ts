/** `pullring serve`: composes the webhook from its parts and runs it until a signal ends it. */
import { ConfigError } from "../core/app-error.ts";
import { FileCredentialSource } from "../files/file-credential-source.ts";
import type { CertificateSource } from "../server/certificate-source.ts";
import { openFileCertificate } from "../server/file-certificate.ts";
import { openLocalCertificate } from "../server/local-certificate.ts";
import { startServer } from "../server/start-server.ts";
import { createLogger, type Logger } from "../telemetry/logger.ts";
import { createPullringMetrics } from "../telemetry/pullring-metrics.ts";
import type { CommandContext } from "./command.ts";
import { ExitSignals } from "./exit-signals.ts";
import type { FlagValues } from "./flag.ts";
import { gatherFaults } from "./gather-faults.ts";
import type { ServeFlags } from "./serve-flags.ts";
import { readVersion } from "./version.ts";

/** Pause between two looks at the certificate; kubelets renew mounted Secrets about once a minute. */
const CERTIFICATE_POLL_MS = 10_000;

/** Namespace of manifests that name none, as for kubectl without a context. */
const DEFAULT_NAMESPACE = "default";

/**
 * Serves until SIGTERM or SIGINT, then drains; a second signal ends the process at once.
 * @returns 0 after a drain
 * @throws AppError when it cannot start; a ConfigError names all that is wrong with credentials and certificate
 */
export async function serve(flags: FlagValues<ServeFlags>, context: CommandContext): Promise<number> {
  const version = readVersion();
  const logger = createLogger({ level: flags["log-level"], version });
  const signals = new ExitSignals(context.exit, logger);
  const ending = new AbortController();
  try {
    const { source, certificates } = await openParts(flags, { logger, signal: ending.signal });
    const metrics = createPullringMetrics({
      version,
      credentialSecrets: () => source.count().credentials,
      invalidSecrets: () => source.count().malformed,
      certificateExpiryMs: () => certificates.current()?.expiresAtMs,
    });
    const server = await startServer({
      listen: flags.listen,
      adminListen: flags["admin-listen"],
      source,
      certificates,
      checks: [],
      onAnswer: (answer) => metrics.countAnswer(answer),
      renderMetrics: () => metrics.render(),
      version,
      logger,
    });
    const following = source.run(ending.signal);
    const signal = await signals.first;
    logger.info({ signal, graceSeconds: flags["drain-grace"] / 1000 }, "Started to drain");
    await server.drain(flags["drain-grace"]);
    ending.abort();
    await following;
    logger.info("Stopped");
    return 0;
  } finally {
    ending.abort();
    signals.release();
  }
}

interface Parts {
  readonly source: FileCredentialSource;
  readonly certificates: CertificateSource;
}

interface Surroundings {
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

async function openParts(flags: FlagValues<ServeFlags>, surroundings: Surroundings): Promise<Parts> {
  const logger = surroundings.logger.child({ logger: "credentials" });
  const [source, certificates] = await Promise.allSettled([
    FileCredentialSource.open({ paths: flags.credentials, defaultNamespace: DEFAULT_NAMESPACE, logger }),
    openCertificates(flags, surroundings),
  ]);
  if (source.status === "fulfilled" && certificates.status === "fulfilled") {
    return { source: source.value, certificates: certificates.value };
  }
  throw new ConfigError(gatherFaults([source, certificates]));
}

function openCertificates(
  flags: FlagValues<ServeFlags>,
  { logger, signal }: Surroundings,
): Promise<CertificateSource> {
  const options = {
    pollIntervalMs: CERTIFICATE_POLL_MS,
    signal,
    logger: logger.child({ logger: "certificate" }),
    now: Date.now,
  };
  return flags.tls === "local"
    ? openLocalCertificate(flags["tls-dir"], options)
    : openFileCertificate({ certPath: flags["tls-cert-file"], keyPath: flags["tls-key-file"] }, options);
}
