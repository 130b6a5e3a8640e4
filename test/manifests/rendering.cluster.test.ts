/** The three forms of the manifests are one: kustomize, the rendered install.yaml, the Helm chart. With the real tools. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseServe } from "../cli/parse-serve.ts";
import { byIdentity, type Manifest, onlyOf, parseManifests, readRepositoryFile } from "./manifest.ts";
import { helmTemplate, kustomize } from "./render.ts";

/** Each variant: the components that make it, and the settings of the chart that say the same. */
const variants: readonly (readonly [components: readonly string[], settings: readonly string[]])[] = [
  [[], []],
  [["cert-manager"], ["tls=cert-manager"]],
  [["host-network"], ["hostNetwork=true"]],
  [["port-10250"], ["webhookPort=10250"]],
  [["pods-only"], ["podsOnly=true"]],
  [["high-security"], ["highSecurity=true"]],
  [["client-certificates"], ["clientCertificates.demanded=true"]],
  [
    ["cert-manager", "client-certificates"],
    ["tls=cert-manager", "clientCertificates.demanded=true"],
  ],
  [["prometheus"], ["prometheus=true"]],
  [["namespaced"], ["namespaces={default}"]],
  [["default-priority"], ["priorityClassName="]],
  [["critical-pods-quota"], ["criticalPodsQuota=true"]],
  [
    ["high-security", "pods-only"],
    ["highSecurity=true", "podsOnly=true"],
  ],
  [
    ["pods-only", "high-security"],
    ["highSecurity=true", "podsOnly=true"],
  ],
  [
    ["high-security", "namespaced"],
    ["highSecurity=true", "namespaces={default}"],
  ],
  [
    ["cert-manager", "port-10250", "prometheus", "high-security", "pods-only", "namespaced"],
    [
      "tls=cert-manager",
      "webhookPort=10250",
      "prometheus=true",
      "highSecurity=true",
      "podsOnly=true",
      "namespaces={default}",
    ],
  ],
  [
    ["host-network", "cert-manager", "prometheus", "critical-pods-quota"],
    ["hostNetwork=true", "tls=cert-manager", "prometheus=true", "criticalPodsQuota=true"],
  ],
];

test("install.yaml is what kubectl kustomize renders from the base", async () => {
  assert.equal(readRepositoryFile("manifests/install.yaml"), await kustomize());
});

for (const [components, settings] of variants) {
  test(`the chart gives the objects of the base with [${components.join(", ")}], whose arguments are accepted`, async () => {
    const rendered = byIdentity(parseManifests(await kustomize(components)));
    const chart = byIdentity(parseManifests(await helmTemplate(["createNamespace=true", ...settings])));
    assert.deepEqual(chart, rendered);
    const { args } = firstContainer(Object.values(rendered));
    await parseServe(args.slice(1));
  });
}

test("the chart leaves the namespace to the person who installs it, unless asked", async () => {
  const kinds = parseManifests(await helmTemplate()).map(({ kind }) => kind);
  assert.ok(kinds.length > 10);
  assert.ok(!kinds.includes("Namespace"));
});

test("two renders of the chart are equal", async () => {
  assert.equal(await helmTemplate(), await helmTemplate());
});

for (const setting of [
  "replica=3",
  "replicas=0",
  "tls=files",
  "image.digest=sha256:1234",
  "webhookPort=70000",
  "namespaces={Default}",
  "clientCertificates.demanded=yes",
  "clientCertificates.allowedNames={*.example.org}",
]) {
  test(`the chart's schema refuses ${setting}`, async () => {
    await assert.rejects(helmTemplate([setting]), /values don't meet the specifications of the schema/);
  });
}

function firstContainer(manifests: readonly Manifest[]): { readonly args: readonly string[] } {
  const spec = onlyOf(manifests, "Deployment").spec as {
    template: { spec: { containers: readonly [{ args: readonly string[] }] } };
  };
  return spec.template.spec.containers[0];
}
