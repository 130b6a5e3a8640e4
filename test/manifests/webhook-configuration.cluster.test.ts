/**
 * Which requests the webhook configuration sends to pullring, on a real API server: by kind, operation and subresource, by
 * selectors and conditions, and with the components that change it; and what it does when pullring does not answer.
 */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { filterRequest } from "../../src/core/admission/filter-request.ts";
import { HANDLED_KINDS, templatePath } from "../../src/core/admission/pod-template.ts";
import type { SkipReason } from "../../src/core/verdicts/skip-reason.ts";
import { MUTATE_PATH } from "../../src/server/admission/mutate-handler.ts";
import type { KubeObject } from "../e2e/control-plane/api-client.ts";
import { type ControlPlane, startControlPlane } from "../e2e/control-plane/control-plane.ts";
import { namespaceOf, waitForAccount } from "../e2e/webhook/namespace.ts";
import { waitUntil } from "../wait-until.ts";
import { at, readRepositoryFile } from "./manifest.ts";
import { CONFIGURATION_PATH } from "./object-paths.ts";
import { type RecordedRequest, type RecordingWebhook, startRecordingWebhook } from "./recording-webhook.ts";
import { kustomize } from "./render.ts";

const WORKLOAD_KINDS = HANDLED_KINDS.filter((groupKind) => groupKind !== "/Pod");
const optedOut = { labels: { "pullring.dev/inject": "false" } };
const mirror = { annotations: { "kubernetes.io/config.mirror": "hash" } };
const owner = { apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: "1" };
const owned = (controller?: boolean): Partial<WorkloadMetadata> => ({
  ownerReferences: [controller === undefined ? owner : { ...owner, controller }],
});

/** What is created, and why the decision would skip it; null where it is wanted. */
const rows: readonly (readonly [string, string, Partial<WorkloadMetadata>, SkipReason | null])[] = [
  ["a Pod with other annotations", "/Pod", { annotations: { a: "b" } }, null],
  ["a mirror Pod", "/Pod", mirror, "mirror-pod"],
  ["a Deployment with a mirror Pod's annotation", "apps/Deployment", mirror, null],
  ["a Pod of a controller", "/Pod", owned(true), null],
  ["a ReplicaSet of a controller", "apps/ReplicaSet", owned(true), "has-controller"],
  ["a Job of a controller", "batch/Job", owned(true), "has-controller"],
  ["a Job of an owner that is no controller", "batch/Job", owned(false), null],
  ["a Job of an owner of which nothing is said", "batch/Job", owned(), null],
  ["an opted-out Pod", "/Pod", optedOut, "opted-out"],
  ["an opted-out Deployment", "apps/Deployment", optedOut, "opted-out"],
  ["a Pod with another value of the label", "/Pod", { labels: { "pullring.dev/inject": "no" } }, null],
];

