/** What is fixed about a node, as it is alone in its network. */

/** On a bridge of its own; Pods and the API server are reached from here, and nothing else is. */
export const NODE_ADDRESS = "10.99.0.1";

export const NODE_NAME = "node1";

/** Registries that a runtime asks, by the host of the image name. Docker Hub's is another than its images say. */
export const REGISTRY_HOSTS: Readonly<Record<string, string>> = {
  "quay.io": "quay.io",
  "ghcr.io": "ghcr.io",
  "registry.test": "registry.test",
  "docker.io": "registry-1.docker.io",
};

/** Names that lead to {@link NODE_ADDRESS} there. */
export const NODE_NAMES: readonly string[] = [NODE_NAME, ...Object.values(REGISTRY_HOSTS)];
