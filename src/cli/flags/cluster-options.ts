/** The options that choose a cluster, shared by all commands that ask one, and the client configuration they stand for. */
import type { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import { ConfigError } from "../../core/app-error.ts";
import type { OptionTable } from "./option-table.ts";
import { parseText } from "./option-values.ts";

/** Which cluster to ask; both undefined for KUBECONFIG, the cluster this runs in, or ~/.kube/config. */
export interface ClusterOptions {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}

/** `--kubeconfig` and `--context` */
export const CLUSTER_OPTIONS: OptionTable<ClusterOptions> = {
  kubeconfig: {
    flags: "--kubeconfig <file>",
    help: "kubeconfig of the cluster to decide for; without it KUBECONFIG, the cluster this runs in, or ~/.kube/config",
    parse: parseText,
  },
  context: {
    flags: "--context <name>",
    help: "context of the kubeconfig; without it its current one",
    parse: parseText,
  },
};

/**
 * Gives the function that loads the configuration, now and whenever credentials may have changed. The client library is
 * large, so it is loaded only here.
 * @param remedy what a person can do when there is no cluster
 * @throws ConfigError when the configuration cannot be loaded now
 */
export async function openClientConfig(
  options: ClusterOptions,
  remedy = "name a kubeconfig with --kubeconfig, or manifests with --credentials",
): Promise<() => KubeConfig> {
  const { loadClientConfig } = await import("../../cluster/api/client-config.ts");
  const load = (): KubeConfig => loadClientConfig(options);
  try {
    load();
  } catch (error) {
    // A parser's message may quote the lines that it could not read; only its first line is shown.
    const [reason = ""] = (error instanceof Error ? error.message : "").split("\n");
    throw new ConfigError([`no cluster to talk to: ${reason}; ${remedy}`]);
  }
  return load;
}
