/**
 * The image as the one Pod of the Deployment behind its Service: with the manifest's arguments and projected volume, and nothing
 * else that says where the API server is. container.image.test.ts runs it in a network namespace of its own.
 */
import assert from "node:assert/strict";
import { chownSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { ControlPlane } from "../e2e/control-plane/control-plane.ts";
import { namespaceOf } from "../e2e/webhook/namespace.ts";
import { credentialOf, podOf, pullSecretsOf } from "../e2e/webhook/objects.ts";
import { installService } from "../install/installed-service.ts";
import { REPLICA_ADDRESSES } from "../install/own-network.ts";
import { onlyOf } from "../manifests/manifest.ts";
import { waitUntil } from "../wait-until.ts";
import { type ImageToRun, serveContained } from "./contained-process.ts";

/** Names the environment variable that holds an {@link ImageToRun} as JSON. */
export const IMAGE_TO_RUN = "PULLRING_TEST_IMAGE";

interface DeploymentSpec {
  readonly template: { readonly spec: { readonly containers: readonly [{ readonly args: readonly string[] }] } };
}

const image = process.env[IMAGE_TO_RUN];
if (image !== undefined) {
  test("the Pod of the Deployment injects, and ends in order", async (context) => {
    const installed = await installService();
    context.after(() => installed.plane.stop());
    const { plane, manifests } = installed;
    const { args } = (onlyOf(manifests, "Deployment").spec as DeploymentSpec).template.spec.containers[0];
    const { hostname, port } = new URL(plane.url);
    const pod = await serveContained(JSON.parse(image) as ImageToRun, {
      args,
      adminUrl: `http://${REPLICA_ADDRESSES[0]}:8080`,
      mounts: { "/var/run/secrets/kubernetes.io/serviceaccount": await projectedVolume(plane) },
      env: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
    });
    await installed.routeTo([REPLICA_ADDRESSES[0]]);
    const namespace = namespaceOf(plane.api, "default");
    await namespace.create("secrets", credentialOf("cred", "r.example"));
    await waitUntil("an injection", async () => {
      const made = await namespace.create("pods", podOf("probe", "r.example/app"), "?dryRun=All");
      return pullSecretsOf(made).includes("cred");
    });
    assert.equal(await pod.end(), 0);
  });
}

/** What the kubelet writes for the volume `kube-api-access` of the Deployment. */
async function projectedVolume(plane: ControlPlane): Promise<string> {
  const directory = join(plane.directory, "kube-api-access");
  mkdirSync(directory);
  copyFileSync(plane.caFile, join(directory, "ca.crt"));
  writeFileSync(join(directory, "namespace"), "pullring");
  const token = join(directory, "token");
  writeFileSync(token, await plane.serviceAccountToken("pullring", "pullring"), { mode: 0o600 });
  // The kubelet gives it to the user of the Pod's containers.
  chownSync(token, 65_532, 65_532);
  return directory;
}
