/**
 * The webhook by its Service, as the manifests have it, with the API server itself as the way there: no kube-proxy, no
 * kube-dns. EndpointSlices refuse loopback addresses, so all of it runs in a network namespace of its own.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { endpointSlice, SLICE_PATH } from "../install/endpoint-slice.ts";
import { inOwnNetwork, REPLICA_ADDRESSES } from "../install/own-network.ts";
import { onlyOf, parseManifests } from "../manifests/manifest.ts";
import { kustomize } from "../manifests/render.ts";
import { waitUntil } from "../wait-until.ts";
import { type ControlPlane, startControlPlane } from "./control-plane/control-plane.ts";
import { apply, configureWebhook, createIdentity } from "./webhook/install.ts";
import { namespaceOf } from "./webhook/namespace.ts";
import { credentialOf, podOf, pullSecretsOf } from "./webhook/objects.ts";
import { startPullring } from "./webhook/pullring-process.ts";
import { makeServingCertificate } from "./webhook/serving-certificate.ts";

const [ADDRESS] = REPLICA_ADDRESSES;

inOwnNetwork(import.meta.url, "pullring is reached by its Service", () => {
  describe("pullring behind its Service", () => {
    let plane: ControlPlane;
    before(async () => {
      plane = await startControlPlane({ apiServerFlags: ["--enable-aggregator-routing=true"] });
      const { kubeconfig } = await createIdentity(plane);
      const host = "pullring.pullring.svc";
      const { certFile, keyFile } = await makeServingCertificate(plane.directory, host);
      const flags = ["--tls=files", `--tls-cert-file=${certFile}`, `--tls-key-file=${keyFile}`];
      const tls = { flags, caFile: certFile };
      const pullring = await startPullring(plane, { kubeconfig, tls, address: ADDRESS });
      const service = onlyOf(parseManifests(await kustomize()), "Service");
      await apply(plane, [
        service,
        endpointSlice([{ addresses: [ADDRESS], conditions: { ready: true } }], pullring.port),
      ]);
      const reference = { name: "pullring", namespace: "pullring", path: "/mutate", port: 443 };
      await configureWebhook(plane, pullring, { clientConfig: { service: reference } });
    });
    after(() => plane?.stop());

    test("a Pod names the credential that it needs", async () => {
      const namespace = namespaceOf(plane.api, "default");
      await namespace.create("secrets", credentialOf("testquay", "quay.io"));
      const pod = await namespace.create("pods", podOf("web", "quay.io/acme/web:1"));
      assert.deepEqual(pullSecretsOf(pod), ["testquay"]);
    });

    test("Pods are stored without one when the Service has no endpoint", async () => {
      const namespace = namespaceOf(plane.api, "default");
      await plane.api.expect("DELETE", SLICE_PATH);
      let number = 0;
      await waitUntil("a Pod without one", async () => {
        const pod = await namespace.create("pods", podOf(`alone-${++number}`, "quay.io/acme/web:1"));
        return pullSecretsOf(pod).length === 0;
      });
    });
  });
});
