/** cert-manager instead of managed certificates: what has to fit together so that its CA injector and pullring do. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Manifest, onlyOf, parseManifests } from "./manifest.ts";
import { helmTemplate, kustomize } from "./render.ts";

const ANNOTATION = "cert-manager.io/inject-ca-from";
const renderings: readonly (readonly [string, () => Promise<string>])[] = [
  ["the component", () => kustomize(["cert-manager"])],
  ["the chart", () => helmTemplate(["tls=cert-manager"])],
];

for (const [title, render] of renderings) {
  describe(`${title} with cert-manager`, async () => {
    const manifests = parseManifests(await render());

    test("has the CA of the serving certificate injected, and no caBundle of its own", () => {
      const configuration = onlyOf(manifests, "MutatingWebhookConfiguration");
      const [namespace, name] = (configuration.metadata.annotations?.[ANNOTATION] ?? "").split("/");
      const certificate = manifests.find((found) => found.kind === "Certificate" && found.metadata.name === name);
      assert.ok(certificate !== undefined && certificate.metadata.namespace === namespace);
      assert.ok(!JSON.stringify(configuration).includes("caBundle"));
      assert.equal(secretOfDeployment(manifests), (certificate.spec as { secretName: string }).secretName);
    });

    test("reads its files and touches no Secret and no webhook configuration", () => {
      assert.match(JSON.stringify(onlyOf(manifests, "Deployment")), /--tls=files/);
      const rights = manifests.filter(({ kind }) => kind === "Role" || kind === "ClusterRole");
      assert.doesNotMatch(JSON.stringify(rights), /update|mutatingwebhookconfigurations/);
    });
  });
}

/** The Secret that the Deployment mounts. */
function secretOfDeployment(manifests: readonly Manifest[]): string | undefined {
  return /"secretName":"([^"]+)"/.exec(JSON.stringify(onlyOf(manifests, "Deployment")))?.[1];
}
