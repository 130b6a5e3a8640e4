/** Configuration files of the programs of a node. Each setting that is not obvious has its reason beside it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NODE_ADDRESS, NODE_NAME, REGISTRY_HOSTS } from "./node-address.ts";

/** Paths of the node, fixed before anything is written. */
export interface NodePlaces {
  /** Everything of the node is below it. */
  readonly directory: string;
  /** Root of the extracted Debian packages. */
  readonly debian: string;
  readonly socket: string;
  /** Control group below which Pods have theirs. */
  readonly group: string;
  /** CA of the registry, PEM. */
  readonly registryCaFile: string;
  readonly proxyKubeconfig: string;
}

/** Paths of the files that were written. */
export interface NodeFiles {
  readonly containerd: string;
  readonly kubelet: string;
  readonly proxy: string;
}

const POD_NETWORK = "10.244.0.0/24";

/** Writes all of them. */
export function writeNodeFiles(places: NodePlaces): NodeFiles {
  const write = (path: string, content: string | object): string => {
    const file = join(places.directory, path);
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
    return file;
  };
  for (const [host, server] of Object.entries(REGISTRY_HOSTS)) {
    write(`registries/${host}/hosts.toml`, hostsToml(server, places.registryCaFile));
  }
  write("cni/10-pods.conflist", podNetwork(places));
  write("resolv.conf", "");
  return {
    containerd: write("containerd.toml", containerdToml(places)),
    kubelet: write("kubelet.json", kubeletConfiguration(places)),
    proxy: write("kube-proxy.json", proxyConfiguration(places)),
  };
}

/** @see https://github.com/containerd/containerd docs/hosts.md */
function hostsToml(server: string, caFile: string): string {
  return `server = "https://${server}"
[host."https://${server}"]
  capabilities = ["pull", "resolve"]
  ca = "${caFile}"
`;
}

function containerdToml({ directory, debian, socket }: NodePlaces): string {
  // Snapshotters, tracing and plugins for what is not here; they would only print that they lack something.
  const unused = ["btrfs", "zfs", "devmapper", "blockfile", "erofs"].map((name) => `snapshotter.v1.${name}`);
  const others = ["nri.v1.nri", "internal.v1.opt", "tracing.processor.v1.otlp", "internal.v1.tracing"];
  const disabled = [...unused, ...others].map((name) => `'io.containerd.${name}'`).join();
  return `version = 3
root = '${directory}/containerd'
state = '${directory}/containerd-state'
disabled_plugins = [${disabled}]
[grpc]
  address = '${socket}'
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = 'registry.test/public/pause:1'
[plugins.'io.containerd.cri.v1.images'.registry]
  config_path = '${directory}/registries'
[plugins.'io.containerd.cri.v1.runtime']
  # Without CAP_SYS_RESOURCE runc may not lower an oom_score_adj, and every sandbox would fail.
  restrict_oom_score_adj = true
  [plugins.'io.containerd.cri.v1.runtime'.cni]
    bin_dirs = ['${debian}/usr/lib/cni']
    conf_dir = '${directory}/cni'
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
    runtime_type = 'io.containerd.runc.v2'
    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
      BinaryName = '${debian}/usr/sbin/runc'
      SystemdCgroup = false
`;
}

function podNetwork({ directory }: NodePlaces): object {
  const ipam = { type: "host-local", dataDir: join(directory, "ipam"), ranges: [[{ subnet: POD_NETWORK }]] };
  const routes = [{ dst: "0.0.0.0/0" }];
  const bridge = { type: "bridge", bridge: "cni0", isGateway: true, hairpinMode: true, ipam: { ...ipam, routes } };
  return { cniVersion: "1.0.0", name: "pods", plugins: [bridge] };
}

function kubeletConfiguration({ directory, socket, group }: NodePlaces): object {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: NODE_ADDRESS,
    healthzPort: 0,
    authentication: { anonymous: { enabled: false }, webhook: { enabled: true } },
    authorization: { mode: "Webhook" },
    containerRuntimeEndpoint: `unix://${socket}`,
    failCgroupV1: false,
    failSwapOn: false,
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${group}`,
    enforceNodeAllocatable: [],
    podLogsDir: join(directory, "pod-logs"),
    volumePluginDir: join(directory, "volume-plugins"),
    // No Pod has DNS; without an address of it there is a warning for each.
    resolvConf: join(directory, "resolv.conf"),
    clusterDNS: ["10.96.0.10"],
    // A developer's disk may be as full as it likes.
    evictionHard: { "memory.available": "100Mi" },
    imageGCHighThresholdPercent: 100,
    serializeImagePulls: false,
  };
}

function proxyConfiguration({ proxyKubeconfig }: NodePlaces): object {
  return {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "nftables",
    clusterCIDR: POD_NETWORK,
    hostnameOverride: NODE_NAME,
    bindAddress: NODE_ADDRESS,
    clientConnection: { kubeconfig: proxyKubeconfig },
    // Settings of the whole machine stay as they are.
    conntrack: { maxPerCore: 0, min: 0, tcpCloseWaitTimeout: "0s", tcpEstablishedTimeout: "0s" },
  };
}
