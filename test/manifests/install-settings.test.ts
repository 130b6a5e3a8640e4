/** The settings of install.yaml that no other object and no line of code depends on, so that a slip would show nowhere else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseServe } from "../cli/parse-serve.ts";
import { onlyOf, parseManifests, readRepositoryFile } from "./manifest.ts";

const manifests = parseManifests(readRepositoryFile("manifests/install.yaml"));
const [webhook] = onlyOf(manifests, "MutatingWebhookConfiguration").webhooks as readonly [WebhookPolicies];
const deployment = onlyOf(manifests, "Deployment").spec as DeploymentSpec;
const { spec: pod, metadata } = deployment.template;
const [container] = pod.containers;

interface WebhookPolicies {
  readonly [policy: string]: unknown;
  readonly timeoutSeconds: number;
}
interface DeploymentSpec {
  readonly replicas: number;
  readonly strategy: unknown;
  readonly selector: { readonly matchLabels: unknown };
  readonly template: { readonly metadata: { readonly labels: unknown }; readonly spec: PodSpec };
}
interface PodSpec {
  readonly [field: string]: unknown;
  readonly topologySpreadConstraints: readonly {
    readonly topologyKey: string;
    readonly whenUnsatisfiable: string;
  }[];
  readonly containers: readonly [
    {
      readonly resources: {
        readonly requests: Readonly<Record<string, string>>;
        readonly limits: Readonly<Record<string, string>>;
      };
      readonly securityContext: unknown;
      readonly livenessProbe: Readonly<
        Record<"periodSeconds" | "failureThreshold" | "terminationGracePeriodSeconds", number>
      >;
    },
  ];
}

test("the webhook never blocks, has no side effects, and is called for every version and again after others", () => {
  const { failurePolicy, sideEffects, reinvocationPolicy, matchPolicy, admissionReviewVersions } = webhook;
  assert.deepEqual(
    { failurePolicy, sideEffects, reinvocationPolicy, matchPolicy, admissionReviewVersions },
    {
      failurePolicy: "Ignore",
      sideEffects: "None",
      reinvocationPolicy: "IfNeeded",
      matchPolicy: "Equivalent",
      admissionReviewVersions: ["v1"],
    },
  );
});

test("the time-out is small and leaves a live read its half second", async () => {
  assert.equal(webhook.timeoutSeconds, 3);
  assert.ok((await parseServe([])).liveReadTimeout + 500 <= webhook.timeoutSeconds * 1_000);
});

test("one replica of two is always there, on another node and in another zone where there are any", () => {
  assert.equal(deployment.replicas, 2);
  assert.deepEqual(deployment.strategy, {
    type: "RollingUpdate",
    rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
  });
  const { selector, ...budget } = onlyOf(manifests, "PodDisruptionBudget").spec as {
    readonly selector: unknown;
  };
  assert.deepEqual(budget, { maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow" });
  assert.deepEqual(selector, { matchLabels: metadata.labels });
  assert.deepEqual(
    pod.topologySpreadConstraints.map(({ topologyKey, whenUnsatisfiable }) => [topologyKey, whenUnsatisfiable]),
    [
      ["kubernetes.io/hostname", "ScheduleAnyway"],
      ["topology.kubernetes.io/zone", "ScheduleAnyway"],
    ],
  );
});

test("a replica goes before ordinary Pods, to Linux, with no token, environment or right that it does not use", () => {
  const { priorityClassName, nodeSelector, automountServiceAccountToken, enableServiceLinks } = pod;
  assert.deepEqual(
    { priorityClassName, nodeSelector, automountServiceAccountToken, enableServiceLinks },
    {
      priorityClassName: "system-cluster-critical",
      nodeSelector: { "kubernetes.io/os": "linux" },
      automountServiceAccountToken: false,
      enableServiceLinks: false,
    },
  );
  assert.deepEqual(pod.securityContext, { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
  assert.deepEqual(container.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
});

test("a container whose event loop is blocked ends after half a minute, without waiting for a drain", () => {
  const { periodSeconds, failureThreshold, terminationGracePeriodSeconds } = container.livenessProbe;
  assert.deepEqual([periodSeconds * failureThreshold, terminationGracePeriodSeconds], [30, 5]);
});

test("memory is limited and processor time is not", () => {
  const { requests, limits } = container.resources;
  assert.deepEqual(Object.keys(requests).sort(), ["cpu", "memory"]);
  assert.deepEqual(Object.keys(limits), ["memory"]);
});
