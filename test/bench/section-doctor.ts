/** What `doctor` takes on a cluster with many namespaces, credentials and Pods that wait for an image. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { letWait } from "../e2e/healing/waiting-pods.ts";
import { runClients } from "../e2e/webhook/clients.ts";
import { namespaceOf } from "../e2e/webhook/namespace.ts";
import { podOf } from "../e2e/webhook/objects.ts";
import { type BenchContext, type LoadedCluster, readMetric } from "./cluster.ts";
import { printTable } from "./report.ts";
import { TODAY } from "./targets.ts";

const CLIENTS = 64;
/** How often the memory is looked at, in milliseconds. */
const LOOK_MS = 20;

/** A credential of the namespace serves the first; a key misses the second by its path; nothing is for the third. */
const IMAGES = [
  "registry-0.corp.example.com/app:1",
  "harbor.corp.example.com/another/app:1",
  "elsewhere.example/app:1",
];

/** Prints time, memory and requests. */
export async function benchDoctor(context: BenchContext): Promise<void> {
  const cluster = await context.cluster();
  const count = context.brief ? 100 : 5_000;
  await letPodsWait(cluster, count);
  const before = await countRequests(cluster);
  const { seconds, mebibytes, output } = await runDoctor(cluster);
  const requests = (await countRequests(cluster)) - before;
  const { checks } = JSON.parse(output) as {
    readonly checks: readonly { name: string; findings: readonly object[] }[];
  };
  const told = checks.find(({ name }) => name === "pods")?.findings.length ?? 0;
  if (told !== count) throw new Error(`doctor told of ${told} Pods instead of ${count}`);
  printTable(
    `\`doctor\` on ${cluster.namespaces} namespaces, ${cluster.credentials} credentials and ${count} Pods that wait`,
    ["what", "measured"],
    [
      ["seconds", seconds.toFixed(1)],
      ["resident at most, MiB", mebibytes.toFixed(0)],
      ["requests", String(requests)],
      ["requests a second", (requests / seconds).toFixed(1)],
    ],
  );
  context.budget.check("doctor", seconds, 20, " s");
  context.budget.check("resident at most, doctor", mebibytes, 300, " MiB");
  context.budget.check("requests a second, doctor", requests / seconds, 20, "");
}

async function letPodsWait({ plane, namespaces }: LoadedCluster, count: number): Promise<void> {
  await runClients({ count, clients: CLIENTS }, async (number) => {
    const namespace = namespaceOf(plane.api, `ns-${number % namespaces}`);
    const image = IMAGES[number % IMAGES.length] as string;
    await letWait(plane.api, await namespace.create("pods", podOf(`waits-${number}`, image)));
  });
}

function countRequests({ plane }: LoadedCluster): Promise<number> {
  return readMetric(plane, "apiserver_request_total", 'verb="LIST"');
}

async function runDoctor({ plane }: LoadedCluster) {
  const begin = performance.now();
  const child = spawn(process.execPath, [TODAY, "doctor", `--kubeconfig=${plane.adminKubeconfig}`, "-o", "json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let mebibytes = 0;
  const timer = setInterval(() => {
    mebibytes = Math.max(mebibytes, peakMebibytesOf(Number(child.pid)));
  }, LOOK_MS);
  const [output] = await Promise.all([text(child.stdout), once(child, "exit")]);
  clearInterval(timer);
  return { seconds: (performance.now() - begin) / 1_000, mebibytes, output };
}

/** The most that a process had so far; 0 when it has ended. */
function peakMebibytesOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
