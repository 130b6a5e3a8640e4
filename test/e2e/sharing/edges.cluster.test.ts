/** What can go wrong with copies, on a real API server: whose Secret it is, what stands against a write, and who else writes. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { waitUntil } from "../../wait-until.ts";
import type { ApiClient, KubeObject } from "../control-plane/api-client.ts";
import type { AuditEvent } from "../control-plane/audit-log.ts";
import { saidAbout } from "../healing/waiting-pods.ts";
import type { ControllerProcess } from "../webhook/controller-process.ts";
import type { Namespace } from "../webhook/namespace.ts";
import { podOf } from "../webhook/objects.ts";
import {
  createNamespaces,
  findSecret,
  PASSWORD,
  payloadOf,
  type Secret,
  type SharedPlane,
  setLabels,
  sharedCredential,
  startSharedPlane,
  waitForCopy,
  waitForNone,
} from "./shared-plane.ts";

const USER = "system:serviceaccount:pullring:pullring-sharing";
const WRITES = ["create", "update", "delete"];

describe("the edges of pullring controller --share", () => {
  let bed: SharedPlane;
  let api: ApiClient;
  let controller: ControllerProcess;
  before(async () => {
    bed = await startSharedPlane();
    api = bed.api;
    controller = await bed.start("controller");
  });
  after(() => bed?.plane.stop());

  /** A namespace of its own for a test, to which a source of the same name is for. */
  async function begin(name: string): Promise<Namespace> {
    const [namespace] = await createNamespaces(api, [name], { story: name });
    return namespace as Namespace;
  }
  const share = (name: string): Promise<KubeObject> =>
    bed.shared.create("secrets", sharedCredential(name, `story=${name}`));

  /** Writes of Secrets by the controller. */
  function writes(): readonly AuditEvent[] {
    return bed.plane.auditEvents().filter(({ user, verb, objectRef }) => {
      return user.username === USER && objectRef?.resource === "secrets" && WRITES.includes(verb);
    });
  }
  const writesIn = ({ name }: Namespace): readonly string[] =>
    writes()
      .filter(({ objectRef }) => objectRef?.namespace === name)
      .map(({ verb, responseStatus }) => `${verb} ${responseStatus?.code}`);

  /** What an Event on a source says. */
  const waitUntilSaid = (source: KubeObject, pattern: RegExp): Promise<string> =>
    waitUntil(`an Event on ${source.metadata.name} like ${pattern}`, async () => {
      return (await saidAbout(bed.shared, source.metadata.uid)).find((text) => pattern.test(text));
    });

  test("a name that is taken by somebody's own Secret is left alone and told of, and filled when it is free", async () => {
    const namespace = await begin("taken");
    const own = await namespace.create("secrets", { ...sharedCredential("taken", "x"), metadata: { name: "taken" } });
    const source = await share("taken");
    await waitUntilSaid(
      source,
      /^NotShared: namespace taken has a Secret "taken" of its own, .* left alone\. Fix: share/,
    );
    assert.equal((await namespace.read("secrets", "taken")).metadata.resourceVersion, own.metadata.resourceVersion);
    assert.match(
      (await controller.admin("/metrics")).text,
      /^pullring_shared_copies_blocked\{reason="name-taken"\} 1$/m,
    );
    await namespace.remove("secrets", "taken");
    await waitUntil("the copy", async () => (await findSecret(api, namespace, "taken"))?.metadata.labels !== undefined);
  });

  test("a copy that is edited, filled up or deleted is there again as it should be", async () => {
    const namespace = await begin("edited");
    await share("edited");
    await waitForCopy(api, namespace, "edited");
    await namespace.patch("secrets", "edited", { data: payloadOf("another") });
    await waitForCopy(api, namespace, "edited");
    await namespace.patch("secrets", "edited", { data: { more: "eA==" } });
    await waitUntil("its data alone", async () => {
      return Object.keys((await findSecret(api, namespace, "edited"))?.data ?? {}).length === 1;
    });
    await namespace.remove("secrets", "edited");
    await waitForCopy(api, namespace, "edited");
  });

  test("what people and tools have written about a copy stays when it is replaced", async () => {
    const namespace = await begin("labelled");
    await share("labelled");
    await waitForCopy(api, namespace, "labelled");
    const applied = "kubectl.kubernetes.io/last-applied-configuration";
    const [labels, annotations] = [{ "pullring.dev/inject": "false", team: "a" }, { note: "ours" }];
    await namespace.patch("secrets", "labelled", {
      metadata: { labels, annotations: { ...annotations, [applied]: JSON.stringify(payloadOf("old")) } },
    });
    await bed.shared.patch("secrets", "labelled", { data: payloadOf("new") });
    const { metadata } = (await waitForCopy(api, namespace, "labelled", "new")) as KubeObject;
    const marks = { "app.kubernetes.io/managed-by": "pullring" };
    assert.deepEqual(metadata.labels, { ...marks, ...labels });
    const {
      "pullring.dev/shared-from": from,
      "pullring.dev/shared-version": _,
      ...others
    } = metadata.annotations ?? {};
    assert.equal(from, "pullring-shared/labelled");
    // What kubectl noted was an older password.
    assert.deepEqual(others, annotations);
  });

  test("a copy that something else keeps changing is put right ever more slowly, and told of", async () => {
    const namespace = await begin("contested");
    const source = await share("contested");
    await waitForCopy(api, namespace, "contested");
    let isOver = false;
    const other = (async () => {
      while (!isOver) {
        const copy = await findSecret(api, namespace, "contested");
        if (copy?.data.more === undefined) await namespace.patch("secrets", "contested", { data: { more: "eA==" } });
      }
    })();
    await waitUntilSaid(source, /^NotShared: namespace contested has its copy changed or deleted by something else/);
    isOver = true;
    await other;
    assert.ok(writesIn(namespace).length < 12, `${writesIn(namespace).length} writes`);
    await waitForCopy(api, namespace, "contested");
    await bed.shared.patch("secrets", "contested", { data: payloadOf("new") });
    await waitForCopy(api, namespace, "contested", "new");
  });

  test("where a webhook of the cluster does not answer, that is told of, and no other namespace waits", async () => {
    const path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
    await api.expect("POST", path, {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingWebhookConfiguration",
      metadata: { name: "silent" },
      webhooks: [
        {
          name: "silent.example.com",
          clientConfig: { url: "https://127.0.0.1:1/" },
          admissionReviewVersions: ["v1"],
          sideEffects: "None",
          failurePolicy: "Fail",
          namespaceSelector: { matchLabels: { story: "silent" } },
          rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["secrets"] }],
        },
      ],
    });
    const names = Array.from({ length: 12 }, (_, position) => `silent-${position}`);
    const namespaces = await createNamespaces(api, names, { story: "silent" });
    const probe = { apiVersion: "v1", kind: "Secret", metadata: { generateName: "probe-" } };
    await waitUntil("the webhook", async () => {
      return (await api.request("POST", "/api/v1/namespaces/silent-0/secrets", probe)).status === 500;
    });
    const source = await share("silent");
    await waitUntil("an attempt in each", () => namespaces.every((namespace) => writesIn(namespace).length > 0));
    for (let round = 0; round < 3; round += 1) await settle();
    const most = Math.max(...namespaces.map((namespace) => writesIn(namespace).length));
    assert.ok(most <= 4, `${most} attempts in one namespace while others were served`);
    await waitUntilSaid(source, /^NotShared: namespace silent-\d+ gets no copy: the API server fails to write it/);
    await api.expect("DELETE", `${path}/silent`);
    for (const namespace of namespaces) await waitForCopy(api, namespace, "silent");
  });

  test("a webhook that keeps a write waiting for its whole time, and is ignored then, does not keep the copy away", async (t) => {
    // It takes connections and says nothing.
    const held = new Set<Socket>();
    const silence = createServer((socket) => {
      held.add(socket.on("error", () => undefined));
    }).listen(0, "127.0.0.1");
    await once(silence, "listening");
    const { port } = silence.address() as AddressInfo;
    const path = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
    t.after(async () => {
      await api.request("DELETE", `${path}/slow`);
      for (const socket of held) socket.destroy();
      silence.close();
    });
    await api.expect("POST", path, {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "MutatingWebhookConfiguration",
      metadata: { name: "slow" },
      webhooks: [
        {
          name: "slow.example.com",
          clientConfig: { url: `https://127.0.0.1:${port}/` },
          admissionReviewVersions: ["v1"],
          sideEffects: "None",
          failurePolicy: "Ignore",
          timeoutSeconds: 12,
          namespaceSelector: { matchLabels: { story: "slow" } },
          rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["secrets"] }],
        },
      ],
    });
    const namespace = await begin("slow");
    const probe = { apiVersion: "v1", kind: "Secret", metadata: { generateName: "probe-" } };
    await waitUntil("the webhook", async () => {
      await api.request("POST", "/api/v1/namespaces/slow/secrets?dryRun=All", probe);
      return held.size > 0;
    });
    await share("slow");
    await waitForCopy(api, namespace, "slow");
    assert.deepEqual(
      writesIn(namespace).filter((text) => text === "create 201"),
      ["create 201"],
    );
  });

  test("a Secret with the marks of a copy that is no credential is left alone and told of", async () => {
    const namespace = await begin("disguised");
    const marks = {
      labels: { "app.kubernetes.io/managed-by": "pullring" },
      annotations: { "pullring.dev/shared-from": "pullring-shared/disguised" },
    };
    const own = await namespace.create("secrets", {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "disguised", ...marks },
    });
    const source = await share("disguised");
    await waitUntilSaid(source, /^NotShared: namespace disguised has a Secret "disguised" of its own/);
    const { metadata } = await namespace.read("secrets", "disguised");
    assert.equal(metadata.resourceVersion, own.metadata.resourceVersion);
  });

  test("a copy without its mark belongs to whoever took that away", async () => {
    const namespace = await begin("adopted");
    const source = await share("adopted");
    await waitForCopy(api, namespace, "adopted");
    await namespace.patch("secrets", "adopted", { metadata: { labels: null }, data: payloadOf("theirs") });
    await waitUntilSaid(source, /^NotShared: namespace adopted has a Secret "adopted" of its own/);
    await bed.shared.remove("secrets", "adopted");
    await settle();
    const kept = (await namespace.read("secrets", "adopted")) as Secret;
    assert.deepEqual(kept.data, payloadOf("theirs"));
  });

  test("a copy of another source's mark, or of a namespace that is not the shared one, is not touched", async () => {
    const namespace = await begin("foreign");
    const labels = { "app.kubernetes.io/managed-by": "pullring" };
    for (const [name, from] of [
      ["one", "elsewhere/one"],
      ["two", "pullring-shared/other"],
      ["three", ""],
    ]) {
      const metadata = { name, labels, annotations: { "pullring.dev/shared-from": from } };
      await namespace.create("secrets", { ...sharedCredential("x", "x"), metadata });
    }
    await settle();
    assert.equal((await namespace.list("secrets")).length, 3);
    assert.deepEqual(writesIn(namespace), []);
  });

  test("Rancher's copies stay as they are", async () => {
    const namespace = await begin("rancher");
    const rows = [
      { "field.cattle.io/projectId": "c-abc:p-def" },
      { "management.cattle.io/project-scoped-secret": "p-def" },
    ];
    for (const [position, marks] of rows.entries()) {
      const metadata = { name: `rancher-${position}`, labels: { "cattle.io/creator": "norman" }, annotations: marks };
      await namespace.create("secrets", { ...sharedCredential("x", "x"), metadata });
    }
    const before = await namespace.list("secrets");
    await setLabels(api, namespace, { "field.cattle.io/projectId": "p-def" });
    await bed.shared.create("secrets", sharedCredential("rancher-1", "field.cattle.io/projectId=p-def"));
    await bed.shared.create("secrets", sharedCredential("project", "field.cattle.io/projectId=p-def"));
    await waitForCopy(api, namespace, "project");
    await settle();
    const after = (await namespace.list("secrets")).filter(({ metadata }) => metadata.name !== "project");
    assert.deepEqual(after, before);
  });

  test("a selector that cannot be read is told of with its place, and takes nothing away", async () => {
    const namespace = await begin("unreadable");
    const source = await share("unreadable");
    await waitForCopy(api, namespace, "unreadable");
    const annotations = { "pullring.dev/share-with": "story in unreadable" };
    await bed.shared.patch("secrets", "unreadable", { metadata: { annotations } });
    const said = await waitUntilSaid(source, /^NotShared: annotation pullring.dev\/share-with is no label selector/);
    assert.match(
      said,
      /at character 10 there is "unreadable"; expected is \(\. No namespace is added or taken away\. Fix: /,
    );
    await bed.shared.patch("secrets", "unreadable", { data: payloadOf("changed") });
    await waitForCopy(api, namespace, "unreadable", "changed");
    await setLabels(api, namespace, { story: "another" });
    await settle();
    assert.ok(await findSecret(api, namespace, "unreadable"));
    await namespace.patch("secrets", "unreadable", { immutable: true });
    await bed.shared.patch("secrets", "unreadable", { data: payloadOf("once more") });
    await settle();
    assert.ok(await findSecret(api, namespace, "unreadable"));
  });

  test("a quota that is full is told of, and the copy comes once there is room", async () => {
    const namespace = await begin("quota");
    const spec = { hard: { "count/secrets": "0" } };
    const quota = { apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "few" }, spec };
    await namespace.create("resourcequotas", quota);
    // No controller counts here.
    const status = { ...spec, used: { "count/secrets": "0" } };
    await api.expect("PATCH", "/api/v1/namespaces/quota/resourcequotas/few/status", { status });
    const source = await share("quota");
    await waitUntilSaid(
      source,
      /^NotShared: namespace quota gets no copy: its ResourceQuota for Secrets is full\. Fix: /,
    );
    const tried = writesIn(namespace).length;
    assert.ok(tried <= 2, `${tried} attempts`);
    await namespace.remove("resourcequotas", "few");
    await waitForCopy(api, namespace, "quota");
  });

  test("a policy that refuses copies is told of as such", async () => {
    const namespace = await begin("policy");
    const policies = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";
    const metadata = { name: "no-secrets" };
    const resourceRules = [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["secrets"] }];
    await api.expect("POST", policies, {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingAdmissionPolicy",
      metadata,
      spec: {
        matchConstraints: { resourceRules },
        validations: [{ expression: "request.namespace != 'policy'", message: "radioactive words of a policy" }],
      },
    });
    await api.expect("POST", `${policies.replace("policies", "policybindings")}`, {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingAdmissionPolicyBinding",
      metadata,
      spec: { policyName: "no-secrets", validationActions: ["Deny"] },
    });
    const probe = { apiVersion: "v1", kind: "Secret", metadata: { generateName: "probe-" } };
    await waitUntil("the policy", async () => {
      return (await api.request("POST", "/api/v1/namespaces/policy/secrets", probe)).status === 422;
    });
    const source = await share("policy");
    await waitUntilSaid(
      source,
      /^NotShared: namespace policy gets no copy: an admission policy of the cluster refuses it/,
    );
    await api.expect("DELETE", `${policies}/no-secrets`);
    await waitForCopy(api, namespace, "policy");
  });

  test("an immutable source is shared, and its successor too; so is what was made immutable as a copy", async () => {
    const namespace = await begin("immutable");
    await bed.shared.create("secrets", { ...sharedCredential("immutable", "story=immutable"), immutable: true });
    await waitForCopy(api, namespace, "immutable");
    await namespace.patch("secrets", "immutable", { immutable: true });
    await bed.shared.remove("secrets", "immutable");
    await bed.shared.create("secrets", sharedCredential("immutable", "story=immutable", "successor"));
    const copy = await waitForCopy(api, namespace, "immutable", "successor");
    assert.equal(copy.immutable, undefined);
  });

  test("a copy that somebody copies into the shared namespace begins no loop", async () => {
    const [first, second] = [await begin("loop"), await begin("loop-2")];
    await share("loop");
    const { metadata, type, data } = await waitForCopy(api, first, "loop");
    const { labels, annotations } = metadata as { readonly labels: object; readonly annotations: object };
    await bed.shared.create("secrets", { metadata: { name: "loop-2", labels, annotations }, type, data });
    await bed.shared.create("secrets", { metadata: { name: "loop-3", labels, annotations }, type, data });
    const shareWith = { "pullring.dev/share-with": "story=loop-2" };
    await bed.shared.patch("secrets", "loop-3", { metadata: { annotations: shareWith } });
    await waitForCopy(api, second, "loop-3");
    await settle();
    const before = writes().length;
    await settle();
    assert.ok(writes().length - before <= 2);
    assert.ok(await findSecret(api, bed.shared, "loop-2"));
    assert.equal(await findSecret(api, first, "loop-2"), undefined);
  });

  test("a namespace that is on its way out gets nothing, and that is no error", async () => {
    const namespace = await begin("ending");
    const metadata = { name: "held", finalizers: ["example.com/held"] };
    await namespace.create("configmaps", { apiVersion: "v1", kind: "ConfigMap", metadata });
    await api.expect("DELETE", "/api/v1/namespaces/ending");
    await share("ending");
    await settle();
    assert.equal(await findSecret(api, namespace, "ending"), undefined);
    await namespace.patch("configmaps", "held", { metadata: { finalizers: null } });
    await waitUntil("the end", async () => (await api.request("GET", "/api/v1/namespaces/ending")).status === 404);
    await settle();
    assert.doesNotMatch(controller.process.readLog(), /"namespace":"ending"|namespace ending/);
  });

  test("namespaces in which a Pod waits come first", async () => {
    const names = Array.from({ length: 30 }, (_, position) => `queue-${String(position).padStart(2, "0")}`);
    const namespaces = await createNamespaces(api, names, { story: "queue" });
    const last = namespaces.at(-1) as Namespace;
    await waitUntil("the ServiceAccount", async () => {
      return (await api.request("GET", `/api/v1/namespaces/${last.name}/serviceaccounts/default`)).status === 200;
    });
    await last.create("pods", podOf("web", "app"));
    await settle();
    await share("queue");
    await Promise.all(namespaces.map((namespace) => waitForCopy(api, namespace, "queue")));
    const order = writes().filter(
      ({ objectRef }) => objectRef?.name === "queue" || /^queue/.test(objectRef?.namespace ?? ""),
    );
    const position = order.findIndex(({ objectRef }) => objectRef?.namespace === last.name);
    assert.ok(position < 10, `written as number ${position + 1}`);
  });

  test("a source that is deleted while nobody looks is taken away later, and what is right is not written again", async () => {
    const [gone, kept] = [await begin("gone"), await begin("kept")];
    await share("gone");
    await share("kept");
    await Promise.all([waitForCopy(api, gone, "gone"), waitForCopy(api, kept, "kept")]);
    await settle();
    await controller.process.end();
    await bed.shared.remove("secrets", "gone");
    const before = writes().length;
    controller = await bed.start("again");
    await waitForNone(api, gone, "gone");
    await settle();
    const after = writes().slice(before);
    const notNeeded = after.filter(
      ({ objectRef, responseStatus }) =>
        responseStatus?.code !== 409 && !/^(gone$|settled-)/.test(objectRef?.namespace ?? ""),
    );
    assert.deepEqual(
      notNeeded.map(({ verb, objectRef }) => `${verb} ${objectRef?.namespace}`),
      [],
    );
  });

  test("two controllers at once write each copy once, and none too many", async () => {
    const second = await bed.start("second");
    const names = Array.from({ length: 40 }, (_, position) => `pair-${position}`);
    const namespaces = await createNamespaces(api, names, { story: "pair" });
    await share("pair");
    await Promise.all(namespaces.map((namespace) => waitForCopy(api, namespace, "pair")));
    await bed.shared.patch("secrets", "pair", { data: payloadOf("next") });
    await Promise.all(namespaces.map((namespace) => waitForCopy(api, namespace, "pair", "next")));
    await settle();
    for (const namespace of namespaces) {
      const done = writesIn(namespace).filter((text) => /20[01]$/.test(text));
      assert.deepEqual(done, ["create 201", "update 200"], namespace.name);
    }
    const source = await bed.shared.read("secrets", "pair");
    assert.deepEqual(await saidAbout(bed.shared, source.metadata.uid), []);
    await second.process.end();
  });

  test("no password is in its log, in its Events or in what it shows of itself", async () => {
    const events = JSON.stringify(await bed.shared.list("events"));
    const shown = await Promise.all(["/metrics", "/readyz"].map(async (page) => (await controller.admin(page)).text));
    const said = [controller.process.readLog(), events, ...shown].join("\n");
    assert.match(said, /NotShared/);
    assert.doesNotMatch(said, new RegExp(`${PASSWORD}|radioactive|${Object.values(payloadOf(PASSWORD)).join("|")}`));
  });

  /** Once the copy in a new namespace is there, all that came before is done. */
  async function settle(): Promise<void> {
    if ((await findSecret(api, bed.shared, "marker")) === undefined) {
      await bed.shared.create("secrets", sharedCredential("marker", "settled=yes"));
    }
    const name = `settled-${Math.random().toString(36).slice(2, 8)}`;
    const [namespace] = await createNamespaces(api, [name], { settled: "yes" });
    await waitForCopy(api, namespace as Namespace, "marker");
  }
});
