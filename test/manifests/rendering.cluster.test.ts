/** The three forms of the manifests are one: kustomize, the rendered install.yaml, the Helm chart. With the real tools. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { parseServe } from "../cli/parse-serve.ts";
import { argumentsOf, at, byIdentity, parseManifests, readRepositoryFile, repositoryRoot } from "./manifest.ts";
import { helmTemplate, kustomize } from "./render.ts";

/** For each component the setting of the chart that says the same. */
const settings: Readonly<Record<string, string>> = {
  "cert-manager": "tls=cert-manager",
  "host-network": "hostNetwork=true",
  "port-10250": "webhookPort=10250",
  namespaced: "namespaces={default}",
  "client-certificates": "clientCertificates.demanded=true",
  observe: "observe=true",
  "pods-only": "podsOnly=true",
  "high-security": "highSecurity=true",
  "opt-in": "optIn=true",
  prometheus: "prometheus=true",
  "outside-pod-network": "networkPolicy.podNetworks={10.244.0.0/16}",
  "default-priority": "priorityClassName=",
  "critical-pods-quota": "criticalPodsQuota=true",
  healing: "healing=evict",
  sharing: "sharing=pullring-shared",
  "sharing-namespaced": "sharing=pullring-shared,namespaces={default}",
};
const names = Object.keys(settings);
const without = (...left: readonly string[]): readonly string[] => names.filter((name) => !left.includes(name));
/** Each alone, as many together as go together, and those that change the same objects in the other order. */
const combinations: readonly (readonly string[])[] = [
  [],
  ...names.map((name) => [name]),
  without("host-network", "default-priority", "healing", "sharing", "sharing-namespaced"),
  without("port-10250", "critical-pods-quota", "outside-pod-network", "namespaced", "sharing-namespaced"),
  without(
    "cert-manager",
    "client-certificates",
    "host-network",
    "port-10250",
    "critical-pods-quota",
    "healing",
    "sharing",
    "sharing-namespaced",
  ).toReversed(),
  ["high-security", "namespaced", "opt-in"],
];

test("install.yaml is what kubectl kustomize renders from the base, and each component has a setting", async () => {
  assert.equal(readRepositoryFile("manifests/install.yaml"), await kustomize());
  assert.deepEqual(readdirSync(new URL("manifests/components/", repositoryRoot)).sort(), names.toSorted());
});

for (const components of combinations) {
  test(`the chart gives the objects of the base with [${components.join(", ")}], whose arguments are accepted`, async () => {
    const rendered = parseManifests(await kustomize(components));
    const chosen = components.map((name) => settings[name] ?? "");
    const chart = parseManifests(await helmTemplate(["createNamespace=true", ...chosen]));
    assert.deepEqual(byIdentity(chart), byIdentity(rendered));
    await parseServe(argumentsOf(rendered).slice(1));
  });
}

test("the chart leaves the namespace to the person who installs it, unless asked, and gives the same each time", async () => {
  const rendered = await helmTemplate();
  const kinds = parseManifests(rendered).map(({ kind }) => kind);
  assert.ok(kinds.length > 10);
  assert.ok(!kinds.includes("Namespace"));
  assert.equal(await helmTemplate(), rendered);
});

test("the chart lets in no Pod of any of its networks, by their families", async () => {
  const chart = await helmTemplate(["networkPolicy.podNetworks={10.1.0.0/16,fd00::/48,10.2.0.0/16}"]);
  const [policy] = parseManifests(chart).filter(({ kind }) => kind === "NetworkPolicy");
  assert.deepEqual(at(policy, "spec.ingress.0.from"), [
    { ipBlock: { cidr: "0.0.0.0/0", except: ["10.1.0.0/16", "10.2.0.0/16"] } },
    { ipBlock: { cidr: "::/0", except: ["fd00::/48"] } },
  ]);
});

for (const setting of [
  "replica=3",
  "replicas=0",
  "tls=files",
  "image.digest=sha256:1234",
  "webhookPort=70000",
  "namespaces={Default}",
  "networkPolicy.podNetworks={pods}",
  "healing=yes",
  "sharing=Pullring",
  "sharing=true",
  "clientCertificates.demanded=yes",
  "clientCertificates.allowedNames={*.example.org}",
]) {
  test(`the chart's schema refuses ${setting}`, async () => {
    await assert.rejects(helmTemplate([setting]), /values don't meet the specifications of the schema/);
  });
}
