/** A cluster source against the fake API server, with a kubeconfig on disk and a log that is searched for secrets at the end. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type MadeCertificate, makeLocalCertificate } from "../../src/certificates/issue.ts";
import { ApiClient, type ApiClientOptions } from "../../src/cluster/api/api-client.ts";
import { loadClientConfig } from "../../src/cluster/api/client-config.ts";
import {
  type ClusterSource,
  type ClusterSourceOptions,
  createClusterSource,
} from "../../src/cluster/cluster-source.ts";
import type { LiveReadScope } from "../../src/core/admission/needs-live-read.ts";
import type { LiveView } from "../../src/server/admission/ports.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { waitUntil } from "../wait-until.ts";
import { FakeApiServer } from "./fake-api-server.ts";

/** In all fake Secrets; never to be seen anywhere. */
export const PASSWORD = "hunter2-is-radioactive";
/** The first bearer token of a testbed. */
export const FIRST_TOKEN = "token-one-is-radioactive";

const certificate = makeLocalCertificate(Date.now());

/** Everything of one test. */
export interface Testbed {
  readonly server: FakeApiServer;
  readonly cluster: ClusterSource;
  /** Log lines so far. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  readonly kubeconfig: string;
  readonly caFile: string;
  /** Starts the source and waits until it is ready. */
  ready(): Promise<void>;
  /** Starts the source. */
  run(): void;
  /** Names of the credentials of a namespace, sorted. */
  names(namespace: string): readonly string[];
  /** Asks for a live read; of the ServiceAccount `default` and of the whole namespace by default. */
  readLive(namespace: string, serviceAccountName?: string, scope?: LiveReadScope): Promise<LiveView>;
}

/** Makes a testbed, which ends with the test; the source is not started yet. */
export async function makeTestbed(t: TestContext, options: Partial<ClusterSourceOptions> = {}): Promise<Testbed> {
  const pair = await certificate;
  const server = await FakeApiServer.start(pair);
  const files = writeKubeconfig(server.url, pair);
  const lines: string[] = [];
  const cluster = createClusterSource({
    loadConfig: () => loadClientConfig({ kubeconfig: files.kubeconfig }),
    version: "1.2.3",
    logger: createLogger({ level: "debug", version: "1.2.3", destination: { write: (line) => lines.push(line) } }),
    ...options,
    limits: {
      ...options.limits,
      reflector: { backoff: { baseMs: 5, capMs: 40 }, shortestWatchMs: 20, ...options.limits?.reflector },
    },
  });
  const stopped = new AbortController();
  let running: Promise<void> | undefined;
  const run = (): void => {
    running = cluster.run(stopped.signal);
  };
  t.after(async () => {
    stopped.abort();
    await running;
    await server.close();
    rmSync(files.directory, { recursive: true });
    assertNoSecrets(lines.join(""));
  });
  return {
    server,
    cluster,
    ...files,
    get log() {
      return lines.map((line) => JSON.parse(line));
    },
    run,
    ready: async () => {
      run();
      await until(() => cluster.notReady() === undefined);
    },
    names: (namespace) => [...cluster.view(namespace, "default").keyring.credentials.keys()],
    readLive: async (namespace, serviceAccountName = "default", scope = "namespace") => {
      assert.ok(cluster.readLive);
      return cluster.readLive({ namespace, serviceAccountName, scope });
    },
  };
}

/** No test passes that leaves a password, a payload or a token in the log. */
function assertNoSecrets(log: string): void {
  for (const secret of [PASSWORD, FIRST_TOKEN, Buffer.from(`u:${PASSWORD}`).toString("base64"), "eyJhdXRocyI6"]) {
    assert.equal(log.includes(secret), false, "a secret stands in the log");
  }
}

function writeKubeconfig(
  url: string,
  { caCert }: MadeCertificate,
): { directory: string; kubeconfig: string; tokenFile: string; caFile: string } {
  const directory = mkdtempSync(join(tmpdir(), "pullring-cluster-source-"));
  const files = {
    kubeconfig: join(directory, "config"),
    tokenFile: join(directory, "token"),
    caFile: join(directory, "ca.crt"),
  };
  writeFileSync(files.tokenFile, `${FIRST_TOKEN}\n`);
  writeFileSync(files.caFile, caCert);
  const config = {
    clusters: [{ name: "fake", cluster: { server: url, "certificate-authority": "ca.crt" } }],
    users: [{ name: "pullring", user: { tokenFile: "token" } }],
    contexts: [{ name: "fake", context: { cluster: "fake", user: "pullring" } }],
    "current-context": "fake",
  };
  writeFileSync(files.kubeconfig, JSON.stringify(config));
  return { directory, ...files };
}

/** Fields of a Secret with credentials for `registries`. */
export function dockerSecret(...registries: readonly string[]): Readonly<Record<string, unknown>> {
  const auth = Buffer.from(`u:${PASSWORD}`).toString("base64");
  const auths = Object.fromEntries(registries.map((registry) => [registry, { auth }]));
  const payload = Buffer.from(JSON.stringify({ auths })).toString("base64");
  return { type: "kubernetes.io/dockerconfigjson", data: { ".dockerconfigjson": payload } };
}

/** The same in the older type. */
export function dockercfgSecret(registry: string): Readonly<Record<string, unknown>> {
  const auth = Buffer.from(`u:${PASSWORD}`).toString("base64");
  const payload = Buffer.from(JSON.stringify({ [registry]: { auth } })).toString("base64");
  return { type: "kubernetes.io/dockercfg", data: { ".dockercfg": payload } };
}

/** Waits until `condition` holds, for ten seconds at most. */
export async function until(condition: () => boolean): Promise<void> {
  await waitUntil(String(condition), condition, { timeoutMs: 10_000, intervalMs: 2 });
}

/** Waits a moment, for what is not to happen. */
export async function moment(delayMs = 60): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, delayMs));
}

/** The client of a fake API server, for tests of single requests. */
export interface ClientBed extends Pick<Testbed, "server" | "kubeconfig"> {
  readonly client: ApiClient;
  /** How many PUTs there were. */
  updates(): number;
  /** How often the configuration was read. */
  loads(): number;
}

/** Starts a server and a client of it, which end with the test. */
export async function startBed(t: TestContext, options: Partial<ApiClientOptions> = {}): Promise<ClientBed> {
  const { server, kubeconfig } = await makeTestbed(t);
  let loads = 0;
  const load = (): ReturnType<typeof loadClientConfig> => {
    loads += 1;
    return loadClientConfig({ kubeconfig });
  };
  const client = new ApiClient({ load, userAgent: "pullring/1.2.3", maxConnections: 4, ...options });
  t.after(() => client.close());
  const updates = (): number => server.requests.filter(({ verb }) => verb === "update").length;
  return { server, client, kubeconfig, updates, loads: () => loads };
}