describe("the webhook configuration", () => {
  let witnessed: WitnessedPlane;
  before(async () => {
    witnessed = await startWitnessedPlane();
    const required = { "pullring.dev/required": "true" };
    await witnessed.addNamespace("opted-out", optedOut.labels);
    await witnessed.addNamespace("opted-in", { "pullring.dev/inject": "true" });
    await witnessed.addNamespace("required", required);
    await witnessed.addNamespace("required-but-opted-out", { ...required, ...optedOut.labels });
    for (const name of ["kube-system", "kube-node-lease", "kube-public"]) await witnessed.addNamespace(name);
  });
  after(() => witnessed?.stop());

  describe("has rules that", () => {
    for (const groupKind of HANDLED_KINDS) {
      const isPod = groupKind === "/Pod";
      // 200 kB show that the condition stays within the budget of the API server: one that errs would keep what changes.
      test(`send ${groupKind} when it is created and ${isPod ? "never again" : "when its template of 200 kB changes"}`, async () => {
        const { plane, create, about } = witnessed;
        const { path, body } = withEnvironment(witnessed.workload(groupKind), groupKind, 200);
        const { name } = body.metadata;
        await create({ path, body });
        // Controllers may update their objects as well, in their own time.
        const ours = () => about(name).filter(({ userInfo }) => userInfo.username === "pullring-test-admin");
        assert.deepEqual(
          ours().map(({ operation, kind }) => [operation, `${kind.group}/${kind.kind}`, kind.version]),
          [["CREATE", groupKind, "v1"]],
        );
        /** Whether a change is sent. One of an immutable template is refused later; one that meets a controller's is sent again. */
        const isSent = async (change: object, part = "", contentType = "application/merge-patch+json") => {
          const before = ours().length;
          await plane.api.request("PATCH", `${path}/${name}${part}?dryRun=All`, change, { contentType });
          assert.ok(ours().every(({ subResource = "" }) => subResource === ""));
          return ours().length > before;
        };
        const label = { metadata: { labels: { changed: "yes" } } };
        const value = [{ op: "replace", path: `/${envPath(groupKind).join("/")}/199/value`, value: "changed" }];
        const sent = {
          label: await isSent(label),
          status: await isSent(label, "/status"),
          scale: !isPod && (await isSent({ spec: SCALES[groupKind] ?? { replicas: 2 } })),
          template: await isSent(value, "", "application/json-patch+json"),
        };
        await plane.api.expect("DELETE", `${path}/${name}`);
        assert.deepEqual(sent, { label: false, status: false, scale: false, template: !isPod });
        assert.ok(ours().every(({ operation }) => operation !== "DELETE"));
      });
    }

    test("send a Deployment and its Pod, and keep the ReplicaSet between them", async () => {
      const made = witnessed.workload("apps/Deployment");
      await witnessed.create(made);
      const ofKind = (kind: string): readonly RecordedRequest[] =>
        witnessed.webhook.requests.filter(
          (request) => request.kind.kind === kind && givenName(request).startsWith(`${made.body.metadata.name}-`),
        );
      await waitUntil("the Pod", () => ofKind("Pod").length > 0);
      assert.equal(ofKind("ReplicaSet").length, 0);
    });

    test("keep scaling, eviction and ephemeral containers", async () => {
      const { plane, workload, create, about, webhook } = witnessed;
      const deployment = workload("apps/Deployment");
      await create(deployment);
      await plane.kubectl(["scale", `deployment/${deployment.body.metadata.name}`, "--replicas=2"]);
      const pod = workload("/Pod");
      const { name } = pod.body.metadata;
      await create(pod);
      const debug = { spec: { ephemeralContainers: [{ name: "debug", image: "quay.io/acme/debug:1" }] } };
      await plane.api.expect("PATCH", `${pod.path}/${name}/ephemeralcontainers`, debug, {
        contentType: "application/strategic-merge-patch+json",
      });
      const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name } };
      await plane.api.expect("POST", `${pod.path}/${name}/eviction`, eviction);
      assert.deepEqual(
        webhook.requests.filter(({ subResource }) => subResource),
        [],
      );
      assert.deepEqual(
        about(name).map(({ operation }) => operation),
        ["CREATE"],
      );
    });

    test("keep every other kind, also one that holds a Pod template", async () => {
      const { body } = witnessed.workload("apps/Deployment");
      const { template } = body.spec as { readonly template: unknown };
      const podTemplate = { apiVersion: "v1", kind: "PodTemplate", metadata: { name: "other" }, template };
      await witnessed.plane.api.expect("POST", "/api/v1/namespaces/default/podtemplates", podTemplate);
      const handled = new Set(HANDLED_KINDS);
      assert.ok(witnessed.webhook.requests.length > 0);
      assert.deepEqual(
        witnessed.webhook.requests.filter(({ kind }) => !handled.has(`${kind.group}/${kind.kind}`)),
        [],
      );
    });
  });

  describe("has selectors and conditions that", () => {
    for (const [title, groupKind, metadata, reason] of rows) {
      test(`${reason === null ? "send" : "keep"} ${title}, as the decision ${reason === null ? "wants" : "skips"} it`, async () => {
        const made = witnessed.workload(groupKind, metadata);
        const placed = reason === "mirror-pod" ? onNode(made) : made;
        assert.equal((await witnessed.dryRun(placed)).length, reason === null ? 1 : 0);
        assert.equal(reasonToSkip(placed, groupKind), reason);
      });
    }

    for (const [namespace, sent] of [
      ["default", 1],
      ["kube-public", 1],
      ["opted-in", 1],
      ["opted-out", 0],
      ["kube-system", 0],
      ["kube-node-lease", 0],
    ] as const) {
      test(`${sent === 1 ? "send" : "keep"} Pods and templates of namespace ${namespace}`, async () => {
        for (const groupKind of ["/Pod", "apps/Deployment"]) {
          const made = witnessed.workload(groupKind, {}, namespace);
          assert.equal((await witnessed.dryRun(made)).length, sent, groupKind);
        }
      });
    }

    test("keep our own Pods, when they are made and when they are made again", async () => {
      /** The uids of our two Pods once none of `old` is among them. */
      const made = (old: readonly string[]): Promise<readonly string[]> =>
        waitUntil("our Pods", async () => {
          const pods = await namespaceOf(witnessed.plane.api, "pullring").list("pods");
          const uids = pods.map(({ metadata }) => metadata.uid);
          return uids.length === 2 && !uids.some((uid) => old.includes(uid)) && uids;
        });
      const first = await made([]);
      await witnessed.plane.api.expect("DELETE", "/api/v1/namespaces/pullring/pods");
      await made(first);
      assert.deepEqual(
        witnessed.webhook.requests.filter(({ namespace }) => namespace === "pullring"),
        [],
      );
    });
  });

  describe("of a component", () => {
    /** How many requests are sent for a new object of this kind. */
    const sent = async (groupKind: string, namespace: string): Promise<number> =>
      (await witnessed.dryRun(witnessed.workload(groupKind, {}, namespace))).length;

    test("pods-only sends Pods and no templates", async () => {
      await witnessed.apply(await kustomize(["pods-only"]));
      assert.equal(await sent("/Pod", "kube-public"), 1);
      assert.equal(await sent("apps/Deployment", "kube-public"), 0);
      assert.equal(await sent("/ReplicationController", "kube-public"), 0);
    });

    test("namespaced and opt-in send the chosen namespaces alone", async () => {
      await witnessed.apply(await kustomize(["namespaced"]));
      assert.deepEqual([await sent("/Pod", "default"), await sent("/Pod", "kube-public")], [1, 0]);
      await witnessed.apply(await kustomize(["opt-in"]), "opted-in");
      for (const groupKind of ["/Pod", "apps/Deployment"]) {
        assert.deepEqual([await sent(groupKind, "opted-in"), await sent(groupKind, "default")], [1, 0]);
      }
    });

    test("high-security sends every object once, and refuses Pods of labelled namespaces and nothing else", async () => {
      await witnessed.apply(await kustomize(["high-security"]));
      for (const groupKind of ["/Pod", "apps/Deployment", "batch/CronJob"]) {
        assert.equal(await sent(groupKind, "required"), 1);
        assert.equal(await sent(groupKind, "kube-public"), 1);
        assert.equal(await sent(groupKind, "required-but-opted-out"), 0);
      }
      // Then nobody answers any more.
      const { api } = witnessed.plane;
      const deletions = ["Foreground", "Orphan"] as const;
      const stored = deletions.flatMap((propagationPolicy) =>
        WORKLOAD_KINDS.map((groupKind) => ({
          propagationPolicy,
          groupKind,
          ...witnessed.workload(groupKind, {}, "required"),
        })),
      );
      await Promise.all(stored.map(witnessed.create));
      await witnessed.plane.api.expect("PATCH", "/api/v1/namespaces/pullring", {
        metadata: { labels: { "pullring.dev/required": "true", "pullring.dev/inject": null } },
      });
      await witnessed.webhook.stop();
      const status = async (namespace: string): Promise<number> => {
        const { path, body } = witnessed.workload("/Pod", {}, namespace);
        return (await witnessed.plane.api.request("POST", `${path}?dryRun=All`, body)).status;
      };
      assert.equal(await status("required"), 500);
      assert.equal(await status("kube-public"), 201);
      assert.equal(await status("required-but-opted-out"), 201);
      for (const { groupKind, path, body } of stored) {
        const change = (patch: unknown) => api.expect("PATCH", `${path}/${body.metadata.name}`, patch);
        await change({ metadata: { labels: { changed: "yes" } } });
        await change({ spec: SCALES[groupKind] ?? { replicas: 2 } });
        const restart = { metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": "now" } } };
        const steps = groupKind === "batch/Job" ? [] : templateSteps(groupKind);
        if (steps.length > 0) await change(steps.reduceRight<unknown>((inner, step) => ({ [step]: inner }), restart));
        await witnessed.create(witnessed.workload(groupKind, {}, "required"));
      }
      for (const { path, body, propagationPolicy } of stored) {
        await api.expect("DELETE", `${path}/${body.metadata.name}`, { propagationPolicy });
      }
      for (const { path, body, propagationPolicy } of stored) {
        const object = `${path}/${body.metadata.name}`;
        const what = `the end of ${object}, ${propagationPolicy}`;
        await waitUntil(what, async () => (await api.request("GET", object)).status === 404);
      }
      const inOurs = (args: readonly string[]) => witnessed.plane.kubectl(["-n", "pullring", ...args]);
      await inOurs(["delete", "pods", "--all"]);
      await inOurs(["run", "own", "--image=a/b", "--dry-run=server", `--overrides=${restrictedPod}`]);
      await api.expect("DELETE", CONFIGURATION_PATH);
      // The API server learns of the removal a moment later.
      await waitUntil("a Pod without the configuration", async () => (await status("required")) === 201);
    });
  });
});

