/** A server with managed certificates in the test's own process: it allows everything, and counts handshakes, calls and leaves. */
import { createServer } from "node:https";
import { ManagedCertificates, serviceNames } from "../../../src/certificates/managed/managed-source.ts";
import type { RotationPolicy } from "../../../src/certificates/managed/rotation-policy.ts";
import { ApiClient } from "../../../src/cluster/api/api-client.ts";
import { loadClientConfig } from "../../../src/cluster/api/client-config.ts";
import { SecretStore } from "../../../src/cluster/own-objects/secret-store.ts";
import { WebhookConfiguration } from "../../../src/cluster/own-objects/webhook-configuration.ts";
import { SYSTEM_CLOCK } from "../../../src/telemetry/clock.ts";
import { createLogger } from "../../../src/telemetry/logger.ts";
import { listenOn } from "../../listen-on.ts";
import { waitUntil } from "../../wait-until.ts";

/** Leaves are followed after 6 s, CAs after 16: the margins are wide enough for a machine that is busy with other things. */
const POLICY: RotationPolicy = { caValidityMs: 24_000, leafValidityMs: 9_000, overlapMs: 1_000 };

/** @see startManagedReplica */
export interface ManagedReplica {
  readonly certificates: ManagedCertificates;
  /** Where the API server can call it; the leaf names `localhost` besides the Service. */
  readonly url: string;
  /** Resolves when the replica has ended, after the signal. */
  readonly ended: Promise<void>;
  handshakes(): number;
  calls(): number;
  /** Leaves served so far. */
  leaves(): number;
}

/** Starts a replica with the rights of `kubeconfig` and returns when it is ready. */
export async function startManagedReplica(kubeconfig: string, signal: AbortSignal): Promise<ManagedReplica> {
  const load = () => loadClientConfig({ kubeconfig });
  const client = new ApiClient({ load, userAgent: "pullring/test", maxConnections: 4 });
  const service = { name: "pullring", namespace: "pullring" };
  const certificates = new ManagedCertificates({
    secret: new SecretStore({ client, namespace: "pullring", name: "pullring-tls" }),
    caBundle: new WebhookConfiguration({ client, name: "pullring", service }),
    dnsNames: [...serviceNames("pullring", "pullring"), "localhost"],
    policy: POLICY,
    pollIntervalMs: 200,
    clock: SYSTEM_CLOCK,
    logger: createLogger({ level: "silent", version: "0.0.0" }),
  });
  const counts = { handshakes: 0, calls: 0, leaves: 0 };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      counts.calls += 1;
      const review = JSON.parse(Buffer.concat(chunks).toString("utf8")) as { request: { uid: string } };
      const answer = { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview" };
      // Each call is to make a handshake of its own.
      response.writeHead(200, { "content-type": "application/json", connection: "close" });
      response.end(JSON.stringify({ ...answer, response: { uid: review.request.uid, allowed: true } }));
    });
  });
  server.on("secureConnection", () => {
    counts.handshakes += 1;
  });
  certificates.onChange(({ cert, key }) => {
    counts.leaves += 1;
    server.setSecureContext({ cert, key, minVersion: "TLSv1.2" });
  });
  const port = await listenOn(server);
  const ended = certificates.run(signal).then(() => {
    server.close();
    client.close();
  });
  await waitUntil("a replica with a certificate", () => certificates.notReady() === undefined);
  return {
    certificates,
    url: `https://localhost:${port}/`,
    ended,
    handshakes: () => counts.handshakes,
    calls: () => counts.calls,
    leaves: () => counts.leaves,
  };
}
