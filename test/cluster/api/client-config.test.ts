/** Where the client configuration comes from. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, test } from "node:test";
import type { KubeConfig } from "@kubernetes/client-node";
import { loadClientConfig } from "../../../src/cluster/api/client-config.ts";

const directory = mkdtempSync(join(tmpdir(), "pullring-client-config-"));
after(() => rmSync(directory, { recursive: true }));

/** Writes a kubeconfig with one context and gives its path. */
function kubeconfigOf(server: string, user: object = {}): string {
  const path = join(directory, "config");
  const config = {
    clusters: [{ name: "c", cluster: { server } }],
    users: [{ name: "u", user }],
    contexts: [{ name: "one", context: { cluster: "c", user: "u" } }],
    "current-context": "one",
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

/** Loads with these variables of the environment instead of the real ones. */
function loadWith(variables: NodeJS.ProcessEnv): KubeConfig {
  const { env } = process;
  process.env = variables;
  try {
    return loadClientConfig({});
  } finally {
    process.env = env;
  }
}

function serverOf(config: KubeConfig): string | undefined {
  return config.getCurrentCluster()?.server;
}

const POD = { KUBERNETES_SERVICE_HOST: "10.0.0.1", KUBERNETES_SERVICE_PORT: "443", HOME: directory };

test("takes KUBECONFIG before the ServiceAccount of the Pod, and that before everything else", () => {
  const KUBECONFIG = kubeconfigOf("https://named.example.com");
  assert.equal(serverOf(loadWith({ ...POD, KUBECONFIG })), "https://named.example.com");
  assert.equal(serverOf(loadWith(POD)), "https://10.0.0.1:443");
});

test("refuses the address that the library guesses where there is no configuration", () => {
  assert.throws(() => loadWith({ HOME: directory }), /no kubeconfig in KUBECONFIG or ~\/.kube\/config/);
});

test("refuses a context that the kubeconfig does not have", () => {
  const kubeconfig = kubeconfigOf("https://named.example.com");
  assert.throws(() => loadClientConfig({ kubeconfig, context: "nowhere" }), /no context "nowhere"/);
});

test("reads a tokenFile beside the kubeconfig, however the kubeconfig was named", async () => {
  writeFileSync(join(directory, "token"), "from the file");
  const kubeconfig = kubeconfigOf("https://named.example.com", { tokenFile: "token" });
  const KUBECONFIG = [join(directory, "missing"), kubeconfig].join(delimiter);
  for (const config of [loadClientConfig({ kubeconfig }), loadWith({ ...POD, KUBECONFIG })]) {
    const options: { headers?: Record<string, string> } = { headers: {} };
    await config.applyToHTTPSOptions(options);
    assert.equal(options.headers?.Authorization, "Bearer from the file");
  }
});
