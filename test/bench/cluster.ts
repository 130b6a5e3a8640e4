/** One control plane for all sections that need a cluster: filled once, with the identity that pullring's manifests give it. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient } from "../e2e/control-plane/api-client.ts";
import { type ControlPlane, startControlPlane } from "../e2e/control-plane/control-plane.ts";
import { runClients } from "../e2e/webhook/clients.ts";
import { createIdentity, type PullringIdentity } from "../e2e/webhook/install.ts";
import { credentialOf } from "../e2e/webhook/objects.ts";
import { type PullringProcess, startPullring } from "../e2e/webhook/pullring-process.ts";
import type { ServingCertificate } from "../e2e/webhook/serving-certificate.ts";
import { waitUntil } from "../wait-until.ts";
import type { Budget } from "./report.ts";
import { imageFlags, pin, residentMebibytesOf } from "./targets.ts";

/** What every section of the benchmarks is given. */
export interface BenchContext {
  readonly brief: boolean;
  /** The bundle to compare with; undefined: none. */
  readonly against: string | undefined;
  /** The Node that runs pullring in the cluster. */
  readonly node: string;
  /** For files of the run. */
  readonly directory: string;
  /** What all targets serve. */
  readonly certificate: ServingCertificate;
  readonly budget: Budget;
  /** A control plane with credentials, the same for all sections that ask for it. */
  readonly cluster: () => Promise<LoadedCluster>;
}

/** A filled control plane. Namespaces are named `ns-<number>`. */
export interface LoadedCluster {
  readonly plane: ControlPlane;
  readonly identity: PullringIdentity;
  readonly namespaces: number;
  readonly credentials: number;
  /** Resident MiB of a pullring that was ready before anything was in the cluster. */
  readonly emptyMebibytes: number;
}

const PER_NAMESPACE = 5;
/** As many as the client has connections. */
const WORKERS = 64;
/** By then V8 has given back what starting needed. */
export const SETTLE_MS = 20_000;

/** Starts and fills one. The control plane is stopped again when anything of that fails. */
export async function startLoadedCluster(context: Pick<BenchContext, "brief" | "node">): Promise<LoadedCluster> {
  const namespaces = context.brief ? 100 : 10_000;
  const credentials = namespaces * PER_NAMESPACE;
  // Only the controller that makes ServiceAccounts: nothing else is of use here, and its work would be what is measured.
  const plane = await startControlPlane({ controllerManagerFlags: ["--controllers=serviceaccount-controller"] });
  try {
    const identity = await createIdentity(plane);
    const empty = await startMeasured(plane, identity.kubeconfig, context.node);
    await sleep(context.brief ? 0 : SETTLE_MS);
    const emptyMebibytes = residentMebibytesOf(empty.current().pid);
    await empty.current().end("SIGKILL");
    await fill(plane.api, namespaces);
    return { plane, identity, namespaces, credentials, emptyMebibytes };
  } catch (error) {
    await plane.stop();
    throw error;
  }
}

/** Starts pullring on core 0 with its default log level and waits until it is ready. */
export async function startMeasured(
  plane: ControlPlane,
  kubeconfig: string,
  node: string,
  nodeFlags: readonly string[] = [],
): Promise<PullringProcess> {
  const flags = [...imageFlags(), ...nodeFlags];
  const pullring = await startPullring(plane, { kubeconfig, node, nodeFlags: flags, logLevel: "info" });
  pin(pullring.current().pid, 0);
  return pullring;
}

async function fill(api: ApiClient, namespaces: number): Promise<void> {
  await runClients({ count: namespaces, clients: WORKERS }, async (number) => {
    const body = { apiVersion: "v1", kind: "Namespace", metadata: { name: `ns-${number}` } };
    await api.expect("POST", "/api/v1/namespaces", body);
  });
  await runClients({ count: namespaces * PER_NAMESPACE, clients: WORKERS }, async (number) => {
    const namespace = Math.floor(number / PER_NAMESPACE);
    await api.expect("POST", `/api/v1/namespaces/ns-${namespace}/secrets`, secretOf(namespace, number));
  });
  const accounts = "/api/v1/serviceaccounts?limit=1";
  await waitUntil(
    "the ServiceAccounts of all namespaces",
    async () => {
      const list = await api.expect<{ metadata: { remainingItemCount?: number } }>("GET", accounts);
      return (list.metadata.remainingItemCount ?? 0) >= namespaces;
    },
    { timeoutMs: 300_000, intervalMs: 500 },
  );
}

/** Three of five are copies that stand in every namespace under the same name, as those of a Rancher project. */
function secretOf(namespace: number, number: number): object {
  const index = number % PER_NAMESPACE;
  return index < 3
    ? credentialOf(`project-registry-${index}`, `registry-${index}.corp.example.com`)
    : credentialOf(`team-${namespace}-robot-${index}`, `harbor.corp.example.com/team-${namespace}-${index}`);
}

/** Sum of the API server's samples whose line begins with `metric` and holds all of `labels`. */
export async function readMetric({ api }: ControlPlane, metric: string, ...labels: string[]): Promise<number> {
  const { body } = await api.request("GET", "/metrics");
  return String(body)
    .split("\n")
    .filter((line) => line.startsWith(`${metric}{`) && labels.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

/** Lists of Secrets that the API server has answered so far. @param scope `cluster`: pages of everything */
export function countSecretLists(plane: ControlPlane, scope: "cluster" | "namespace"): Promise<number> {
  return readMetric(plane, "apiserver_request_total", 'resource="secrets"', 'verb="LIST"', `scope="${scope}"`);
}
