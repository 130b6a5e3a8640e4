/** install.yaml against the code: what it sends is what the core handles, and its objects refer to one another. No tool is run. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { filterRequest } from "../../src/core/admission/filter-request.ts";
import { INJECT_LABEL } from "../../src/core/admission/markers.ts";
import { HANDLED_KINDS } from "../../src/core/admission/pod-template.ts";
import { MUTATE_PATH } from "../../src/server/admission/mutate-handler.ts";
import { parseServe } from "../cli/parse-serve.ts";
import { onlyOf, parseManifests, readRepositoryFile } from "./manifest.ts";

interface Rule {
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly resources: readonly string[];
  readonly operations: readonly string[];
}
interface Selector {
  readonly matchExpressions: readonly { key: string; operator: string; values: readonly string[] }[];
}
interface Webhook {
  readonly clientConfig: { readonly service: Readonly<Record<string, unknown>>; readonly caBundle?: string };
  readonly rules: readonly Rule[];
  readonly objectSelector: Selector;
  readonly namespaceSelector: Selector;
}
interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly livenessProbe: { readonly httpGet: unknown };
  readonly readinessProbe: { readonly httpGet: unknown };
}
interface DeploymentSpec {
  readonly template: {
    readonly metadata: { readonly labels: unknown };
    readonly spec: {
      readonly containers: readonly [Container];
      readonly terminationGracePeriodSeconds: number;
    };
  };
}

const manifests = parseManifests(readRepositoryFile("manifests/install.yaml"));
const [webhook] = onlyOf(manifests, "MutatingWebhookConfiguration").webhooks as readonly [Webhook];
const { template } = onlyOf(manifests, "Deployment").spec as DeploymentSpec;
const [container] = template.spec.containers;

/** Whether filtering goes beyond kind and operation for a request of this sort. */
function isHandled(groupKind: string, operation: string): boolean {
  const [group = "", kind = ""] = groupKind.split("/");
  const request = {
    uid: "1",
    subResource: "",
    namespace: "a",
    name: "b",
    dryRun: false,
    object: {},
    oldObject: {},
  };
  const { reason } = filterRequest({ ...request, kind: { group, kind }, operation });
  return reason !== "unhandled-operation" && reason !== "unhandled-kind";
}

test("the rules name exactly the kinds and operations that the core handles", () => {
  const ruled = webhook.rules.flatMap(({ apiGroups, resources, operations }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) => operations.map((operation) => `${operation} ${group}/${resource}`)),
    ),
  );
  const handled = HANDLED_KINDS.flatMap((groupKind) =>
    ["CREATE", "UPDATE", "DELETE", "CONNECT"]
      .filter((operation) => isHandled(groupKind, operation))
      .map((operation) => `${operation} ${groupKind.toLowerCase()}s`),
  );
  assert.deepEqual(ruled.sort(), handled.sort());
});

test("the webhook is called at the code's path, through the Service, at the Pods' port", () => {
  const service = onlyOf(manifests, "Service");
  const { selector, ports } = service.spec as {
    selector: unknown;
    ports: readonly Record<string, unknown>[];
  };
  const { name, namespace } = service.metadata;
  assert.deepEqual(webhook.clientConfig, { service: { name, namespace, path: MUTATE_PATH, port: 443 } });
  assert.deepEqual(ports, [{ name: "https", port: 443, protocol: "TCP", targetPort: "webhook" }]);
  assert.deepEqual(selector, template.metadata.labels);
});

test("the ports are those that the arguments make it listen on", () => {
  const portOf = (wanted: string): number | undefined =>
    container.ports.find(({ name }) => name === wanted)?.containerPort;
  assert.ok(container.args.includes(`--listen=:${portOf("webhook")}`));
  assert.ok(container.args.includes(`--admin-listen=:${portOf("admin")}`));
  assert.deepEqual(container.livenessProbe.httpGet, { path: "/livez", port: "admin" });
  assert.deepEqual(container.readinessProbe.httpGet, { path: "/readyz", port: "admin" });
});

test("the arguments are accepted, and the drain they ask for ends well within the grace period", async () => {
  const [command, ...args] = container.args;
  assert.equal(command, "serve");
  const { drainGrace } = await parseServe(args);
  const graceMs = template.spec.terminationGracePeriodSeconds * 1000;
  assert.ok(drainGrace + 10_000 <= graceMs, `${drainGrace} of ${graceMs} ms`);
});

test("the selectors leave out what opted out, and our own namespace", () => {
  const optedOut = { key: INJECT_LABEL, operator: "NotIn", values: ["false"] };
  const { namespace } = onlyOf(manifests, "Deployment").metadata;
  assert.deepEqual(webhook.objectSelector.matchExpressions, [optedOut]);
  assert.deepEqual(webhook.namespaceSelector.matchExpressions, [
    {
      key: "kubernetes.io/metadata.name",
      operator: "NotIn",
      values: ["kube-system", "kube-node-lease", namespace],
    },
    optedOut,
  ]);
  assert.equal(onlyOf(manifests, "Namespace").metadata.labels?.[INJECT_LABEL], "false");
});

test("the Secret and the caBundle are left to the replicas, under the names in their arguments", () => {
  const secret = onlyOf(manifests, "Secret");
  assert.deepEqual(Object.keys(secret).sort(), ["apiVersion", "kind", "metadata", "type"]);
  assert.ok(container.args.includes(`--tls-secret=${secret.metadata.name}`));
  const configuration = onlyOf(manifests, "MutatingWebhookConfiguration").metadata.name;
  assert.ok(container.args.includes(`--webhook-configuration=${configuration}`));
  assert.ok(container.args.includes(`--service=${onlyOf(manifests, "Service").metadata.name}`));
});

test("the rights are these and no others", () => {
  const rights = manifests
    .filter(({ kind }) => kind === "Role" || kind === "ClusterRole")
    .flatMap(({ kind, rules }) =>
      (rules as readonly { resources: string[]; resourceNames?: string[]; verbs: string[] }[]).map(
        ({ resources, resourceNames = ["*"], verbs }) => `${kind}: ${verbs} ${resources} ${resourceNames}`,
      ),
    );
  assert.deepEqual(rights.sort(), [
    "ClusterRole: get,list,watch serviceaccounts *",
    "ClusterRole: get,watch,update mutatingwebhookconfigurations pullring",
    "ClusterRole: list,watch secrets *",
    "Role: get,update secrets pullring-tls",
  ]);
});

test("the image and the chart are of the version of package.json", () => {
  const { version } = JSON.parse(readRepositoryFile("package.json")) as { version: string };
  assert.ok(container.image.endsWith(`:v${version}`), container.image);
  const [chart] = readRepositoryFile("manifests/chart/Chart.yaml").match(/^version: .*\nappVersion: .*$/m) ?? [];
  assert.equal(chart, `version: ${version}\nappVersion: ${version}`);
});
