/** Stored Pods of API servers that have little: few seats for requests, or no cache for Secrets. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ControlPlane } from "../e2e/control-plane/control-plane.ts";
import { runClients } from "../e2e/webhook/clients.ts";
import { apply } from "../e2e/webhook/install.ts";
import { startInstalledPlane } from "../e2e/webhook/installed-plane.ts";
import { createNamespace } from "../e2e/webhook/namespace.ts";
import type { BenchContext } from "./cluster.ts";
import { printTable } from "./report.ts";
import { COLUMNS, type Comparison, compareInTurns, createAlone, PUBLIC, rowOf, storePods } from "./stored-pods.ts";
import { pin } from "./targets.ts";

/** Prints the rows of both. */
export async function benchServers(context: BenchContext): Promise<void> {
  await benchFewSeats(context);
  await benchUncachedSecrets(context);
}

/** A watch that says nothing is replaced after 90 s: it has to be no reason to read again. */
const QUIET_MS = 100_000;
const RELEASES = 200;
const RELEASE_BYTES = 500_000;

async function benchFewSeats({ brief, budget }: BenchContext): Promise<void> {
  const clients = 40;
  const flags = ["--max-requests-inflight=10", "--max-mutating-requests-inflight=10"];
  await withPlane(flags, async (plane) => {
    const token = await createDeployer(plane);
    const compare = (hasController: boolean, count: number): Promise<Comparison> =>
      compareInTurns(brief ? 1 : 5, (isServed) =>
        storePods(plane, { count, clients, token }, () => ({
          namespace: isServed ? "ns-0" : "alone-0",
          image: PUBLIC,
          hasController,
        })),
      );
    const controlled = await compare(true, brief ? 200 : 2000);
    const direct = await compare(false, brief ? 200 : 1000);
    printTable(`Few seats (${flags.join(" ")}), ${clients} clients, a public image`, COLUMNS, [
      rowOf("Pods of controllers", controlled),
      rowOf("Pods without a controller", direct),
    ]);
    // Pods without a controller hold their seats while the live read waits for etcd's progress, up to 100 ms: no limit.
    budget.check("controllers' Pods with few seats, against left alone", controlled.slowdown, 2, " x");
  });
}

async function benchUncachedSecrets({ brief, budget }: BenchContext): Promise<void> {
  await withPlane(["--watch-cache-sizes=secrets#0"], async (plane) => {
    const data = { release: Buffer.alloc(RELEASE_BYTES, "pullring").toString("base64") };
    await runClients({ count: brief ? 20 : RELEASES, clients: 4 }, async (number) => {
      const metadata = { name: `sh.helm.release.v1.web.v${number}` };
      await plane.api.expect("POST", "/api/v1/namespaces/ns-0/secrets", { metadata, data, type: "helm.sh/release.v1" });
    });
    const compare = (): Promise<Comparison> =>
      compareInTurns(brief ? 1 : 5, (isServed) =>
        storePods(plane, { count: 200, clients: 4 }, () => ({
          namespace: isServed ? "ns-0" : "alone-0",
          image: PUBLIC,
          hasController: true,
        })),
      );
    const soon = await compare();
    if (!brief) await sleep(QUIET_MS);
    const late = await compare();
    const title = `Secrets without a cache, ${RELEASES} Helm releases of ${RELEASE_BYTES / 1000} kB in the namespace, a public image`;
    printTable(title, COLUMNS, [rowOf("Pods of controllers", soon), rowOf("the same after 100 s of quiet", late)]);
    const beyond = Math.max(...[soon, late].map(({ served, alone }) => served.apiServerMs - alone.apiServerMs));
    budget.check(
      "API server's CPU for a controller's Pod beyond left alone, Secrets without a cache",
      beyond,
      3,
      " ms",
    );
  });
}

/** A control plane with pullring, one namespace that it serves, and one that it leaves alone. */
async function withPlane(
  apiServerFlags: readonly string[],
  measure: (plane: ControlPlane) => Promise<void>,
): Promise<void> {
  const { plane, pullring } = await startInstalledPlane({
    plane: { apiServerFlags, controllerManagerFlags: ["--controllers=serviceaccount-controller"] },
    pullring: { logLevel: "info" },
  });
  try {
    pin(pullring.current().pid, 0);
    await createNamespace(plane.api, "ns-0");
    await createAlone(plane, 1);
    await measure(plane);
  } finally {
    await plane.stop();
  }
}

/** The token of a ServiceAccount that may do everything. Requests of an administrator are never short of seats. */
async function createDeployer(plane: ControlPlane): Promise<string> {
  await apply(plane, [
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "deployer" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
      subjects: [{ kind: "ServiceAccount", name: "default", namespace: "default" }],
    },
  ]);
  return plane.serviceAccountToken("default", "default");
}
