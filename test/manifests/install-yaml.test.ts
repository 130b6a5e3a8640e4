/**
 * install.yaml against the code: what it sends is what the core handles, and its objects refer to one another. Then the settings
 * that nothing else depends on, so that a slip would show nowhere else. No tool is run.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { filterRequest } from "../../src/core/admission/filter-request.ts";
import { INJECT_LABEL } from "../../src/core/admission/markers.ts";
import { HANDLED_KINDS } from "../../src/core/admission/pod-template.ts";
import { MUTATE_PATH, OBSERVE_PATH } from "../../src/server/admission/mutate-handler.ts";
import { parseServe } from "../cli/parse-serve.ts";
import { argumentsOf, at, onlyOf, parseManifests, readRepositoryFile } from "./manifest.ts";

interface Webhook {
  readonly name: string;
  readonly clientConfig: unknown;
  readonly rules: readonly Readonly<Record<"apiGroups" | "resources" | "operations", readonly string[]>>[];
}

const manifests = parseManifests(readRepositoryFile("manifests/install.yaml"));
const webhooks = onlyOf(manifests, "MutatingWebhookConfiguration").webhooks as readonly Webhook[];
const deployment = onlyOf(manifests, "Deployment");
const CONTAINER = "spec.template.spec.containers.0";
const [command, ...args] = argumentsOf(manifests);

/** Whether filtering goes beyond kind and operation for a request of this sort. */
function isHandled(groupKind: string, operation: string): boolean {
  const [group = "", kind = ""] = groupKind.split("/");
  const request = { uid: "1", subResource: "", namespace: "a", name: "b", dryRun: false, object: {}, oldObject: {} };
  const { reason } = filterRequest({ ...request, kind: { group, kind }, operation });
  return reason !== "unhandled-operation" && reason !== "unhandled-kind";
}

test("the rules name exactly the kinds and operations that the core handles, Pods apart from templates", () => {
  const handled = HANDLED_KINDS.flatMap((groupKind) =>
    ["CREATE", "UPDATE", "DELETE", "CONNECT"]
      .filter((operation) => isHandled(groupKind, operation))
      .map((operation) => `${operation} ${groupKind.toLowerCase()}s`),
  );
  const [pods, templates, ...others] = webhooks.map(({ rules }) =>
    rules.flatMap(({ apiGroups: [group], resources, operations }) =>
      resources.flatMap((resource) => operations.map((operation) => `${operation} ${group}/${resource}`)),
    ),
  );
  assert.deepEqual([pods, others], [["CREATE /pods"], []]);
  assert.deepEqual([...(pods ?? []), ...(templates ?? [])].sort(), handled.sort());
});

test("the webhooks are called at the code's path, through the Service, at the Pods' port", () => {
  const service = onlyOf(manifests, "Service");
  const { name, namespace } = service.metadata;
  for (const { clientConfig } of webhooks) {
    assert.deepEqual(clientConfig, { service: { name, namespace, path: MUTATE_PATH, port: 443 } });
  }
  assert.ok(readRepositoryFile("manifests/components/observe/kustomization.yaml").includes(`value: ${OBSERVE_PATH}}`));
  assert.deepEqual(service.spec, {
    ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: "webhook" }],
    selector: at(deployment, "spec.template.metadata.labels"),
  });
});

test("the arguments are accepted: the ports are the container's, and the drain ends well within the grace period", async () => {
  const ports = at<readonly { name: string; containerPort: number }[]>(deployment, `${CONTAINER}.ports`);
  assert.equal(command, "serve");
  const { listen, adminListen, drainGrace, liveReadTimeout } = await parseServe(args);
  const named = ports.map(({ name, containerPort }) => `${name} ${containerPort}`);
  assert.deepEqual(named, [`webhook ${listen.port}`, `admin ${adminListen.port}`]);
  const graceMs = at<number>(deployment, "spec.template.spec.terminationGracePeriodSeconds") * 1_000;
  assert.ok(drainGrace + 10_000 <= graceMs, `${drainGrace} of ${graceMs} ms`);
  assert.ok(
    liveReadTimeout + 500 <= POLICIES.timeoutSeconds * 1_000,
    "a live read ends half a second before the time-out",
  );
});

test("the selectors leave out what opted out, and our own namespace", () => {
  const optedOut = { key: INJECT_LABEL, operator: "NotIn", values: ["false"] };
  const values = ["kube-system", "kube-node-lease", deployment.metadata.namespace];
  for (const webhook of webhooks) {
    assert.deepEqual(at(webhook, "objectSelector.matchExpressions"), [optedOut]);
    assert.deepEqual(at(webhook, "namespaceSelector.matchExpressions"), [
      { key: "kubernetes.io/metadata.name", operator: "NotIn", values },
      optedOut,
    ]);
  }
  assert.equal(onlyOf(manifests, "Namespace").metadata.labels?.[INJECT_LABEL], "false");
});

