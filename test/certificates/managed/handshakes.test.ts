/** Real TLS: clients that trust what the caBundle says, and nothing else, keep calling while leaves and CAs rotate. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:https";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:tls";
import type { RotationPolicy } from "../../../src/certificates/managed/rotation-policy.ts";
import { SYSTEM_CLOCK } from "../../../src/telemetry/clock.ts";
import { listenOn } from "../../listen-on.ts";
import { waitUntil } from "../../wait-until.ts";
import { MemoryCluster } from "./memory-cluster.ts";
import { fingerprints, makeReplica } from "./scene.ts";

/** Leaves are followed after four seconds, CAs after eight. The overlap leaves room for a busy machine. */
const POLICY: RotationPolicy = { caValidityMs: 12_000, leafValidityMs: 6_000, overlapMs: 1_500 };
const NAME = "pullring.pullring.svc";
const WATCHDOG_MS = 90_000;

/** A replica that is ready; it ends with the test. */
async function serve(context: TestContext, cluster: MemoryCluster): Promise<number> {
  const ended = new AbortController();
  const certificates = makeReplica(cluster, SYSTEM_CLOCK, { policy: POLICY, pollIntervalMs: 100 });
  const server = createServer((_request, response) => response.end());
  certificates.onChange(({ cert, key }) => server.setSecureContext({ cert, key, minVersion: "TLSv1.2" }));
  void certificates.run(ended.signal);
  context.after(() => {
    ended.abort();
    server.close();
  });
  const port = await listenOn(server);
  await waitUntil("a certificate", () => certificates.notReady() === undefined);
  return port;
}

/** One full handshake, verified against `ca`; gives the certificate that was shown. @throws Error when it is not trusted */
async function shake(port: number, ca: string): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, ca, servername: NAME });
  try {
    await once(socket, "secureConnect");
    return socket.getPeerX509Certificate()?.fingerprint256 ?? "none";
  } finally {
    socket.destroy();
  }
}

test("a client that trusts the caBundle of a moment ago loses no handshake with any of two replicas over 8 leaves and 3 CAs", async (context) => {
  const cluster = new MemoryCluster();
  const ports = [await serve(context, cluster), await serve(context, cluster)];
  const leaves = new Set<string>();
  const cas = new Set<string>();
  const late: { readonly atMs: number; readonly pem: string }[] = [];
  const deadline = performance.now() + WATCHDOG_MS;
  while (leaves.size < 8 || cas.size < 3) {
    assert.ok(performance.now() < deadline, `${leaves.size} leaves, ${cas.size} CAs`);
    const pem = cluster.bundle?.pems[0] ?? "";
    late.push({ atMs: performance.now(), pem });
    // What an API server that is late by half of the overlap goes by.
    while ((late[1]?.atMs ?? Number.POSITIVE_INFINITY) < performance.now() - POLICY.overlapMs / 2) late.shift();
    for (const port of ports) {
      leaves.add(await shake(port, pem));
      leaves.add(await shake(port, late[0]?.pem ?? pem));
    }
    for (const fingerprint of fingerprints(pem)) cas.add(fingerprint);
    await sleep(10);
  }
});
