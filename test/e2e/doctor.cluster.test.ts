/** `pullring doctor` against a real control plane: each thing is broken once, and its line is read. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { DoctorCheck, DoctorFinding } from "../../src/cli/doctor/report.ts";
import { type Run, runPullring } from "../cli/run-pullring.ts";
import { type Manifest, parseManifests } from "../manifests/manifest.ts";
import { kustomize } from "../manifests/render.ts";
import { waitUntil } from "../wait-until.ts";
import type { ApiClient, KubeObject } from "./control-plane/api-client.ts";
import { letWait } from "./healing/waiting-pods.ts";
import { ENDPOINT_SLICES, endpointSliceOf } from "./webhook/endpoint-slice.ts";
import { apply } from "./webhook/install.ts";
import { type InstalledPlane, PATIENT, startInstalledPlane } from "./webhook/installed-plane.ts";
import { createNamespace, namespaceOf } from "./webhook/namespace.ts";
import { credentialOf, deploymentOf, podOf, rawCredentialOf } from "./webhook/objects.ts";
import { makeServingCertificate } from "./webhook/serving-certificate.ts";

const CONFIGURATION = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/pullring";
const DEPLOYMENTS = "/apis/apps/v1/namespaces/pullring/deployments";
const PASSWORD = "pa55word-radioactive";
const LOGIN = { username: "us3r-radioactive", password: PASSWORD };
const SECRETS = new RegExp([PASSWORD, LOGIN.username].flatMap((text) => [text, btoa(text).slice(0, 12)]).join("|"));

const ONLY_DEPLOYMENTS = [
  { apiGroups: ["apps"], apiVersions: ["v1"], resources: ["deployments"], operations: ["CREATE"] },
];
const BINDINGS = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";
const FLOW_SCHEMA = "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/pullring";
const TLS_SECRET = "/api/v1/namespaces/pullring/secrets/pullring-tls";
const OTHERS = { key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["kube-system"] };

const OPT_OUT = { key: "pullring.dev/inject", operator: "NotIn", values: ["false"] };

interface Stale {
  readonly spec: { readonly template: { readonly metadata: object } };
}
interface Webhook {
  readonly name: string;
  readonly clientConfig: Readonly<Record<string, unknown>>;
}
interface Configuration extends KubeObject {
  readonly webhooks: readonly Webhook[];
}

describe("pullring doctor", () => {
  let installed: InstalledPlane;
  let api: ApiClient;
  let manifests: readonly Manifest[];
  before(async () => {
    installed = await startInstalledPlane({ ...PATIENT, plane: { users: [{ name: "alice", groups: ["dev"] }] } });
    api = installed.plane.api;
    manifests = parseManifests(await kustomize(["healing"]));
    const kinds = [
      "Secret",
      "Service",
      "Deployment",
      "ServiceAccount",
      "ClusterRole",
      "ClusterRoleBinding",
      "Role",
      "RoleBinding",
    ];
    await apply(
      installed.plane,
      manifests.filter(({ kind }) => kinds.includes(kind)),
    );
    // Pods call this process; templates would call the Service, which stands for where replicas are.
    await changeWebhook("inject-templates.pullring.dev", (webhook) => ({
      ...webhook,
      clientConfig: {
        service: { namespace: "pullring", name: "pullring", path: "/mutate", port: 443 },
        caBundle: webhook.clientConfig.caBundle,
      },
      failurePolicy: "Ignore",
    }));
    await api.expect("POST", ENDPOINT_SLICES, endpointSliceOf(true));
    for (const name of ["pullring", "pullring-controller"]) await setReady(name, name === "pullring" ? 2 : 1);
  });
  after(() => installed?.plane.stop());

  /** As the kubelet's part of it; the deployment controller counts Pods, of which none is ready. */
  async function setReady(name: string, ready: number): Promise<void> {
    const pods = await namespaceOf(api, "pullring").waitForPods(`app.kubernetes.io/name=${name}`, ready);
    for (const pod of pods.slice(0, ready)) {
      const path = `/api/v1/namespaces/pullring/pods/${pod.metadata.name}/status`;
      const conditions = [{ type: "Ready", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" }];
      await api.expect("PATCH", path, { status: { phase: "Running", conditions } });
    }
    const path = `${DEPLOYMENTS}/${name}`;
    for (;;) {
      const { status } = await api.expect<KubeObject>("GET", path);
      if ((status as { readonly readyReplicas?: number }).readyReplicas === ready) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  async function changeWebhook(name: string, change: (webhook: Webhook) => object): Promise<void> {
    const stored = await api.expect<Configuration>("GET", CONFIGURATION);
    const webhooks = stored.webhooks.map((webhook) => (webhook.name === name ? change(webhook) : webhook));
    await api.expect("PUT", CONFIGURATION, { ...stored, webhooks });
  }
  const changeService = (change: object): Promise<void> =>
    changeWebhook("inject-templates.pullring.dev", ({ clientConfig, ...webhook }) => ({
      ...webhook,
      clientConfig: { ...clientConfig, service: { ...(clientConfig.service as object), ...change } },
    }));
  const changeCaBundle = (pem: string | undefined): Promise<void> =>
    changeWebhook("inject-templates.pullring.dev", ({ clientConfig, ...webhook }) => ({
      ...webhook,
      clientConfig: { ...clientConfig, caBundle: pem === undefined ? null : Buffer.from(pem).toString("base64") },
    }));
  const changeDeployment = async (change: object): Promise<void> =>
    void (await api.expect("PATCH", `${DEPLOYMENTS}/pullring`, change));

  /** What tests break, as it is. */
  async function snapshot(): Promise<readonly (readonly [path: string, object: KubeObject])[]> {
    const paths = [
      CONFIGURATION,
      `${ENDPOINT_SLICES}/pullring-1`,
      `${BINDINGS}/pullring-healing`,
      FLOW_SCHEMA,
      TLS_SECRET,
    ];
    return await Promise.all(paths.map(async (path) => [path, await api.expect<KubeObject>("GET", path)] as const));
  }
  /** Puts it back. */
  async function restore(before: Awaited<ReturnType<typeof snapshot>>): Promise<void> {
    await api.request("DELETE", CONFIGURATION.replace(/pullring$/, "pullring-old"));
    await api.request("DELETE", FLOW_SCHEMA.replace(/pullring$/, "everybody"));
    for (const [path, { metadata, ...object }] of before) {
      const { body } = await api.request("GET", path);
      if ((body as KubeObject).metadata.resourceVersion === metadata.resourceVersion) continue;
      const { name, labels } = metadata as { readonly name: string; readonly labels?: object };
      await api.request("DELETE", path);
      await api.expect("POST", path.slice(0, path.lastIndexOf("/")), { ...object, metadata: { name, labels } });
    }
    await changeDeployment({ spec: { replicas: 2 } });
    await installed.plane.kubectl([
      "-n",
      "pullring",
      "set",
      "image",
      "deployment/pullring",
      "*=ghcr.io/pullring/pullring:v0.1.0",
    ]);
    for (;;) {
      const { status } = await api.expect<KubeObject>("GET", `${DEPLOYMENTS}/pullring`);
      const { replicas, readyReplicas } = status as { readonly replicas?: number; readonly readyReplicas?: number };
      if (replicas === 2 && readyReplicas === 2) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  /** Runs the doctor; no password is in what it says. */
  async function run(...args: readonly string[]): Promise<Run> {
    const result = await runPullring(["doctor", `--kubeconfig=${installed.plane.adminKubeconfig}`, ...args]);
    assert.doesNotMatch(result.stdout + result.stderr, SECRETS);
    return result;
  }
  async function findings(check: string, ...args: readonly string[]): Promise<readonly DoctorFinding[]> {
    const { stdout, stderr } = await run("-o", "json", ...args);
    assert.equal(stderr, "");
    const { checks } = JSON.parse(stdout) as { readonly checks: readonly DoctorCheck[] };
    return checks.find(({ name }) => name === check)?.findings ?? [];
  }
  const codes = async (check: string, ...args: readonly string[]) =>
    (await findings(check, ...args)).map(({ code }) => code);

  test("an installation that is well, and a cluster where nothing is wrong", async () => {
    const { status, stdout, stderr } = await run();
    assert.equal(stderr, "");
    assert.equal(
      stdout,
      [
        "configuration",
        "certificates",
        "service",
        "replicas",
        "rights",
        "flow-schema",
        "canary",
        "pods",
        "credentials",
        "listed-names",
      ]
        .map((name) => `${name.padEnd(13)}  ok\n`)
        .join(""),
    );
    assert.equal(status, 0);
  });

  /** What is broken, how it is mended again, and the line that is read meanwhile. */
  const rows: readonly {
    readonly title: string;
    readonly check: string;
    readonly line: RegExp;
    /** 1 where a person has to act; 0 for what one should only know. */
    readonly status: 0 | 1;
    readonly break: () => Promise<void>;
  }[] = [
    {
      title: "no configuration",
      check: "configuration",
      line: /^ {2}the cluster has no webhook configuration of pullring, .*\. Fix: install pullring/m,
      status: 1,
      break: async () => void (await api.expect("DELETE", CONFIGURATION)),
    },
    {
      title: "a second configuration",
      check: "configuration",
      line: /several webhook configurations of pullring: pullring, pullring-old\. Fix: delete those/,
      status: 1,
      break: async () => {
        const { webhooks } = await api.expect<Configuration>("GET", CONFIGURATION);
        const metadata = { name: "pullring-old" };
        await api.expect("POST", CONFIGURATION.replace(/\/pullring$/, ""), { metadata, webhooks });
      },
    },
    {
      title: "no rule for Pods",
      check: "configuration",
      line: /no webhook of configuration pullring has a rule for the creation of Pods/,
      status: 1,
      break: () => changeWebhook("inject.pullring.dev", (webhook) => ({ ...webhook, rules: ONLY_DEPLOYMENTS })),
    },
    {
      title: "a webhook that only observes",
      check: "configuration",
      line: /webhook inject-templates\.pullring\.dev only observes/,
      status: 0,
      break: () => changeService({ path: "/observe" }),
    },
    {
      title: "a webhook that refuses Pods, those of pullring too",
      check: "configuration",
      line: /webhook inject-templates\.pullring\.dev refuses Pods while no replica answers .* cannot come back by itself/,
      status: 1,
      break: () =>
        changeWebhook("inject-templates.pullring.dev", ({ ...webhook }) => ({
          ...webhook,
          failurePolicy: "Fail",
          namespaceSelector: { matchExpressions: [OTHERS, OPT_OUT] },
          rules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["pods"], operations: ["CREATE"] }],
        })),
    },
    {
      title: "a webhook that refuses what it is asked about",
      check: "configuration",
      line: /webhook inject-templates\.pullring\.dev refuses what it is asked about while no replica answers/,
      status: 0,
      break: () => changeWebhook("inject-templates.pullring.dev", (webhook) => ({ ...webhook, failurePolicy: "Fail" })),
    },
    {
      title: "a path at which nothing answers",
      check: "configuration",
      line: /webhook inject-templates\.pullring\.dev calls path "\/other" of the Service, at which pullring answers nothing/,
      status: 1,
      break: () => changeService({ path: "/other" }),
    },
    {
      title: "a label that opts nobody out any more",
      check: "configuration",
      line: /the namespaceSelector of webhook inject\.pullring\.dev does not keep away a namespace with the label/,
      status: 1,
      break: () =>
        changeWebhook("inject.pullring.dev", (webhook) => ({
          ...webhook,
          namespaceSelector: { matchExpressions: [OTHERS] },
        })),
    },
    {
      title: "kinds that are not sent",
      check: "configuration",
      line: /webhook inject-templates\.pullring\.dev has no rule for replicationcontrollers, statefulsets, .*cronjobs;/,
      status: 0,
      break: () =>
        changeWebhook("inject-templates.pullring.dev", (webhook) => ({ ...webhook, rules: ONLY_DEPLOYMENTS })),
    },
    {
      title: "replicas that sign by another CA",
      check: "certificates",
      line: /the caBundle of webhook inject-templates\.pullring\.dev has none of the CAs of Secret pullring\/pullring-tls/,
      status: 1,
      break: async () => {
        const { cert } = await makeServingCertificate(installed.plane.directory, "ours");
        await api.expect("PATCH", TLS_SECRET, { data: { "ca.crt": btoa(cert), "ca.key": btoa(PASSWORD) } });
      },
    },
    {
      title: "no Secret for the CAs",
      check: "certificates",
      line: /Secret pullring\/pullring-tls, in which the replicas share their CA, does not exist/,
      status: 1,
      break: async () => void (await api.expect("DELETE", TLS_SECRET)),
    },
    {
      title: "an empty caBundle",
      check: "certificates",
      line: /webhook inject-templates\.pullring\.dev has no caBundle/,
      status: 1,
      break: () => changeCaBundle(undefined),
    },
    {
      title: "a caBundle that is none",
      check: "certificates",
      line: /the caBundle of webhook inject-templates\.pullring\.dev has no certificate that can be read/,
      status: 1,
      break: () => changeCaBundle("garbage"),
    },
    {
      title: "a CA that ends tomorrow",
      check: "certificates",
      line: /the last CA in the caBundle of webhook inject-templates\.pullring\.dev ends 20\d\d-\d\d-\d\d \d\d:\d\d UTC/,
      status: 1,
      break: async () => changeCaBundle((await makeServingCertificate(installed.plane.directory, "tomorrow")).cert),
    },
    {
      title: "no Service",
      check: "service",
      line: /Service pullring\/gone does not exist/,
      status: 1,
      break: () => changeService({ name: "gone" }),
    },
    {
      title: "no ready endpoint",
      check: "service",
      line: /Service pullring\/pullring has no ready endpoint: .* Fix: .*kubectl -n pullring get pods/,
      status: 1,
      break: async () => void (await api.expect("PUT", `${ENDPOINT_SLICES}/pullring-1`, endpointSliceOf(false))),
    },
    {
      title: "a replica that is missing",
      check: "replicas",
      line: /2 of 3 replicas of Deployment pullring\/pullring are ready/,
      status: 1,
      break: () => changeDeployment({ spec: { replicas: 3 } }),
    },
    {
      title: "replicas of two versions",
      check: "replicas",
      line: /replicas run different images: "ghcr\.io\/pullring\/pullring:v0\.0\.9", "ghcr\.io\/pullring\/pullring:v0\.1\.0"/,
      status: 1,
      break: async () => {
        await installed.plane.kubectl([
          "-n",
          "pullring",
          "set",
          "image",
          "deployment/pullring",
          "*=ghcr.io/pullring/pullring:v0.0.9",
        ]);
        await namespaceOf(api, "pullring").waitForPods("app.kubernetes.io/name=pullring", 3);
      },
    },
    {
      title: "a right that the controller lacks",
      check: "rights",
      line: /ServiceAccount pullring\/pullring-controller lacks the right to create pods\/eviction in all namespaces/,
      status: 1,
      break: async () => void (await api.expect("DELETE", `${BINDINGS}/pullring-healing`)),
    },
    {
      title: "no FlowSchema",
      check: "flow-schema",
      line: /no FlowSchema is for ServiceAccount pullring\/pullring/,
      status: 0,
      break: async () => void (await api.expect("DELETE", FLOW_SCHEMA)),
    },
    {
      title: "a FlowSchema for a level that others share",
      check: "flow-schema",
      line: /FlowSchema pullring puts the reads of ServiceAccount pullring\/pullring into priority level "workload-low"/,
      status: 0,
      break: async () => {
        const spec = { priorityLevelConfiguration: { name: "workload-low" } };
        await api.expect("PATCH", FLOW_SCHEMA, { spec });
      },
    },
    {
      title: "a FlowSchema for a level that is not there",
      check: "flow-schema",
      line: /FlowSchema pullring is for priority level "nowhere", which does not exist/,
      status: 0,
      break: async () => {
        await api.expect("PATCH", FLOW_SCHEMA, { spec: { priorityLevelConfiguration: { name: "nowhere" } } });
        const isDangling = async () => {
          const { status } = await api.expect<KubeObject>("GET", FLOW_SCHEMA);
          return JSON.stringify(status).includes('"type":"Dangling","status":"True"');
        };
        // An API server that wrote a FlowSchema's status six times in a minute pauses for up to 75 s.
        await waitUntil("the API server's word about the level", isDangling, { timeoutMs: 150_000 });
      },
    },
    {
      title: "a FlowSchema of others that comes first",
      check: "flow-schema",
      line: /FlowSchema everybody comes before pullring and puts the reads of .* into priority level "workload-low".*above 500/,
      status: 0,
      break: async () => {
        const all = { verbs: ["*"], apiGroups: ["*"], resources: ["*"], namespaces: ["*"] };
        const subjects = [{ kind: "Group", group: { name: "system:serviceaccounts" } }];
        await api.expect("POST", FLOW_SCHEMA.replace(/\/pullring$/, ""), {
          apiVersion: "flowcontrol.apiserver.k8s.io/v1",
          kind: "FlowSchema",
          metadata: { name: "everybody" },
          spec: {
            priorityLevelConfiguration: { name: "workload-low" },
            matchingPrecedence: 400,
            rules: [{ subjects, resourceRules: [all] }],
          },
        });
      },
    },
    {
      title: "a webhook that the API server cannot reach",
      check: "canary",
      line: /the dry run of a Pod in namespace default came back without pullring's answer/,
      status: 1,
      break: () =>
        changeWebhook("inject.pullring.dev", (webhook) => ({
          ...webhook,
          clientConfig: { ...webhook.clientConfig, url: "https://localhost:1/mutate" },
        })),
    },
    {
      title: "a caBundle that is not that of the served certificate",
      check: "canary",
      line: /came back without pullring's answer: .* or a caBundle that is not that of the served certificate/,
      status: 1,
      break: async () => {
        const { cert } = await makeServingCertificate(installed.plane.directory, "another");
        const caBundle = Buffer.from(cert).toString("base64");
        await changeWebhook("inject.pullring.dev", (webhook) => ({
          ...webhook,
          clientConfig: { ...webhook.clientConfig, caBundle },
        }));
      },
    },
  ];
  for (const { title, check, line, status, break: breakIt } of rows) {
    test(`tells of ${title}`, async () => {
      const before = await snapshot();
      await breakIt();
      try {
        const { stdout, status: seen } = await run();
        assert.match(stdout, line);
        assert.doesNotMatch(stdout, new RegExp(`^${check} +ok$`, "m"));
        assert.equal(seen, status, stdout);
      } finally {
        await restore(before);
      }
    });
  }

  test("is well again when all of it is mended", async () => {
    const { status, stdout } = await run();
    assert.equal(status, 0, stdout);
  });

  test("sends no canary into a namespace that is not served, and says so", async () => {
    await createNamespace(api, "left-out", { labels: { "pullring.dev/inject": "false" } });
    const { stdout, status } = await run("-n", "left-out");
    assert.match(stdout, /pullring is not asked about Pods in namespace left-out .*, so that no canary was sent/);
    assert.equal(status, 0);
  });

  test("the canary leaves nothing behind", async () => {
    await run();
    assert.deepEqual(await namespaceOf(api, "default").list("pods"), []);
  });

  test("a Pod that waits, void and unusual credentials, names that are nowhere and names that are stale", async () => {
    const shop = await createNamespace(api, "shop");
    await letWait(api, await shop.create("pods", podOf("web", "registry.example/app")));
    await shop.create("secrets", credentialOf("team", "registry.example", LOGIN));
    await shop.create("secrets", rawCredentialOf("void", JSON.stringify({ auths: { "quay.io": {} } })));
    const key = { auths: { "https://hub.docker.com": { auth: btoa(`${LOGIN.username}:${PASSWORD}`) } } };
    await shop.create("secrets", rawCredentialOf("hub", JSON.stringify(key)));
    await shop.create(
      "apps/v1/deployments",
      deploymentOf("named", "ghcr.io/acme/app", { imagePullSecrets: [{ name: "nowhere" }] }),
    );
    const stale = deploymentOf("stale", "ghcr.io/acme/app", { imagePullSecrets: [{ name: "team" }] }) as Stale;
    const { template } = stale.spec;
    const annotations = { "pullring.dev/injected": "team" };
    const filled = {
      ...stale,
      spec: { ...stale.spec, template: { ...template, metadata: { ...template.metadata, annotations } } },
    };
    await shop.create("apps/v1/deployments", filled);
    const path = "/apis/apps/v1/namespaces/shop/deployments/claimed?fieldManager=git";
    const claimed = { ...stale, metadata: { name: "claimed" } };
    await shop.create("apps/v1/deployments", { ...filled, ...{ metadata: claimed.metadata } });
    await api.expect("PATCH", `${path}&force=true`, claimed, { contentType: "application/apply-patch+yaml" });
    const { stdout, status } = await run("-n", "shop", "-A");
    assert.equal(status, 1);
    assert.match(
      stdout,
      /^pods +1 to act on\n {2}Pod shop\/web: .*Secret "team".*\. Fix: kubectl -n shop get pod web/m,
    );
    assert.match(stdout, /^credentials .*\n {2}Secret shop\/void: /m);
    assert.match(stdout, /Secret shop\/hub: /);
    assert.match(stdout, /Deployment shop\/named lists Secret "nowhere", which does not exist in its namespace/);
    assert.match(
      stdout,
      /Deployment shop\/stale still lists Secret "team", .*\. Fix: kubectl -n shop rollout restart deployment\/stale has it planned again/,
    );
    // Somebody has applied a manifest that lists it.
    assert.doesNotMatch(stdout, /Deployment shop\/claimed/);
    assert.deepEqual(await codes("pods", "-n", "default"), []);
    const selected = await run("-n", "shop", "-A", "-l", "app=nothing");
    assert.match(selected.stdout, /^pods +ok$/m);
    assert.doesNotMatch(selected.stdout, /Deployment shop/);
  });

  test("without rights it says what it could not ask, and never that all is well", async () => {
    const args = ["doctor", `--kubeconfig=${installed.plane.kubeconfigFor("alice")}`];
    const { stdout, status } = await runPullring(args);
    assert.equal(status, 2, stdout);
    assert.match(stdout, /webhook configurations: missing right: list mutatingwebhookconfigurations/);
    assert.match(stdout, /pods: missing right: list pods in all namespaces/);
    assert.match(
      stdout,
      /^pods +1 not known\n {2}not all of it could be read; .* Fix: name a namespace that you may read/m,
    );
    assert.doesNotMatch(stdout, / ok$/m);
    assert.doesNotMatch(stdout, SECRETS);
  });

  test("--watch goes on until all is well", async () => {
    await api.expect("PUT", `${ENDPOINT_SLICES}/pullring-1`, endpointSliceOf(false));
    const watching = run("--watch", "-n", "default");
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await api.expect("PUT", `${ENDPOINT_SLICES}/pullring-1`, endpointSliceOf(true));
    const { stdout, status } = await watching;
    assert.equal(status, 0);
    assert.match(stdout, /has no ready endpoint[\s\S]*^service +ok$/m);
    assert.equal(stdout.match(/^configuration /gm)?.length, 1, "what has not changed is told once");
  });

  test("a cluster that is not there ends in one line with status 2", async () => {
    const { status, stderr, stdout } = await runPullring(["doctor", "--kubeconfig=/nowhere"]);
    assert.deepEqual([status, stdout], [2, ""]);
    assert.match(stderr, /^pullring: no cluster to talk to: .*; name a kubeconfig with --kubeconfig\n/);
  });
});
