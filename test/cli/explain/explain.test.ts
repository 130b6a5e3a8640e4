import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { CORE_SCHEMA, load } from "js-yaml";
import { HANDLED_KINDS } from "../../../src/core/admission/pod-template.ts";
import { listOf, PASSWORD, podManifest, secretManifest } from "../../files/secret-manifest.ts";
import { makeDirectory } from "../../files/temporary-directory.ts";
import { type Run, runPullring } from "../run-pullring.ts";

const EXAMPLES = fileURLToPath(new URL("../../../manifests/examples", import.meta.url));
const REVIEWS = fileURLToPath(new URL("../../fixtures/admission-reviews", import.meta.url));

interface Report {
  readonly objects: readonly (Readonly<Record<string, unknown>> & {
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly decision: string;
    readonly imagePullSecrets: Readonly<Record<string, readonly string[]>>;
    readonly images: readonly Readonly<Record<string, unknown>>[];
    readonly warnings: readonly string[];
  })[];
  readonly credentials: readonly (Readonly<Record<string, unknown>> & { readonly name: string })[];
  readonly passedOver: readonly unknown[];
}

/** Writes `objects` and `secrets` as files and explains them. */
async function explain(
  t: TestContext,
  [objects, secrets]: readonly [string, string],
  ...more: readonly string[]
): Promise<Run & { readonly report: Report }> {
  const directory = makeDirectory(t);
  writeFileSync(join(directory, "objects.yaml"), objects);
  writeFileSync(join(directory, "secrets.yaml"), secrets);
  const paths = ["-f", join(directory, "objects.yaml"), "--credentials", join(directory, "secrets.yaml")];
  const run = await runPullring(["explain", ...paths, "-o", "json", ...more]);
  assert.ok(!(run.stdout + run.stderr).includes(PASSWORD), "no password is shown");
  return { ...run, report: JSON.parse(run.stdout) as Report };
}

test("explains the examples in exactly the public format", async () => {
  const { status, stdout, stderr } = await runPullring([
    ...["explain", "-f", join(EXAMPLES, "workloads/pod.yml"), "-o", "json"],
    ...["--credentials", join(EXAMPLES, "credentials")],
  ]);
  assert.deepEqual([status, stderr], [0, ""]);
  const type = "kubernetes.io/dockerconfigjson";
  const hub = "https://index.docker.io/v1/";
  const usable = { namespace: "default", type, status: "usable", reason: null };
  assert.deepEqual(JSON.parse(stdout), {
    objects: [
      {
        kind: "Pod",
        namespace: "default",
        name: "private-reg",
        decision: "inject",
        reason: null,
        imagePullSecrets: {
          listed: [],
          serviceAccount: [],
          added: ["testquay"],
          result: ["testquay"],
          effective: ["testquay"],
        },
        images: [
          {
            container: "private-reg-container",
            path: "/spec/containers/0/image",
            image: "quay.io/profile/image",
            repository: "quay.io/profile/image",
            error: null,
            credentials: ["testquay"],
          },
        ],
        patch: [{ op: "add", path: "/spec/imagePullSecrets", value: [{ name: "testquay" }] }],
        warnings: [],
      },
    ],
    credentials: [
      { ...usable, name: "dockerhub", registries: [hub] },
      { ...usable, name: "testquay", registries: ["quay.io"] },
      {
        ...usable,
        name: "typed-by-hand",
        status: "malformed",
        reason: "auth of an entry is not base64",
        registries: [],
      },
    ],
    passedOver: [],
  });
});

test("shows the same as YAML", async () => {
  const paths = ["-f", join(EXAMPLES, "workloads"), "--credentials", join(EXAMPLES, "credentials")];
  const json = await runPullring(["explain", ...paths, "-o", "json"]);
  const yaml = await runPullring(["explain", ...paths, "-o", "yaml"]);
  assert.deepEqual(load(yaml.stdout, { schema: CORE_SCHEMA }), JSON.parse(json.stdout));
});

