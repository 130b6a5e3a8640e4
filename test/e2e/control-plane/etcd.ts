/** The etcd of a control plane: its flags, and the two things that tests do to it beyond starting it. */
import { join } from "node:path";
import type { ProcessOptions } from "./managed-process.ts";

/** How etcd is started. */
export interface EtcdOptions {
  readonly binary: string;
  readonly directory: string;
  /** `http://ADDRESS:PORT` for clients. */
  readonly url: string;
  readonly extraFlags: readonly string[];
}

/** The process to start. Nothing is synced to disk: the data never outlives the test. */
export function etcdProcess(options: EtcdOptions): ProcessOptions {
  const peerUrl = new URL(options.url);
  peerUrl.port = "0";
  return {
    name: "etcd",
    command: options.binary,
    args: [
      `--data-dir=${join(options.directory, "etcd")}`,
      `--listen-client-urls=${options.url}`,
      `--advertise-client-urls=${options.url}`,
      `--listen-peer-urls=${peerUrl.origin}`,
      "--unsafe-no-fsync",
      "--log-level=warn",
      ...options.extraFlags,
    ],
  };
}

/**
 * Compacts etcd up to its present revision and returns that revision. Reading or watching from an older one is then `410
 * Gone` where etcd is asked; the API server's cache goes on answering from its own history until the API server is
 * restarted (or from the start has no cache: `--watch-cache=false`).
 * @see etcd api/etcdserverpb/rpc.proto, served as JSON by etcd's gRPC gateway
 */
export async function compactEtcd(url: string): Promise<number> {
  const anyKey = Buffer.from("/").toString("base64");
  const range = await post(`${url}/v3/kv/range`, { key: anyKey, limit: "1" });
  const revision = Number(range.header?.revision);
  if (!Number.isSafeInteger(revision)) throw new Error("etcd named no revision");
  await post(`${url}/v3/kv/compaction`, { revision: String(revision), physical: true });
  return revision;
}

interface EtcdAnswer {
  readonly header?: { readonly revision?: string };
}

async function post(url: string, body: unknown): Promise<EtcdAnswer> {
  const response = await fetch(url, { method: "POST", body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url}: status ${response.status}: ${await response.text()}`);
  return (await response.json()) as EtcdAnswer;
}
