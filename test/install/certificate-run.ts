/** What happens to certificates while Pods are created: rotations are counted, a Secret is deleted, a caBundle is emptied. */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:tls";
import { splitPem } from "../../src/certificates/pem-bundle.ts";
import type { KubeObject } from "../e2e/control-plane/api-client.ts";
import { TLS_SECRET_PATH } from "../manifests/object-paths.ts";
import { waitUntil } from "../wait-until.ts";
import type { Span } from "./creations.ts";
import type { InstalledService } from "./installed-service.ts";
import { WEBHOOK_PORT } from "./replica.ts";

/** What clients that go by the caBundle of the moment saw of two replicas. */
export interface Rotations {
  /** Changes of a served certificate, of all replicas together. */
  leaves(): number;
  /** Changes of the newest CA in the Secret. */
  cas(): number;
  handshakes(): number;
  /** Why handshakes failed although there was a caBundle. */
  readonly lost: readonly string[];
  stop(): Promise<void>;
}

const POLL_MS = 200;
/** How long the Secret is missing before a person applies it again. */
const MISSING_MS = 3_000;
/** Between two checks of a caBundle that is emptied and written again. */
const EMPTY_POLL_MS = 5;

/** Reads the caBundle, makes a handshake with each replica, reads the Secret, and so on. */
export function countRotations(installed: InstalledService, addresses: readonly string[]): Rotations {
  const leaves = new Set<string>();
  const cas = new Set<string>();
  const lost: string[] = [];
  let handshakes = 0;
  const ending = new AbortController();
  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const [bundle = ""] = await installed.readBundles();
      const ca = Buffer.from(bundle, "base64").toString("utf8");
      for (const host of ca === "" ? [] : addresses) {
        handshakes += 1;
        await shake(host, ca).then(
          (fingerprint) => leaves.add(fingerprint),
          (error: Error) => lost.push(error.message),
        );
      }
      const answer = await installed.plane.api.request("GET", TLS_SECRET_PATH);
      const { data } = answer.body as { readonly data?: Readonly<Record<string, string>> };
      const [newest] = splitPem(Buffer.from(data?.["ca.crt"] ?? "", "base64").toString("utf8"));
      if (newest !== undefined) cas.add(newest);
      await sleep(POLL_MS);
    }
  };
  const running = run();
  return {
    leaves: () => Math.max(0, leaves.size - addresses.length),
    cas: () => Math.max(0, cas.size - 1),
    handshakes: () => handshakes,
    lost,
    stop: async () => {
      ending.abort();
      await running;
    },
  };
}

/** One full handshake. @returns what identifies the certificate @throws Error when `ca` does not vouch for it */
async function shake(host: string, ca: string): Promise<string> {
  const socket = connect({ host, port: WEBHOOK_PORT, ca, servername: "pullring.pullring.svc" });
  try {
    await once(socket, "secureConnect");
    return socket.getPeerX509Certificate()?.fingerprint256 ?? "";
  } finally {
    socket.destroy();
  }
}

/** Deletes the Secret, and applies it again as a person would. Returns when it is filled. */
export async function deleteSecret(installed: InstalledService): Promise<void> {
  const { api } = installed.plane;
  await api.expect("DELETE", TLS_SECRET_PATH);
  await sleep(MISSING_MS);
  await installed.applySecret();
  await waitUntil("the content of the Secret", async () => {
    const { data = {} } = await api.expect<KubeObject & { data?: Record<string, string> }>("GET", TLS_SECRET_PATH);
    return (data["ca.key"] ?? "") !== "";
  });
}

/** Empties the caBundle of each webhook; gives the time for which one of them was empty, as far as can be seen. */
export async function emptyBundles(installed: InstalledService): Promise<Span> {
  const startMs = Date.now();
  await installed.emptyBundles();
  await waitUntil("the caBundle", async () => (await installed.readBundles()).every((bundle) => bundle !== ""), {
    intervalMs: EMPTY_POLL_MS,
  });
  return { startMs, endMs: Date.now() };
}
