/** What it takes to have shared credentials in many namespaces, and what they cost a decision of the webhook. */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient } from "../e2e/control-plane/api-client.ts";
import { type ControlPlane, startControlPlane } from "../e2e/control-plane/control-plane.ts";
import { freePort } from "../e2e/control-plane/free-port.ts";
import { payloadOf, sharedCredential } from "../e2e/sharing/shared-plane.ts";
import { runClients } from "../e2e/webhook/clients.ts";
import {
  type ControllerProcess,
  createControllerIdentity,
  startController,
} from "../e2e/webhook/controller-process.ts";
import { apply, createIdentity } from "../e2e/webhook/install.ts";
import { credentialOf } from "../e2e/webhook/objects.ts";
import { launchPullring } from "../e2e/webhook/pullring-process.ts";
import { onlyOf, parseManifests } from "../manifests/manifest.ts";
import { kustomize } from "../manifests/render.ts";
import { waitUntil } from "../wait-until.ts";
import { type BenchContext, countSecretLists, readMetric } from "./cluster.ts";
import { measureCpu, recordedReview } from "./load.ts";
import { median, printTable, show } from "./report.ts";
import { imageFlags, pin, residentMebibytesOf } from "./targets.ts";

/** Of the container, in MiB. @see manifests/components/sharing/deployment.yaml */
const MEMORY_LIMIT = 384;
const CLIENTS = 32;
const SOURCES = 5;
const SHARED = "/api/v1/namespaces/pullring-shared/secrets";
const PATIENCE = { timeoutMs: 1_200_000, intervalMs: 500 };

/** Prints how long copies take, what the controller needs, and how a decision grows with the shared credentials. */
export async function benchSharing(context: BenchContext): Promise<void> {
  const plane = await startControlPlane({ controllerManagerFlags: ["--controllers=serviceaccount-controller"] });
  try {
    await apply(plane, [onlyOf(parseManifests(await kustomize(["sharing"])), "MutatingWebhookConfiguration")]);
    await createIdentity(plane, plane, ["sharing"]);
    await measureDecisions(plane, context);
    await measureCopies(plane, context);
  } finally {
    await plane.stop();
  }
}

