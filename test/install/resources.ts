/**
 * `npm run resources`: what one replica takes of memory and CPU while it holds the credentials of a large cluster, as the base
 * of the requests and limits of the Deployment. It runs on the image's Node, against an API server that only lists and watches.
 *
 * --node-flag=FLAG gives Node a flag; --cgroup=DIRECTORY puts the replica into a control group, with the limits that it has.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { bodiesFor } from "../bench/bodies.ts";
import { createLocalCertificate } from "../bench/certificate.ts";
import { portOfLogLine } from "../bench/commands.ts";
import { secret } from "../bench/credentials-file.ts";
import { startLoad } from "../bench/load-process.ts";
import { printTable } from "../bench/table.ts";
import { startTarget, type Target } from "../bench/target.ts";
import { FakeApiServer } from "../cluster/fake-api-server.ts";
import type { ObjectFields } from "../cluster/fake-store.ts";
import { freePort } from "../e2e/control-plane/free-port.ts";
import { kubeconfigText } from "../e2e/control-plane/kubeconfig.ts";
import { findNode24 } from "../image/node-24.ts";
import { waitUntil } from "../wait-until.ts";

const NAMESPACES = 10_000;
const CREDENTIALS_EACH = 5;
const REVIEWS_PER_SECOND = 200;
const REVIEW_SECONDS = 60;
/** Long enough for V8 to give back what it took for a moment. */
const REST_MS = 60_000;

const { values: options } = parseArgs({
  options: { "node-flag": { type: "string", multiple: true }, cgroup: { type: "string" } },
});
const directory = mkdtempSync(join(tmpdir(), "pullring-resources-"));
const files = await createLocalCertificate(directory);
const server = await FakeApiServer.start({
  cert: readFileSync(files.cert, "utf8"),
  key: readFileSync(files.key, "utf8"),
});
const load = startLoad();
const rows: (readonly string[])[] = [];
try {
  await withReplica("no credential", async () => undefined);
  fill(server);
  await withReplica(
    `${NAMESPACES * CREDENTIALS_EACH} credentials, ${NAMESPACES} namespaces`,
    async (replica, measure) => {
      await measure(`${REVIEWS_PER_SECOND} injections a second, Pods of 5 kB`, () => sendReviews(replica));
      await measure("all of it listed again", () => listAgain(server));
    },
  );
  printTable("One replica", ["state", "resident MiB", "peak MiB", "CPU cores"], rows);
} finally {
  load.stop();
  await server.close();
  rmSync(directory, { recursive: true });
}

type Measure = (state: string, act: () => Promise<void>) => Promise<void>;

/** Starts a replica, measures its start and its rest, and whatever `then` measures. */
async function withReplica(
  state: string,
  then: (replica: Target, measure: Measure) => Promise<void>,
): Promise<void> {
  const adminPort = await freePort("127.0.0.1");
  const replica = await startTarget(replicaCommand(adminPort));
  const measure: Measure = async (what, act) => {
    const [begin, before] = [performance.now(), replica.cpuMicroseconds()];
    await act();
    const cores = (replica.cpuMicroseconds() - before) / 1_000 / (performance.now() - begin);
    const memory = [replica.residentMebibytes(), replica.peakMebibytes()].map((mebibytes) =>
      mebibytes.toFixed(0),
    );
    rows.push([what, ...memory, cores.toFixed(3)]);
  };
  try {
    await measure(`${state}: until ready`, async () => {
      await waitUntil(
        "/readyz",
        async () => (await fetch(`http://127.0.0.1:${adminPort}/readyz`).catch(() => undefined))?.ok,
        { timeoutMs: 300_000 },
      );
    });
    await measure(`${state}: a minute at rest`, () => sleep(REST_MS));
    await then(replica, measure);
  } finally {
    await replica.stop();
  }
}

function replicaCommand(adminPort: number): Parameters<typeof startTarget>[0] {
  const kubeconfig = join(directory, "kubeconfig");
  const cluster = { url: server.url, caFile: files.ca, adminToken: "" };
  writeFileSync(kubeconfig, kubeconfigText(cluster, { token: "any" }));
  const tls = ["--tls=files", `--tls-cert-file=${files.cert}`, `--tls-key-file=${files.key}`];
  const listen = ["--listen=127.0.0.1:0", `--admin-listen=127.0.0.1:${adminPort}`];
  const [, entryPoint = "[]"] = /^ENTRYPOINT (.*)$/m.exec(readFileSync("Dockerfile", "utf8")) ?? [];
  const imageFlags = (JSON.parse(entryPoint) as string[]).filter((part) => part.startsWith("--"));
  const node = [findNode24(), ...imageFlags, ...(options["node-flag"] ?? [])];
  const serve = [...node, "dist/pullring.cjs", "serve", `--kubeconfig=${kubeconfig}`, ...tls, ...listen];
  const join_ = options.cgroup === undefined ? "" : `echo "$$" >"${options.cgroup}/cgroup.procs" && `;
  return {
    name: "pullring",
    command: "sh",
    arguments: ["-c", `${join_}exec "$@"`, "sh", ...serve],
    port: portOfLogLine,
  };
}

function fill({ store }: FakeApiServer): void {
  for (let number = 0; number < NAMESPACES; number++) {
    const namespace = `ns-${number}`;
    store.put("serviceaccounts", { namespace, name: "default" }, {});
    for (let index = 0; index < CREDENTIALS_EACH; index++) {
      const registry = index === 0 ? "10.99.0.1:15000" : `registry-${index}.example.com`;
      const { metadata: _, ...fields } = secret(namespace, `credential-${index}`, registry) as ObjectFields;
      store.put("secrets", { namespace, name: `credential-${index}` }, fields);
    }
  }
}

async function sendReviews(replica: Target): Promise<void> {
  const [body] = bodiesFor("ns-1");
  const count = REVIEWS_PER_SECOND * REVIEW_SECONDS;
  const ca = readFileSync(files.ca, "utf8");
  const burst = {
    port: replica.port,
    ca,
    body: body?.text ?? "",
    count,
    concurrency: 16,
    rate: REVIEWS_PER_SECOND,
  };
  const { failures } = await load.run(burst);
  if (failures > 0) throw new Error(`${failures} reviews were not answered`);
}

/** History is lost, as after a compaction: each watch is told so, and lists anew. */
async function listAgain(api: FakeApiServer): Promise<void> {
  const before = api.requests.length;
  const watches = api.openWatches;
  api.store.tick();
  api.store.compact();
  api.endWatches();
  await waitUntil(
    "new watches after new lists",
    () => {
      const since = api.requests.slice(before);
      const lists = since.filter(({ verb, query }) => verb === "list" && query.get("continue") === null);
      return lists.length >= watches && api.openWatches >= watches;
    },
    { timeoutMs: 300_000 },
  );
}
