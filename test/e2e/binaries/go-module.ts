/**
 * The Go modules beside this file whose `tool` lines name the real binaries of the cluster and node tests, and how each is
 * linked. Versions live in the go.mod files only; nothing here repeats them.
 */

/** Every binary that the tests can ask for. */
export type BinaryName =
  | "etcd"
  | "kube-apiserver"
  | "kube-controller-manager"
  | "kubectl"
  | "kubelet"
  | "kube-scheduler"
  | "kube-proxy"
  | "containerd"
  | "containerd-shim-runc-v2"
  | "helm"
  | "kubeconform"
  | "krew"
  | "promlint";

/** One Go module of this folder; all its binaries are built together. */
export interface GoModule {
  /** Name of its folder. */
  readonly name: string;
  /** The required module whose version names the build. */
  readonly versionOf: string;
  /** Go import path of each binary's main package. */
  readonly packages: Readonly<Partial<Record<BinaryName, string>>>;
  /** Linker `-X` settings, which `--version` of each binary prints. */
  readonly linkerVariables: (version: string) => readonly string[];
}

const componentBase = "k8s.io/component-base/version";
const containerd = "github.com/containerd/containerd/v2";
const helm = "helm.sh/helm/v3";

function kubernetesVersion(version: string): readonly string[] {
  const [major = "", minor = ""] = version.replace("v", "").split(".");
  return [
    `${componentBase}.gitVersion=${version}`,
    `${componentBase}.gitMajor=${major}`,
    `${componentBase}.gitMinor=${minor}`,
  ];
}

export const MODULES: readonly GoModule[] = [
  {
    name: "etcd",
    versionOf: "go.etcd.io/etcd/server/v3",
    packages: { etcd: "go.etcd.io/etcd/server/v3" },
    linkerVariables: () => [],
  },
  {
    name: "kubernetes",
    versionOf: "k8s.io/kubernetes",
    packages: {
      "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
      "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
      kubectl: "k8s.io/kubernetes/cmd/kubectl",
    },
    linkerVariables: kubernetesVersion,
  },
  {
    // What runs on a node, so that the cluster tests need not wait for it. Its go.mod requires the same version.
    name: "kubernetes-node",
    versionOf: "k8s.io/kubernetes",
    packages: {
      kubelet: "k8s.io/kubernetes/cmd/kubelet",
      "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
      "kube-proxy": "k8s.io/kubernetes/cmd/kube-proxy",
    },
    linkerVariables: kubernetesVersion,
  },
  {
    // Debian's is too old for image volumes.
    name: "containerd",
    versionOf: containerd,
    packages: {
      containerd: `${containerd}/cmd/containerd`,
      "containerd-shim-runc-v2": `${containerd}/cmd/containerd-shim-runc-v2`,
    },
    linkerVariables: (version) => [`${containerd}/version.Version=${version}`],
  },
  {
    name: "tools",
    versionOf: helm,
    packages: { helm: `${helm}/cmd/helm`, kubeconform: "github.com/yannh/kubeconform/cmd/kubeconform" },
    linkerVariables: (version) => [`${helm}/internal/version.version=${version}`],
  },
  {
    // kubectl's plugin manager.
    name: "krew",
    versionOf: "sigs.k8s.io/krew",
    packages: { krew: "sigs.k8s.io/krew/cmd/krew" },
    linkerVariables: () => [],
  },
  {
    // A program of our own around a library, the linter of `promtool check metrics`.
    name: "promlint",
    versionOf: "github.com/prometheus/client_golang",
    packages: { promlint: "pullring.dev/test/e2e/binaries/promlint" },
    linkerVariables: () => [],
  },
];
