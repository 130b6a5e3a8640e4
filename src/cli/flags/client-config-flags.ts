/** Turns `--kubeconfig` and `--context` into the client configuration, and its faults into those of flags. */
import { loadClientConfig } from "../../cluster/api/client-config.ts";
import { ConfigError } from "../../core/app-error.ts";

/** The flags that choose a cluster; "" where one is not given. */
export interface ClientConfigFlags {
  readonly kubeconfig: string;
  readonly context: string;
}

/**
 * Gives the function that loads the configuration, now and whenever credentials may have changed.
 * @throws ConfigError when it cannot be loaded now
 */
export function openClientConfig({
  kubeconfig,
  context,
}: ClientConfigFlags): () => ReturnType<typeof loadClientConfig> {
  const load = (): ReturnType<typeof loadClientConfig> =>
    loadClientConfig({ kubeconfig: kubeconfig || undefined, context: context || undefined });
  try {
    load();
  } catch (error) {
    // A parser's message may quote the lines that it could not read; only its first sentence is shown.
    const [reason = ""] = (error instanceof Error ? error.message : "").split("\n");
    throw new ConfigError([
      `no cluster to talk to: ${reason}; name a kubeconfig with --kubeconfig, or manifests with --credentials`,
    ]);
  }
  return load;
}