test("the Secret and the caBundle are left to the replicas, under the names in their arguments", () => {
  const secret = onlyOf(manifests, "Secret");
  assert.deepEqual(Object.keys(secret).sort(), ["apiVersion", "kind", "metadata", "type"]);
  for (const [flag, kind] of [
    ["--tls-secret", "Secret"],
    ["--webhook-configuration", "MutatingWebhookConfiguration"],
    ["--service", "Service"],
  ] as const) {
    assert.ok(args.includes(`${flag}=${onlyOf(manifests, kind).metadata.name}`), flag);
  }
});

test("the image and the chart are of the version of package.json", () => {
  const { version } = JSON.parse(readRepositoryFile("package.json")) as { version: string };
  assert.match(at<string>(deployment, `${CONTAINER}.image`), new RegExp(`:v${version}$`));
  const [chart] = readRepositoryFile("manifests/chart/Chart.yaml").match(/^version: .*\nappVersion: .*$/m) ?? [];
  assert.equal(chart, `version: ${version}\nappVersion: ${version}`);
});

const POLICIES = {
  failurePolicy: "Ignore",
  sideEffects: "None",
  reinvocationPolicy: "IfNeeded",
  matchPolicy: "Equivalent",
  admissionReviewVersions: ["v1"],
  timeoutSeconds: 3,
};

/** A sentence, the kind of an object, and what stands in it at which path. */
const settings: readonly (readonly [title: string, kind: string, Readonly<Record<string, unknown>>])[] = [
  [
    "no webhook blocks or has side effects, and each is called for every version and again after others",
    "MutatingWebhookConfiguration",
    Object.fromEntries(
      Object.entries(POLICIES).flatMap(([policy, value]) => [0, 1].map((at) => [`webhooks.${at}.${policy}`, value])),
    ),
  ],
  [
    "one replica of two is always there, on another node and in another zone where there are any",
    "Deployment",
    {
      "spec.replicas": 2,
      "spec.strategy": { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      "spec.template.spec.topologySpreadConstraints.0.topologyKey": "kubernetes.io/hostname",
      "spec.template.spec.topologySpreadConstraints.0.whenUnsatisfiable": "ScheduleAnyway",
      "spec.template.spec.topologySpreadConstraints.1.topologyKey": "topology.kubernetes.io/zone",
      "spec.template.spec.topologySpreadConstraints.1.whenUnsatisfiable": "ScheduleAnyway",
    },
  ],
  [
    "replicas are evicted one at a time, and one that is not ready holds up nothing",
    "PodDisruptionBudget",
    {
      spec: {
        maxUnavailable: 1,
        unhealthyPodEvictionPolicy: "AlwaysAllow",
        selector: { matchLabels: at(deployment, "spec.template.metadata.labels") },
      },
    },
  ],
  [
    "a replica goes before ordinary Pods, to Linux, with no token, environment or right that it does not use",
    "Deployment",
    {
      "spec.template.spec.priorityClassName": "system-cluster-critical",
      "spec.template.spec.nodeSelector": { "kubernetes.io/os": "linux" },
      "spec.template.spec.automountServiceAccountToken": false,
      "spec.template.spec.enableServiceLinks": false,
      "spec.template.spec.securityContext": { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      [`${CONTAINER}.securityContext`]: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      },
    },
  ],
  [
    "a container is probed, and ends after half a minute without its event loop, without waiting for a drain",
    "Deployment",
    {
      [`${CONTAINER}.livenessProbe`]: {
        httpGet: { path: "/livez", port: "admin" },
        periodSeconds: 10,
        timeoutSeconds: 5,
        failureThreshold: 3,
        terminationGracePeriodSeconds: 5,
      },
      [`${CONTAINER}.readinessProbe.httpGet`]: { path: "/readyz", port: "admin" },
      [`${CONTAINER}.startupProbe`]: {
        httpGet: { path: "/readyz", port: "admin" },
        periodSeconds: 1,
        timeoutSeconds: 2,
        failureThreshold: 600,
      },
    },
  ],
  [
    "memory is limited and processor time is not",
    "Deployment",
    { [`${CONTAINER}.resources`]: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } } },
  ],
];

for (const [title, kind, expected] of settings) {
  test(title, () => {
    const object = onlyOf(manifests, kind);
    assert.deepEqual(Object.fromEntries(Object.keys(expected).map((path) => [path, at(object, path)])), expected);
  });
}
