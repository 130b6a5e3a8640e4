/** What users do with private images, on a real node: the story of the README, and every kind of workload. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runPullring } from "../cli/run-pullring.ts";
import { createNamespace } from "../e2e/webhook/namespace.ts";
import { podOf, pullSecretsOf, templateOf } from "../e2e/webhook/objects.ts";
import { repositoryRoot } from "../manifests/manifest.ts";
import { waitUntil } from "../wait-until.ts";
import { type RealNode, startNode } from "./boot/real-node.ts";
import { createCredential, installPullring, waitForReason, waitWith } from "./install/person.ts";
import { describeCost, measureCost } from "./measure-cost.ts";

const POD = fileURLToPath(new URL("manifests/examples/workloads/pod.yml", repositoryRoot));
const BACKED_OFF = /^(ErrImagePull|ImagePullBackOff)$/;

/** They end at once when they are told to. */
const QUICK = { terminationGracePeriodSeconds: 0 };
const DONE = {
  restartPolicy: "Never",
  containers: [{ name: "main", image: "quay.io/profile/job:1", command: ["true"] }],
};

describe("a private registry on a real node", () => {
  let node: RealNode;
  const kubectl = (...args: readonly string[]) => node.plane.kubectl(args);
  before(async () => {
    node = await startNode();
  });
  after(() => node?.stop());

  test("without pullring, the Pod of the story ends in ErrImagePull", async () => {
    const namespace = await createNamespace(node.plane.api, "before");
    await createCredential(node, { namespace: "before", name: "testquay", server: "quay.io", user: "profile" });
    await namespace.create("pods", podOf("private-reg", "quay.io/profile/image", QUICK));
    await waitForReason(namespace, "private-reg", BACKED_OFF);
  });

  test("with pullring as in the README, the node pulls the image of pod.yml", async () => {
    await installPullring(node);
    const login = ["--docker-username=profile", "--docker-password=example"];
    await kubectl("create", "secret", "docker-registry", "testquay", "--docker-server=quay.io", ...login);
    await kubectl("apply", "-f", POD);
    await waitWith(node, "default", "wait", "--for=condition=Ready", "pod/private-reg");
    const { stdout } = await kubectl("get", "events");
    assert.match(stdout, /Pulled +pod\/private-reg +Successfully pulled image "quay.io\/profile\/image"/);
  });

  test("of a Pod from before, explain says what the kubelet said and what to do, and that helps", async () => {
    const explain = ["explain", `--kubeconfig=${node.plane.adminKubeconfig}`, "pod/private-reg", "-n", "before"];
    const { status, stdout, stderr } = await runPullring(explain);
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(
      stdout,
      /\nPod before\/private-reg +main +quay\.io\/profile\/image +(?:ErrImagePull|ImagePullBackOff) +- +testquay\n/,
    );
    assert.match(
      stdout,
      /\n {2}main: (?:ErrImagePull|ImagePullBackOff): .*"quay\.io\/profile\/image:latest".* no basic auth credentials\n/,
    );
    assert.match(
      stdout,
      /Secret "testquay" (?:was there before it, so pullring was not asked then|came in the same second)/,
    );
    const [, remedy = ""] = /\. Fix: kubectl (.*) \| kubectl replace --force -f -\n$/.exec(stdout) ?? [];
    const { stdout: pod } = await kubectl(...remedy.split(" "));
    await node.plane.kubectl(["replace", "--force", "-f", "-"], pod);
    await waitWith(node, "before", "wait", "--for=condition=Ready", "pod/private-reg");
    assert.match(
      (await runPullring(explain)).stdout,
      / running +testquay +testquay\n {2}no container waits for its image\n$/,
    );
  });

  test("what explain --try says of a login is what the kubelet then gets", async () => {
    const namespace = await createNamespace(node.plane.api, "tried");
    const said = async (name: string): Promise<string> => {
      const cluster = [`--kubeconfig=${node.plane.adminKubeconfig}`, `pod/${name}`, "-n", "tried"];
      const trial = ["--try", `--registry-ca=${node.registryCaFile}`];
      const { stdout, stderr } = await runPullring(["explain", ...cluster, ...trial]);
      for (const password of node.rights.users.values()) assert.ok(!`${stdout}${stderr}`.includes(password));
      return stdout;
    };
    const create = (name: string, image: string) => namespace.create("pods", podOf(name, image, QUICK));
    await create("anonymous", "quay.io/profile/image");
    await waitForReason(namespace, "anonymous", BACKED_OFF);
    assert.match(await said("anonymous"), /does not give the image out without a login/);

    await createCredential(node, { namespace: "tried", name: "right", server: "quay.io", user: "profile" });
    await create("right", "quay.io/profile/image");
    await waitWith(node, "tried", "wait", "--for=condition=Ready", "pod/right");
    assert.match(await said("right"), /it would be pulled with Secret "right"/);

    await createCredential(node, { namespace: "tried", name: "right", server: "quay.io", user: "alice" });
    await create("no-right", "quay.io/profile/other");
    await waitForReason(namespace, "no-right", BACKED_OFF);
    assert.match(await said("no-right"), /the registry knows the user, who has no right to this repository/);

    const known = node.rights.users.get("profile") ?? "";
    node.rights.users.set("profile", "for-a-moment");
    await createCredential(node, { namespace: "tried", name: "right", server: "quay.io", user: "profile" });
    node.rights.users.set("profile", known);
    await create("wrong", "quay.io/profile/third");
    await waitForReason(namespace, "wrong", BACKED_OFF);
    assert.match(await said("wrong"), /the registry refuses user name and password as wrong/);
  });

  describe("every kind of workload", () => {
    before(async () => {
      await createNamespace(node.plane.api, "kinds");
      await createCredential(node, {
        namespace: "kinds",
        name: "testquay",
        server: "quay.io/profile",
        user: "profile",
      });
      // It starts at the next full minute, which is waited for at the end.
      await apply("kinds", cronJob);
    });
    const apply = (namespace: string, object: object) =>
      node.plane.kubectl(["-n", namespace, "apply", "-f", "-"], object);
    const image = (name: string): string => `quay.io/profile/${name}:1`;
    const workload = (kind: string, spec: object = {}): object => ({
      apiVersion: "apps/v1",
      kind,
      metadata: { name: kind.toLowerCase() },
      spec: {
        selector: { matchLabels: { app: kind.toLowerCase() } },
        template: templateOf(kind.toLowerCase(), image(kind.toLowerCase()), QUICK),
        ...spec,
      },
    });
    const jobSpec = { template: { spec: DONE } };
    const cronJob = {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: { name: "cronjob" },
      spec: { schedule: "* * * * *", jobTemplate: { spec: jobSpec } },
    };
    const publicImage = "quay.io/public/app:1";
    const rows: readonly (readonly [string, object, readonly string[]])[] = [
      ["a Deployment", workload("Deployment", { replicas: 2 }), ["rollout", "status", "deployment/deployment"]],
      ["a StatefulSet", workload("StatefulSet", { replicas: 2 }), ["rollout", "status", "statefulset/statefulset"]],
      ["a DaemonSet", workload("DaemonSet"), ["rollout", "status", "daemonset/daemonset"]],
      [
        "a Job",
        { apiVersion: "batch/v1", kind: "Job", metadata: { name: "job" }, spec: jobSpec },
        ["wait", "--for=condition=Complete", "job/job"],
      ],
      [
        "an init container",
        podOf("init", publicImage, {
          ...QUICK,
          initContainers: [{ name: "i", image: image("init"), command: ["true"] }],
        }),
        ["wait", "--for=condition=Ready", "pod/init"],
      ],
      [
        "a sidecar",
        podOf("sidecar", publicImage, {
          ...QUICK,
          initContainers: [{ name: "s", image: image("sidecar"), restartPolicy: "Always" }],
        }),
        ["wait", "--for=condition=Ready", "pod/sidecar"],
      ],
      [
        "an image volume",
        podOf("volume", publicImage, {
          ...QUICK,
          containers: [
            { name: "main", image: publicImage, volumeMounts: [{ name: "v", mountPath: "/v", readOnly: true }] },
          ],
          volumes: [{ name: "v", image: { reference: image("volume") } }],
        }),
        ["wait", "--for=condition=Ready", "pod/volume"],
      ],
    ];
    for (const [title, object, wait] of rows) {
      test(`${title} pulls its private image`, async () => {
        await apply("kinds", object);
        await waitWith(node, "kinds", ...wait);
      });
    }
  });

  test("two credentials of one host serve their paths, and each login is sent for its own image alone", async () => {
    const namespace = await createNamespace(node.plane.api, "paths");
    await createCredential(node, { namespace: "paths", name: "team-a", server: "quay.io/team-a", user: "alice" });
    await createCredential(node, { namespace: "paths", name: "team-b", server: "quay.io/team-b", user: "bob" });
    const containers = ["a", "b"].map((team) => ({ name: team, image: `quay.io/team-${team}/app:1` }));
    const pod = await namespace.create("pods", podOf("both", "", { ...QUICK, containers }));
    assert.deepEqual(pullSecretsOf(pod), ["team-a", "team-b"]);
    await waitWith(node, "paths", "wait", "--for=condition=Ready", "pod/both");
    const sent = node.registry.requests.filter(({ path }) => /^\/v2\/team-/.test(path)).filter(({ user }) => user);
    const teams = new Set(sent.map(({ user, path, status }) => `${user} ${path.split("/")[2]} ${status}`));
    assert.deepEqual([...teams].sort(), ["alice team-a 200", "bob team-b 200"]);
  });

  for (const [number, key] of ["https://index.docker.io/v1/", "docker.io"].entries()) {
    test(`the key ${key} serves an image without a host, from Docker Hub`, async () => {
      const name = `hub-${number}`;
      const namespace = await createNamespace(node.plane.api, name);
      await createCredential(node, { namespace: name, name: "hub", server: key, user: "hub" });
      await namespace.create("pods", podOf("private", `private-${number}`, QUICK));
      await waitWith(node, name, "wait", "--for=condition=Ready", "pod/private");
      const asked = node.registry.requests.filter(({ path }) => path.startsWith(`/v2/library/private-${number}/`));
      assert.ok(asked.some(({ host, user, status }) => `${host} ${user} ${status}` === "registry-1.docker.io hub 200"));
    });
  }

  test("a namespace that opted out is left alone: its Pod ends in ErrImagePull", async () => {
    const labels = { "pullring.dev/inject": "false" };
    const namespace = await createNamespace(node.plane.api, "opted-out", { labels });
    await createCredential(node, { namespace: "opted-out", name: "testquay", server: "quay.io", user: "profile" });
    await namespace.create("pods", podOf("private-reg", "quay.io/profile/image", QUICK));
    await waitForReason(namespace, "private-reg", BACKED_OFF);
  });

  test("a password that was changed at the registry, then in the Secret, lets a waiting Pod and new ones pull", async () => {
    const namespace = await createNamespace(node.plane.api, "rotated");
    const credential = { namespace: "rotated", name: "team-a", server: "quay.io/team-a", user: "alice" };
    await createCredential(node, credential);
    node.rights.users.set("alice", "wonderland");
    await namespace.create("pods", podOf("waits", "quay.io/team-a/rotated:1", QUICK));
    await waitForReason(namespace, "waits", BACKED_OFF);
    await createCredential(node, credential);
    await namespace.create("pods", podOf("new", "quay.io/team-a/rotated:2", QUICK));
    await waitWith(node, "rotated", "wait", "--for=condition=Ready", "pod/new", "pod/waits");
  });

  test("meanwhile pullring takes what the documents say", async (context) => {
    const cost = await measureCost(node);
    for (const line of describeCost(cost)) context.diagnostic(line);
    assert.ok(cost.memoryMiB.every((value) => value > 20 && value < 110));
  });

  test("a CronJob pulls its private image", async () => {
    await waitUntil(
      "a Job of the CronJob",
      async () =>
        (await kubectl("-n", "kinds", "get", "cronjob", "cronjob", "-o", "jsonpath={.status.lastSuccessfulTime}"))
          .stdout !== "",
      { timeoutMs: 90_000, intervalMs: 500 },
    );
  });
});
