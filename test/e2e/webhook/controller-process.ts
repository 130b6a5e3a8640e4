/** Runs the built `pullring controller` in a control plane, with exactly the rights of a component of the manifests. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseManifests } from "../../manifests/manifest.ts";
import { kustomize } from "../../manifests/render.ts";
import { waitUntil } from "../../wait-until.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { freePort } from "../control-plane/free-port.ts";
import { kubeconfigText } from "../control-plane/kubeconfig.ts";
import type { ManagedProcess } from "../control-plane/managed-process.ts";
import { apply } from "./install.ts";
import type { AdminAnswer } from "./pullring-process.ts";

const program = fileURLToPath(new URL("../../../dist/pullring.cjs", import.meta.url));

/** The ServiceAccount of each component that has a controller. */
const ACCOUNTS = {
  healing: "pullring-controller",
  sharing: "pullring-sharing",
  "sharing-namespaced": "pullring-sharing",
} as const;

/** A running controller. */
export interface ControllerProcess {
  readonly process: ManagedProcess;
  /** Reads a page of the admin port. @throws Error while nothing listens there */
  admin(path: string): Promise<AdminAnswer>;
}

/** Waits until a line of its metrics matches: what is counted there follows what others see in the cluster. */
export async function waitForMetric({ admin }: ControllerProcess, line: RegExp): Promise<void> {
  await waitUntil(`a metric ${line}`, async () => {
    const { text } = await admin("/metrics");
    return text.split("\n").some((candidate) => line.test(candidate));
  });
}

/** Applies the ServiceAccount and the rights of the component, and gives a kubeconfig for them. */
export async function createControllerIdentity(
  plane: ControlPlane,
  component: keyof typeof ACCOUNTS = "healing",
): Promise<string> {
  const manifests = parseManifests(await kustomize([component]));
  const isOfController = ({ kind, metadata }: (typeof manifests)[number]): boolean =>
    kind === "Namespace" ||
    (/^ServiceAccount$|^(Cluster)?Role(Binding)?$/.test(kind) && !/^pullring(-c[re].*s)?$/.test(metadata.name));
  await apply(plane, manifests.filter(isOfController));
  const account = ACCOUNTS[component];
  const tokenFile = join(plane.directory, `${account}-token`);
  writeFileSync(tokenFile, await plane.serviceAccountToken("pullring", account), { mode: 0o600 });
  const kubeconfig = join(plane.directory, `${account}-kubeconfig.json`);
  writeFileSync(kubeconfig, kubeconfigText(plane, { tokenFile }));
  return kubeconfig;
}

/** Starts a controller and waits until it is ready, unless it is not to be. */
export async function startController(
  plane: ControlPlane,
  options: {
    readonly kubeconfig: string;
    readonly flags: readonly string[];
    readonly name?: string;
    readonly isReady?: false;
    /** Flags of Node itself. */
    readonly nodeFlags?: readonly string[];
  },
): Promise<ControllerProcess> {
  const { kubeconfig, flags, name = "controller", isReady = true, nodeFlags = [] } = options;
  const port = await freePort();
  const started = plane.startProcess({
    name,
    command: process.execPath,
    args: [
      ...nodeFlags,
      program,
      "controller",
      `--kubeconfig=${kubeconfig}`,
      `--admin-listen=127.0.0.1:${port}`,
      ...flags,
    ],
  });
  const admin: ControllerProcess["admin"] = async (path) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: response.status, text: await response.text() };
  };
  await waitUntil(`/readyz of ${name}`, async () => {
    if (!started.isRunning()) throw new Error(`${name} ended at its start: ${started.readLog().slice(-2_000)}`);
    const answer = await admin("/readyz").catch(() => undefined);
    return answer !== undefined && (!isReady || answer.status === 200);
  });
  return { process: started, admin };
}