/** Creates namespaces with a label. */
async function createNamespaces(
  api: ApiClient,
  names: readonly string[],
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  await runClients({ count: names.length, clients: CLIENTS }, async (number) => {
    const metadata = { name: names[number], labels };
    await api.expect("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata });
  });
}

async function measureCopies(plane: ControlPlane, { brief, budget }: BenchContext): Promise<void> {
  const { api } = plane;
  const count = brief ? 200 : 10_000;
  const names = Array.from({ length: count }, (_, number) => `many-${number}`);
  await createNamespaces(api, names, { bench: "copies" });
  const kubeconfig = await createControllerIdentity(plane, "sharing");
  const start = async (name: string, qps: number): Promise<ControllerProcess> => {
    const flags = ["--share", "--shared-namespace=pullring-shared", `--write-qps=${qps}`];
    const controller = await startController(plane, { kubeconfig, name, flags, nodeFlags: imageFlags(MEMORY_LIMIT) });
    pin(controller.process.pid, 0);
    return controller;
  };
  for (let number = 0; number < SOURCES; number += 1) {
    await api.expect("POST", SHARED, sharedCredential(`source-${number}`, "bench=copies"));
  }
  const fast = await start("filling", 1_000);
  await waitUntil("all copies", async () => (await countThere(fast)) >= count * SOURCES, PATIENCE);
  await fast.process.end();

  const controller = await start("measured", 200);
  await waitUntil("all copies again", async () => (await countThere(controller)) >= count * SOURCES, PATIENCE);
  // What was listed is planned once more, now that it is there.
  await sleep(brief ? 0 : 5_000);
  const births = await measureBirths(api, brief ? 40 : 600);
  await controller.process.end();

  const writesBefore = await countWrites(plane);
  const rotating = await start("rotating", 50);
  await waitUntil("all copies once more", async () => (await countThere(rotating)) >= count * SOURCES, PATIENCE);
  const listsBefore = await countSecretLists(plane, "cluster");
  const startedAt = performance.now();
  await api.expect("PATCH", `${SHARED}/source-0`, { data: payloadOf("rotated") });
  const copies = count + births.length;
  let resident = 0;
  const waitFor = (process: ControllerProcess, what: string, check: () => boolean | Promise<boolean>) =>
    waitUntil(
      what,
      () => {
        resident = Math.max(resident, residentMebibytesOf(process.process.pid));
        return check();
      },
      PATIENCE,
    );
  await waitFor(rotating, "half of the writes", async () => {
    return (await countWrites(plane)) - writesBefore >= copies / 2;
  });
  const lists = (await countSecretLists(plane, "cluster")) - listsBefore;
  await rotating.process.end("SIGKILL");
  const half = (performance.now() - startedAt) / 1_000;
  const again = await start("again", 50);
  // A write whose client was killed may be done and not be counted.
  await waitFor(again, "the other half", () => /"open":0,"msg":"Wrote all copies"/.test(again.process.readLog()));
  const seconds = (performance.now() - startedAt) / 1_000;
  await sleep(3_000);
  const writes = (await countWrites(plane)) - writesBefore;
  await again.process.end();

  const p99 = births.toSorted((a, b) => a - b)[Math.floor(births.length * 0.99)] ?? Number.NaN;
  printTable(
    `${count} namespaces with ${SOURCES} shared credentials each`,
    ["what", "measured"],
    [
      [`from a namespace to its ${SOURCES} copies, 20 a second, ms`, `${show(births)}, p99 ${p99.toFixed(0)}`],
      [`a rotated password in half of ${copies} copies, 50 a second, s`, half.toFixed(0)],
      ["killed then, started again: in all of them, s", seconds.toFixed(0)],
      ["writes for that", String(writes)],
      ["lists of Secrets while half was written", String(lists)],
      ["resident, MiB", resident.toFixed(0)],
    ],
  );
  budget.check("from a namespace to its copies, p99", p99, 500, " ms");
  budget.check("writes for a rotation, of those that are needed", writes / copies, 1, " x");
  budget.check("lists of Secrets during a rotation", lists, 0, "");
  budget.check("resident, controller of sharing", resident, 160, " MiB");
}

/** Milliseconds from the answer that a namespace is made until the last of its copies is there; 20 namespaces a second. */
async function measureBirths(api: ApiClient, count: number): Promise<readonly number[]> {
  const start = performance.now();
  const births = Array.from({ length: count }, async (_, number) => {
    await sleep(Math.max(0, start + number * 50 - performance.now()));
    const name = `born-${number}`;
    await createNamespaces(api, [name], { bench: "copies" });
    const madeAt = performance.now();
    const path = `/api/v1/namespaces/${name}/secrets?labelSelector=app.kubernetes.io%2Fmanaged-by%3Dpullring`;
    await waitUntil(
      `the copies in ${name}`,
      async () => (await api.expect<{ items: readonly unknown[] }>("GET", path)).items.length === SOURCES,
      { timeoutMs: 120_000, intervalMs: 20 },
    );
    return performance.now() - madeAt;
  });
  return Promise.all(births);
}

async function countThere(controller: ControllerProcess): Promise<number> {
  const { text } = await controller.admin("/metrics");
  return Number(/^pullring_shared_copies\{state="there"\} (.*)$/m.exec(text)?.[1] ?? 0);
}

/** Copies that were replaced so far. */
function countWrites(plane: ControlPlane): Promise<number> {
  return readMetric(plane, "apiserver_request_total", 'resource="secrets"', 'verb="PUT"', 'code="200"');
}

/** CPU of a decision about a controller's Pod: without sharing, and beside 1,000 sources, one of which is for the namespace. */
async function measureDecisions(plane: ControlPlane, context: BenchContext): Promise<void> {
  const { api } = plane;
  const sources = context.brief ? 100 : 1_000;
  await createNamespaces(api, ["ns-0"], { source: "s0" });
  for (let number = 0; number < SOURCES; number += 1) {
    const secret = credentialOf(`own-${number}`, number === 0 ? "10.99.0.1:15000" : `registry-${number}.example.com`);
    await api.expect("POST", "/api/v1/namespaces/ns-0/secrets", secret);
  }
  await runClients({ count: sources, clients: CLIENTS }, async (number) => {
    await api.expect("POST", SHARED, sharedCredential(`one-of-many-${number}`, `source=s${number}`));
  });
  const tlsDirectory = join(plane.directory, "bench-tls");
  mkdirSync(tlsDirectory, { recursive: true });
  const launched = [];
  for (const [name, flags] of [
    ["without", []],
    ["with", ["--shared-namespace=pullring-shared"]],
  ] as const) {
    const port = await freePort();
    const replica = launchPullring(plane, {
      name,
      kubeconfig: join(plane.directory, "pullring-kubeconfig.json"),
      address: "127.0.0.1",
      port,
      adminPort: await freePort(),
      logLevel: "info",
      flags: ["--tls=local", `--tls-dir=${tlsDirectory}`, "--drain-grace=0s", ...flags],
    });
    await replica.waitUntilReady();
    pin(replica.process.pid, 0);
    launched.push({ name, port, pid: replica.process.pid, stop: () => void replica.process.end("SIGKILL"), replica });
  }
  const cert = readFileSync(join(tlsDirectory, "ca.crt"), "utf8");
  const review = recordedReview("pod-create-by-replicaset-controller", "ns-0");
  const figures = await measureCpu(launched, review, { ...context, certificate: { ...context.certificate, cert } });
  for (const { replica } of launched) await replica.process.end("SIGKILL");
  await api.expect("DELETE", SHARED);
  const [without = [], withSources = []] = [figures.get("without"), figures.get("with")];
  printTable(
    `A decision beside ${sources} shared credentials`,
    ["shared credentials", "us"],
    [
      ["none", show(without)],
      [String(sources), show(withSources)],
    ],
  );
  context.budget.check("growth: shared credentials", median(withSources) / median(without), 1.2, " x");
}