test("shows a table that tells images, credentials, additions and reasons, without colour for a pipe", async () => {
  const { status, stdout } = await runPullring([
    ...["explain", "-f", join(EXAMPLES, "workloads"), "--credentials", join(EXAMPLES, "credentials")],
  ]);
  assert.equal(status, 0);
  assert.match(stdout, /^OBJECT +IMAGE +CREDENTIALS +ADDED\n/);
  assert.match(stdout, /\nPod default\/private-reg +quay\.io\/profile\/image +testquay +testquay\n/);
  assert.match(stdout, /\n +registry\.k8s\.io\/pause:3\.10 +-\n/);
  assert.match(stdout, /left as it is: the label pullring\.dev\/inject: "false" asks/);
  assert.match(stdout, /malformed Secret default\/typed-by-hand: auth of an entry is not base64/);
  assert.match(stdout, /2 to inject, 2 to leave as they are\n$/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the control character is what must not appear
  assert.doesNotMatch(stdout, /\u001b/);
});

test("lists what it passes over with -o wide, and tells that Secrets among the objects are not used", async (t) => {
  const objects = listOf([
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings", namespace: "a" } },
    secretManifest(["a", "unused"], ["quay.io"]),
  ]);
  const { status, report, stderr } = await explain(t, [objects, ""]);
  assert.equal(status, 0);
  assert.deepEqual(report.objects, []);
  assert.deepEqual(report.passedOver, [
    { kind: "ConfigMap", namespace: "a", name: "settings" },
    { kind: "Secret", namespace: "a", name: "unused" },
  ]);
  assert.match(stderr, /^note: 1 Secrets of the input are not used/);
  const wide = await runPullring(["explain", "-f", "-", "--credentials", EXAMPLES, "-o", "wide"], objects);
  assert.match(wide.stdout, /PASSED OVER\nConfigMap a\/settings\nSecret a\/unused\n/);
});

test("takes the namespace of -n for objects and Secrets that name none", async (t) => {
  const pod = podManifest(["", "web"], ["quay.io/acme/web"]);
  const secret = secretManifest(["", "quay"], ["quay.io"]);
  const { report } = await explain(t, [JSON.stringify(pod), JSON.stringify(secret)], "-n", "team");
  assert.deepEqual(
    report.objects.map(({ namespace, decision }) => [namespace, decision]),
    [["team", "inject"]],
  );
  assert.equal(report.credentials[0]?.namespace, "team");
});

test("tells the status of every Secret, ignored ones too", async (t) => {
  const typed = (name: string, data: unknown): unknown => ({
    ...secretManifest(["default", name], []),
    data,
  });
  const bytes = (text: string): unknown => ({ ".dockerconfigjson": Buffer.from(text).toString("base64") });
  const secrets = [
    typed("c-malformed", bytes(`{"auths": "${PASSWORD}"`)),
    typed("b-empty", bytes("{}")),
    typed("d-no-data", {}),
    { ...secretManifest(["default", "a-opaque"], ["quay.io"]), type: "Opaque" },
    { ...secretManifest(["default", "e-usable"], ["b.io", "a.io"]) },
  ];
  const { report } = await explain(t, ["", listOf(secrets)]);
  assert.deepEqual(
    report.credentials.map(({ name, status, reason, registries }) => [name, status, reason, registries]),
    [
      ["a-opaque", "ignored", "not a registry credential type", []],
      ["b-empty", "empty", null, []],
      ["c-malformed", "malformed", "not valid JSON", []],
      ["d-no-data", "ignored", "no data under .dockerconfigjson", []],
      ["e-usable", "usable", null, ["a.io", "b.io"]],
    ],
  );
});

test("takes the ServiceAccounts of the credential input into account", async (t) => {
  const account = {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "default", namespace: "a" },
    imagePullSecrets: [{ name: "own" }],
  };
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "a" },
    spec: { template: { spec: { containers: [{ name: "web", image: "quay.io/acme/web" }] } } },
  };
  const secrets = listOf([account, secretManifest(["a", "quay"], ["quay.io"])]);
  const { report } = await explain(t, [JSON.stringify(deployment), secrets]);
  assert.deepEqual(report.objects[0]?.imagePullSecrets, {
    listed: [],
    serviceAccount: ["own"],
    added: ["quay"],
    result: ["own", "quay"],
    effective: ["own", "quay"],
  });
});

