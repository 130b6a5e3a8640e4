/**
 * The Go modules beside this file whose `tool` lines name the real binaries of the cluster tests, and how each is linked.
 * Versions live in the go.mod files only; nothing here repeats them.
 */
import { readFileSync } from "node:fs";

/** Every binary that the cluster tests can ask for. */
export type BinaryName =
  | "etcd"
  | "kube-apiserver"
  | "kube-controller-manager"
  | "kubectl"
  | "helm"
  | "kubeconform"
  | "promlint";

/** One Go module of this folder; all its binaries are built together. */
export interface GoModule {
  /** Name of the module's folder beside this file. */
  readonly name: string;
  /** The required module whose version names the build, as it stands in go.mod. */
  readonly versionOf: string;
  /** Go import path of each binary's main package. */
  readonly packages: Readonly<Partial<Record<BinaryName, string>>>;
  /** Linker `-X` settings for the version found in go.mod; they are what `--version` of each binary prints. */
  readonly linkerVariables: (version: string) => readonly string[];
}

const componentBase = "k8s.io/component-base/version";
const helm = "helm.sh/helm/v3";

const kubernetes: GoModule = {
  name: "kubernetes",
  versionOf: "k8s.io/kubernetes",
  packages: {
    "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
    "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
    kubectl: "k8s.io/kubernetes/cmd/kubectl",
  },
  linkerVariables: (version) => {
    const [major = "", minor = ""] = version.replace("v", "").split(".");
    return [
      `${componentBase}.gitVersion=${version}`,
      `${componentBase}.gitMajor=${major}`,
      `${componentBase}.gitMinor=${minor}`,
    ];
  },
};

const etcd: GoModule = {
  name: "etcd",
  versionOf: "go.etcd.io/etcd/server/v3",
  packages: { etcd: "go.etcd.io/etcd/server/v3" },
  linkerVariables: () => [],
};

const tools: GoModule = {
  name: "tools",
  versionOf: helm,
  packages: { helm: `${helm}/cmd/helm`, kubeconform: "github.com/yannh/kubeconform/cmd/kubeconform" },
  linkerVariables: (version) => [`${helm}/internal/version.version=${version}`],
};

/** A program of our own around a library, the linter of `promtool check metrics`. */
const promlint: GoModule = {
  name: "promlint",
  versionOf: "github.com/prometheus/client_golang",
  packages: { promlint: "pullring.dev/test/e2e/binaries/promlint" },
  linkerVariables: () => [],
};

/** All modules of this folder. */
export const goModules: readonly GoModule[] = [etcd, kubernetes, tools, promlint];

/** The module that `binary` is built from. */
export function goModuleOf(binary: BinaryName): GoModule {
  const found = goModules.find((candidate) => candidate.packages[binary] !== undefined);
  if (found === undefined) throw new Error(`no Go module for binary ${binary}`);
  return found;
}

/** Absolute URL of `file` in the folder of `module`. */
export function moduleFile(module: GoModule, file: "" | "go.mod" | "go.sum"): URL {
  return new URL(`./${module.name}/${file}`, import.meta.url);
}

/**
 * The version (`v1.2.3`) at which go.mod requires `path`.
 * @throws Error when go.mod does not require it
 */
export function requiredVersion(module: GoModule, path: string): string {
  const lines = readFileSync(moduleFile(module, "go.mod"), "utf8").split("\n");
  for (const line of lines) {
    const [required, version] = line
      .trim()
      .replace(/^require /, "")
      .split(" ");
    if (required === path && version !== undefined) return version;
  }
  throw new Error(`${module.name}/go.mod does not require ${path}`);
}