/** A change of the spec that leaves the template alone, where it is not the number of replicas. */
const SCALES: Readonly<Record<string, object>> = {
  "apps/DaemonSet": { minReadySeconds: 2 },
  "batch/Job": { suspend: true },
  "batch/CronJob": { suspend: true },
};

function templateSteps(groupKind: string): readonly string[] {
  const [group = "", kind = ""] = groupKind.split("/");
  return templatePath({ group, kind }) ?? [];
}

function envPath(groupKind: string): readonly string[] {
  return [...templateSteps(groupKind), "spec", "containers", "0", "env"];
}

/** The workload with environment variables of 1 kB each. */
function withEnvironment({ path, body }: Workload, groupKind: string, count: number): Workload {
  const grown = structuredClone(body);
  const container = at<{ env?: unknown }>(grown, envPath(groupKind).slice(0, -1).join("."));
  container.env = Array.from({ length: count }, (_, number) => ({ name: `V${number}`, value: "v".repeat(1_000) }));
  return { path, body: grown };
}

/** The name, or what stands before the part that the API server will add. */
function givenName({ object }: RecordedRequest): string {
  const { metadata } = object as { metadata: { name?: string; generateName?: string } };
  return metadata.name ?? metadata.generateName ?? "";
}

/** The API server takes the annotation only on a Pod that has its node. */
function onNode({ path, body }: Workload): Workload {
  return { path, body: { ...body, spec: { ...(body.spec as object), nodeName: "node-1" } } };
}

