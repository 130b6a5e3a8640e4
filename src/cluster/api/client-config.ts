/** Finds out which API server to talk to and as whom, by the client library's own KubeConfig. Sends nothing. */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import { load } from "js-yaml";
import { arrayAt, isObject, memberAt, stringOf } from "../../core/json-value.ts";

/** Where the configuration comes from. */
export interface ClientConfigOptions {
  /** Path of a kubeconfig; undefined: `KUBECONFIG`, `~/.kube/config`, or the ServiceAccount of the Pod this runs in. */
  readonly kubeconfig?: string | undefined;
  /** Name of a context of it; undefined: its current one. */
  readonly context?: string | undefined;
}

/**
 * Loads the configuration; called again whenever credentials are refused, as files may have changed.
 * In a Pod the files of the ServiceAccount come before `~/.kube/config`, which no Pod of ours has.
 * @throws Error when the file cannot be read or parsed, or has no such context or cluster
 */
export function loadClientConfig({ kubeconfig, context }: ClientConfigOptions): KubeConfig {
  const { KUBECONFIG, KUBERNETES_SERVICE_HOST } = process.env;
  const config = new KubeConfig();
  if (kubeconfig !== undefined) {
    readFiles(config, [kubeconfig]);
  } else if (!KUBECONFIG && KUBERNETES_SERVICE_HOST !== undefined) {
    config.loadFromCluster();
  } else {
    const files = (KUBECONFIG || join(homedir(), ".kube/config")).split(delimiter).filter(existsSync);
    if (files.length === 0) throw new Error("no kubeconfig in KUBECONFIG or ~/.kube/config, and this is no Pod");
    readFiles(config, files);
  }
  if (context !== undefined) config.setCurrentContext(context);
  if (config.getContextObject(config.getCurrentContext()) === null || config.getCurrentCluster() === null) {
    throw new Error(`no context ${JSON.stringify(config.getCurrentContext() ?? "")} with a cluster in the kubeconfig`);
  }
  return config;
}

/** Puts the contents of the files together. The first current context counts, as for kubectl. */
function readFiles(config: KubeConfig, files: readonly string[]): void {
  for (const file of files) {
    const part = new KubeConfig();
    part.loadFromFile(file);
    readTokenFiles(part, file);
    config.mergeConfig(part, Boolean(config.getCurrentContext()));
  }
}

/**
 * The library knows `token-file`, which kubectl never had, and reads it once. kubectl's `tokenFile` becomes its provider
 * for projected tokens here, which reads the file again every minute.
 * @see kubernetes client-go tools/clientcmd/api/v1/types.go AuthInfo.TokenFile
 */
function readTokenFiles(config: KubeConfig, kubeconfig: string): void {
  for (const entry of arrayAt(load(readFileSync(kubeconfig, "utf8")), ["users"])) {
    const tokenFile = stringOf(memberAt(entry, ["user", "tokenFile"]));
    const user = config.users.find(({ name }) => isObject(entry) && name === entry.name);
    if (tokenFile === undefined || user === undefined) continue;
    const authProvider = { name: "tokenFile", config: { tokenFile: resolve(dirname(kubeconfig), tokenFile) } };
    config.users = config.users.map((other) => (other === user ? { ...user, authProvider } : other));
  }
}