test("explains every recorded AdmissionReview", async () => {
  const files = readdirSync(REVIEWS).filter((name) => name.endsWith(".json"));
  const { status, stdout } = await runPullring([
    ...["explain", "-f", REVIEWS, "--credentials", join(EXAMPLES, "credentials"), "-o", "json"],
  ]);
  assert.equal(status, 0);
  const { objects } = JSON.parse(stdout) as Report;
  assert.equal(objects.length, files.length);
  for (const [index, name] of files.sort().entries()) {
    const { request } = JSON.parse(readFileSync(join(REVIEWS, name), "utf8")) as {
      readonly request: { readonly kind: { readonly kind: string }; readonly namespace?: string };
    };
    assert.equal(objects[index]?.kind, request.kind.kind, name);
    assert.equal(objects[index]?.namespace, request.namespace ?? "default", name);
  }
});

test("handles every kind of the core from a manifest on standard input", async () => {
  const podSpec = { containers: [{ name: "a", image: "quay.io/x" }] };
  const documents = HANDLED_KINDS.map((handled) => {
    const [group, kind] = handled.split("/");
    const template = { template: { spec: podSpec } };
    const specs: Readonly<Record<string, unknown>> = {
      Pod: podSpec,
      CronJob: { jobTemplate: { spec: template } },
    };
    return JSON.stringify({
      apiVersion: group === "" ? "v1" : `${group}/v1`,
      kind,
      metadata: { name: "x" },
      spec: specs[kind ?? ""] ?? template,
    });
  });
  const { stdout } = await runPullring(
    ["explain", "-f", "-", "--credentials", join(EXAMPLES, "credentials"), "-o", "json"],
    documents.join("\n---\n"),
  );
  const { objects } = JSON.parse(stdout) as Report;
  assert.deepEqual(
    objects.map(({ kind, decision, imagePullSecrets }) => [kind, decision, imagePullSecrets.added]),
    HANDLED_KINDS.map((handled) => [handled.split("/")[1], "inject", ["testquay"]]),
  );
});

test("explains what can be read, names every fault of the rest without its content, and ends with 2", async (t) => {
  const directory = makeDirectory(t);
  const inDirectory = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const good = inDirectory("good.yaml", JSON.stringify(podManifest(["default", "web"], ["quay.io/a"])));
  const broken = inDirectory("broken.yaml", `kind: Secret\nstringData: {a: "${PASSWORD}"\nb: *${PASSWORD}`);
  const review = inDirectory(
    "review.json",
    '{"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1"}',
  );
  const bare = inDirectory("bare.yaml", "kind: Pod\n");
  const missing = join(directory, "missing");
  const run = await runPullring([
    ...[
      "explain",
      "-f",
      good,
      "-f",
      review,
      "-f",
      bare,
      "-f",
      missing,
      "--credentials",
      broken,
      "-o",
      "json",
    ],
  ]);
  assert.equal(run.status, 2);
  assert.equal((JSON.parse(run.stdout) as Report).objects.length, 1);
  assert.deepEqual(run.stderr.trimEnd().split("\n"), [
    `pullring: ${broken}:3: not valid YAML: deficient indentation`,
    `pullring: ${review}: the AdmissionReview has no request`,
    `pullring: ${bare}: an object has no apiVersion`,
    `pullring: ${missing}: no such file or directory`,
  ]);
  assert.ok(!(run.stdout + run.stderr).includes(PASSWORD));
});

test("shows untrusted text escaped in tables", async (t) => {
  const directory = makeDirectory(t);
  mkdirSync(join(directory, "in"));
  const evil = podManifest(
    ["default", "\u001b[2Jx"],
    ["quay.io/\u001b]0;title\u0007", "quay.io/a\nPod default/fake"],
  );
  writeFileSync(join(directory, "in/pod.json"), JSON.stringify(evil));
  for (const format of ["table", "wide"]) {
    const { stdout } = await runPullring([
      ...[
        "explain",
        "-f",
        join(directory, "in"),
        "--credentials",
        join(EXAMPLES, "credentials"),
        "-o",
        format,
      ],
    ]);
    assert.match(stdout, /\\u001b\[2Jx/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not appear
    assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f]|\nPod default\/fake/);
  }
});