function reasonToSkip({ body }: Workload, groupKind: string): SkipReason | null {
  const [group = "", kind = ""] = groupKind.split("/");
  const request = { uid: "1", subResource: "", namespace: "default", name: "", dryRun: false };
  const review = { ...request, kind: { group, kind }, operation: "CREATE", object: { ...body }, oldObject: undefined };
  return filterRequest(review).reason;
}

/** A Pod that the Pod Security level `restricted` lets through. */
const restrictedPod = JSON.stringify({
  spec: {
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: "own",
        image: "quay.io/acme/web:1",
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
      },
    ],
  },
});

/** What a test of the selectors works with. */
interface WitnessedPlane {
  readonly plane: ControlPlane;
  readonly webhook: RecordingWebhook;
  /** An object of a handled kind with a name that no other has; namespace `default` unless given. */
  workload(groupKind: string, metadata?: Partial<WorkloadMetadata>, namespace?: string): Workload;
  /** The requests so far about objects of this name. */
  about(name: string): readonly RecordedRequest[];
  /** Has the API server go through the creation without storing it, and returns the requests that it sent for it. */
  dryRun(workload: Workload): Promise<readonly RecordedRequest[]>;
  /** Creates the object. */
  create(workload: Workload): Promise<KubeObject>;
  /** Makes a namespace and waits until Pods can be made in it; one that exists is only waited for. */
  addNamespace(name: string, labels?: Readonly<Record<string, string>>): Promise<void>;
  /** Applies manifests and has all webhooks of the configuration call the recorder; returns once they do, from `namespace`. */
  apply(manifests: string, namespace?: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts both and applies install.yaml. @throws Error when kubectl refuses it */
async function startWitnessedPlane(): Promise<WitnessedPlane> {
  const plane = await startControlPlane();
  const webhook = await startRecordingWebhook(plane.directory);
  let count = 0;
  const witnessed: WitnessedPlane = {
    plane,
    webhook,
    workload: (groupKind, metadata = {}, namespace = "default") =>
      workloadOf(groupKind, namespace, { name: `object-${++count}`, ...metadata }),
    about: (name) => webhook.requests.filter((request) => request.name === name),
    dryRun: async ({ path, body }) => {
      await plane.api.expect("POST", `${path}?dryRun=All`, body);
      return witnessed.about(body.metadata.name);
    },
    create: ({ path, body }) => plane.api.expect("POST", path, body),
    addNamespace: (name, labels = {}) => addNamespace(plane, name, labels),
    apply: async (manifests, namespace = "default") => {
      // The one that calls the recorder has a URL, which the manifests do not take away.
      await plane.api.request("DELETE", CONFIGURATION_PATH);
      await plane.kubectl(["apply", "-f", "-"], manifests);
      await redirect(witnessed, namespace);
    },
    stop: async () => {
      await Promise.all([plane.stop(), webhook.stop()]);
    },
  };
  try {
    await witnessed.apply(readRepositoryFile("manifests/install.yaml"));
    return witnessed;
  } catch (error) {
    await witnessed.stop();
    throw error;
  }
}

async function addNamespace(plane: ControlPlane, name: string, labels: Readonly<Record<string, string>>) {
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
  const { status } = await plane.api.request("POST", "/api/v1/namespaces", namespace);
  if (status !== 201 && status !== 409) throw new Error(`namespace ${name}: status ${status}`);
  await waitForAccount(plane.api, name);
}

/** The API server reads a changed configuration a moment later; each change has a path of its own, which shows when. */
async function redirect({ plane, webhook, workload, dryRun }: WitnessedPlane, namespace: string): Promise<void> {
  const { webhooks } = await plane.api.expect<{ webhooks: readonly unknown[] }>("GET", CONFIGURATION_PATH);
  const path = `${MUTATE_PATH}/${webhook.requests.length}-${Date.now()}`;
  const clientConfig = { url: `${webhook.url}${path}`, caBundle: webhook.caBundle };
  const patch = webhooks.map((_, position) => ({
    op: "replace",
    path: `/webhooks/${position}/clientConfig`,
    value: clientConfig,
  }));
  await plane.api.expect("PATCH", CONFIGURATION_PATH, patch, { contentType: "application/json-patch+json" });
  await waitUntil("a call at the new path", async () =>
    (await dryRun(workload("/Pod", {}, namespace))).some((request) => request.path === path),
  );
}

/** An object to be sent, with the path that it is sent to. */
interface Workload {
  /** As in `/apis/apps/v1/namespaces/default/deployments`. */
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>> & { readonly metadata: WorkloadMetadata };
}

/** Metadata that tests set. */
interface WorkloadMetadata {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly Readonly<Record<string, unknown>>[];
}

/**
 * A valid object of a handled kind with one private image.
 * @param groupKind one of HANDLED_KINDS, as in `apps/Deployment`
 * @throws Error when it is not handled
 */
function workloadOf(groupKind: string, namespace: string, metadata: WorkloadMetadata): Workload {
  const [group = "", kind = ""] = groupKind.split("/");
  const path = templatePath({ group, kind });
  if (path === undefined) throw new Error(`${groupKind} is none of ${HANDLED_KINDS.join(", ")}`);
  const apiVersion = group === "" ? "v1" : `${group}/v1`;
  const root = group === "" ? "/api/v1" : `/apis/${group}/v1`;
  return {
    path: `${root}/namespaces/${namespace}/${kind.toLowerCase()}s`,
    body: { apiVersion, kind, metadata, ...(path.length === 0 ? { spec: podSpec } : specOf(kind)) },
  };
}

const podSpec = { containers: [{ name: "web", image: "quay.io/acme/web:1" }] };
const labels = { app: "web" };
const selector = { matchLabels: labels };
const template = { metadata: { labels }, spec: podSpec };
const runOnce = { metadata: { labels }, spec: { ...podSpec, restartPolicy: "Never" } };

function specOf(kind: string): { readonly spec: unknown } {
  if (kind === "Job") return { spec: { template: runOnce } };
  if (kind === "CronJob") return { spec: { schedule: "0 0 1 1 *", jobTemplate: { spec: { template: runOnce } } } };
  if (kind === "ReplicationController") return { spec: { selector: labels, template } };
  const serviceName = kind === "StatefulSet" ? { serviceName: "web" } : {};
  return { spec: { selector, template, ...serviceName } };
}
