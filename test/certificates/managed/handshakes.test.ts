/** Real TLS: clients that trust what the caBundle says, and nothing else, keep calling while leaves and authorities rotate. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:https";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:tls";
import type { ManagedCertificates } from "../../../src/certificates/managed/managed-source.ts";
import type { RotationPolicy } from "../../../src/certificates/managed/rotation-policy.ts";
import { listenOn } from "../../listen-on.ts";
import { MemoryCluster } from "./memory-cluster.ts";
import { fingerprints, makeReplica, type TestClock } from "./test-replica.ts";

/** Leaves are followed every second or two, authorities every three or so. */
const POLICY: RotationPolicy = {
  caValidityMs: 8_000,
  leafValidityMs: 3_000,
  renewalFraction: 0.5,
  overlapMs: 400,
};
const NAME = "pullring.pullring.svc";
const WATCHDOG_MS = 90_000;

interface Served {
  readonly certificates: ManagedCertificates;
  readonly server: Server;
  readonly port: number;
}

async function serve(cluster: MemoryCluster, signal: AbortSignal): Promise<Served> {
  const clock: TestClock = {
    get nowMs() {
      return Date.now();
    },
    get elapsedMs() {
      return performance.now();
    },
  };
  const certificates = makeReplica({ cluster, clock, policy: POLICY, pollIntervalMs: 100 });
  const server = createServer((_request, response) => response.end());
  certificates.onChange(({ cert, key }) => server.setSecureContext({ cert, key, minVersion: "TLSv1.2" }));
  void certificates.run(signal);
  const port = await listenOn(server);
  while (certificates.notReadyReason() !== undefined) {
    await sleep(10);
  }
  return { certificates, server, port };
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

describe("a client that trusts the caBundle of a moment ago", () => {
  test("loses no handshake with any of two replicas over 12 leaves and 4 authorities", async () => {
    const cluster = new MemoryCluster();
    const ended = new AbortController();
    const replicas = [await serve(cluster, ended.signal), await serve(cluster, ended.signal)];
    const leaves = new Set<string>();
    const authorities = new Set<string>();
    const late: { readonly atMs: number; readonly pem: string }[] = [];
    const deadline = performance.now() + WATCHDOG_MS;
    try {
      while (leaves.size < 12 || authorities.size < 4) {
        assert.ok(performance.now() < deadline, `${leaves.size} leaves, ${authorities.size} authorities`);
        const pem = cluster.bundle?.pems[0] ?? "";
        late.push({ atMs: performance.now(), pem });
        // What an API server that is late by half of the overlap goes by.
        while ((late[1]?.atMs ?? Number.POSITIVE_INFINITY) < performance.now() - POLICY.overlapMs / 2) {
          late.shift();
        }
        for (const { port } of replicas) {
          leaves.add(await shake(port, pem));
          leaves.add(await shake(port, late[0]?.pem ?? pem));
        }
        for (const fingerprint of fingerprints(pem)) {
          authorities.add(fingerprint);
        }
        await sleep(10);
      }
    } finally {
      ended.abort();
      for (const { server } of replicas) {
        server.close();
      }
    }
  });

  test("is refused by a caBundle of somebody else", async () => {
    const cluster = new MemoryCluster();
    const stranger = new MemoryCluster();
    const ended = new AbortController();
    const replicas = [await serve(cluster, ended.signal), await serve(stranger, ended.signal)];
    try {
      const [ours] = replicas;
      await assert.rejects(shake(ours?.port ?? 0, stranger.bundle?.pems[0] ?? ""), {
        code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      });
    } finally {
      ended.abort();
      for (const { server } of replicas) {
        server.close();
      }
    }
  });

  test("is served again as soon as the watch has told of an emptied caBundle", async () => {
    const cluster = new MemoryCluster();
    const ended = new AbortController();
    const { server, port } = await serve(cluster, ended.signal);
    try {
      const before = cluster.bundle?.pems[0];
      cluster.setBundle("");
      while (cluster.bundle?.pems[0] === "") {
        await sleep(1);
      }
      assert.equal(cluster.bundle?.pems[0], before);
      await shake(port, before ?? "");
    } finally {
      ended.abort();
      server.close();
    }
  });
});
