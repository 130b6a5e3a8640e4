/**
 * A cluster with one real node: the control plane of the cluster tests, scheduler, containerd, kubelet and kube-proxy, and a private
 * registry under the names of public ones. It runs in the namespaces of enclosure.ts, nowhere else, and ends with them.
 */
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { findDebianPackages } from "../../e2e/binaries/debian-packages.ts";
import { findBinaries } from "../../e2e/binaries/find.ts";
import { type ControlPlane, startControlPlane } from "../../e2e/control-plane/control-plane.ts";
import { makeServingCertificate } from "../../e2e/webhook/serving-certificate.ts";
import { waitUntil } from "../../wait-until.ts";
import { PULLRING_IMAGE_LAYOUT } from "../install/pullring-image.ts";
import { readImageLayout, SleepingImages } from "../registry/image.ts";
import { PrivateRegistry, type RegistryRights } from "../registry/private-registry.ts";
import { NODE_ADDRESS, NODE_NAME, REGISTRY_HOSTS } from "./node-address.ts";
import { type NodeFiles, writeNodeFiles } from "./node-files.ts";

/** Programs of a node besides those of the control plane. */
export const NODE_BINARIES = [
  "kubelet",
  "kube-scheduler",
  "kube-proxy",
  "containerd",
  "containerd-shim-runc-v2",
] as const;

/** What a test works with. */
export interface RealNode {
  readonly plane: ControlPlane;
  readonly registry: PrivateRegistry;
  readonly rights: RegistryRights;
  /** PEM of the CA that the registry's certificate is of. */
  readonly registryCaFile: string;
  /** Lets the test process end, and so the namespaces. */
  stop(): void;
}

const SCHEDULER = "system:kube-scheduler";
const PROXY = "system:kube-proxy";
const KUBELET = `system:node:${NODE_NAME}`;

/** What runs workloads, besides what the cluster tests need. */
const CONTROLLERS = ["endpointslice", "disruption", "node-lifecycle", "taint-eviction"];

/** Returns when the node is Ready. @throws Error when a program ends at its start, or outside of the namespaces */
export async function startNode(): Promise<RealNode> {
  const group = process.env.PULLRING_NODE_GROUP;
  if (group === undefined) throw new Error("a node needs namespaces of its own: npm run test:node");
  const [binaries, debian] = [await findBinaries(NODE_BINARIES), findDebianPackages()];
  const plane = await startControlPlane({
    address: NODE_ADDRESS,
    users: [{ name: SCHEDULER }, { name: PROXY }, { name: KUBELET, groups: ["system:nodes"] }],
    apiServerFlags: [
      `--advertise-address=${NODE_ADDRESS}`,
      "--endpoint-reconciler-type=lease",
      "--authorization-mode=Node",
      "--enable-admission-plugins=NodeRestriction",
    ],
    controllerManagerFlags: [`--controllers=${CONTROLLERS.map((name) => `${name}-controller`)}`],
  });
  const directory = join(plane.directory, "node");
  mkdirSync(directory);
  const certificate = await makeServingCertificate(directory, "registry", Object.values(REGISTRY_HOSTS));
  const rights = defaultRights();
  const registry = new PrivateRegistry(rights, new SleepingImages(findBusybox(debian)), certificate);
  registry.publish("pullring/pullring:v0.1.0", readImageLayout(process.env[PULLRING_IMAGE_LAYOUT] ?? ""));
  await registry.listen(NODE_ADDRESS);
  const proxyKubeconfig = plane.kubeconfigFor(PROXY);
  const socket = join(directory, "containerd.sock");
  const registryCaFile = certificate.certFile;
  const files = writeNodeFiles({ directory, debian, socket, group, registryCaFile, proxyKubeconfig });
  startPrograms(plane, { binaries, debian, directory, files });
  await waitUntil("the node to be Ready", async () => {
    const { status, body } = await plane.api.request("GET", `/api/v1/nodes/${NODE_NAME}`);
    const { conditions = [] } =
      (Object(body) as { status?: { conditions?: { type: string; status: string }[] } }).status ?? {};
    return status === 200 && conditions.some((condition) => condition.type === "Ready" && condition.status === "True");
  });
  return { plane, registry, rights, registryCaFile, stop: () => registry.close() };
}

/** One private path for each user, one that everybody can read, and Docker Hub's private `library`. */
function defaultRights(): RegistryRights {
  return {
    users: new Map([
      ["profile", "example"],
      ["alice", "wonder"],
      ["bob", "builder"],
      ["hub", "docked"],
    ]),
    paths: {
      "profile/": ["profile"],
      "team-a/": ["alice"],
      "team-b/": ["bob"],
      "library/": ["hub"],
      "public/": "everybody",
    },
  };
}

interface Programs {
  readonly binaries: Readonly<Record<(typeof NODE_BINARIES)[number], string>>;
  readonly debian: string;
  readonly directory: string;
  readonly files: NodeFiles;
}

/** Each waits for what it needs by itself. */
function startPrograms(plane: ControlPlane, { binaries, debian, directory, files }: Programs): void {
  // containerd looks for its shim in PATH, and kube-proxy for nft; Debian's programs need Debian's libraries.
  const path = [join(binaries["containerd-shim-runc-v2"], ".."), join(debian, "usr/sbin"), process.env.PATH].join(":");
  const env = { PATH: path, LD_LIBRARY_PATH: libraryDirectory(debian) };
  const start = (name: keyof Programs["binaries"], args: readonly string[]) =>
    plane.startProcess({ name, command: binaries[name], args, env });
  start("containerd", [`--config=${files.containerd}`]);
  start("kube-scheduler", [
    `--kubeconfig=${plane.kubeconfigFor(SCHEDULER)}`,
    "--leader-elect=false",
    "--secure-port=0",
  ]);
  start("kubelet", [
    `--config=${files.kubelet}`,
    `--kubeconfig=${plane.kubeconfigFor(KUBELET)}`,
    `--hostname-override=${NODE_NAME}`,
    `--node-ip=${NODE_ADDRESS}`,
    `--root-dir=${join(directory, "kubelet")}`,
    `--cert-dir=${join(directory, "kubelet-pki")}`,
  ]);
  start("kube-proxy", [`--config=${files.proxy}`]);
}

/** Where the libraries of Debian's packages for this architecture are. */
function libraryDirectory(debian: string): string {
  const name = readdirSync(join(debian, "usr/lib")).find((entry) => entry.endsWith("-linux-gnu"));
  return join(debian, "usr/lib", name ?? "");
}

function findBusybox(debian: string): string {
  const paths = ["bin/busybox", "usr/bin/busybox"].map((path) => join(debian, path));
  return paths.find((path) => existsSync(path)) ?? "";
}
