import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { CORE_SCHEMA, load, loadAll } from "js-yaml";
import type { Explained, ExplainedCredential } from "../../../src/cli/explain/report.ts";
import type { JsonObject } from "../../../src/core/json-value.ts";
import { listOf, PASSWORD, podManifest, reviewOf, secretManifest } from "../../files/secret-manifest.ts";
import { makeDirectory } from "../../files/temporary-directory.ts";
import { run } from "../run-command.ts";
import type { Run } from "../run-pullring.ts";

const EXAMPLES = fileURLToPath(new URL("../../../manifests/examples", import.meta.url));

interface Report {
  readonly objects: readonly Explained[];
  readonly credentials: readonly ExplainedCredential[];
  readonly ignored: readonly unknown[];
}

const explainExamples = (objects: string, format: string): Promise<Run> =>
  run(["explain", "-f", objects, "--credentials", join(EXAMPLES, "credentials"), "-o", format]);

type Files = readonly [objects: string, secrets: string];

/** Writes `objects` and `secrets` as files and explains them; no password is ever shown. */
async function explain(t: TestContext, [objects, secrets]: Files, ...more: readonly string[]): Promise<Run> {
  const directory = makeDirectory(t);
  writeFileSync(join(directory, "objects.yaml"), objects);
  writeFileSync(join(directory, "secrets.yaml"), secrets);
  const paths = ["-f", join(directory, "objects.yaml"), "--credentials", join(directory, "secrets.yaml")];
  const outcome = await run(["explain", ...paths, ...more]);
  assert.ok(!(outcome.stdout + outcome.stderr).includes(PASSWORD), "no password is shown");
  return outcome;
}

/** The same as JSON. */
async function explainJson(t: TestContext, files: Files, ...more: readonly string[]): Promise<Report> {
  return JSON.parse((await explain(t, files, "-o", "json", ...more)).stdout) as Report;
}

test("explains the examples in exactly the public format", async () => {
  const { status, stdout, stderr } = await explainExamples(join(EXAMPLES, "workloads/pod.yml"), "json");
  assert.deepEqual([status, stderr], [0, ""]);
  const type = "kubernetes.io/dockerconfigjson";
  const hub = "https://index.docker.io/v1/";
  const usable = { namespace: "default", type, status: "usable", reason: null, sharedFrom: null, findings: [] };
  assert.deepEqual(JSON.parse(stdout), {
    objects: [
      {
        kind: "Pod",
        namespace: "default",
        name: "private-reg",
        operation: "CREATE",
        decision: "inject",
        reason: null,
        notServed: null,
        imagePullSecrets: {
          listed: [],
          serviceAccount: [],
          added: ["testquay"],
          removed: [],
          result: ["testquay"],
          effective: ["testquay"],
        },
        otherRegistries: null,
        images: [
          {
            container: "private-reg-container",
            path: "/spec/containers/0/image",
            image: "quay.io/profile/image",
            repository: "quay.io/profile/image",
            error: null,
            credentials: ["testquay"],
            nearMiss: null,
            outOfUse: null,
          },
        ],
        patch: [{ op: "add", path: "/spec/imagePullSecrets", value: [{ name: "testquay" }] }],
        warnings: [],
        warningCodes: [],
        whereabouts: [],
        shared: [],
        live: null,
        trials: null,
      },
    ],
    credentials: [
      { ...usable, name: "dockerhub", registries: [hub] },
      { ...usable, name: "testquay", registries: ["quay.io"] },
      {
        ...usable,
        name: "typed-by-hand",
        status: "malformed",
        reason: 'auth of the entry "registry.example.com" is not base64',
        registries: [],
        findings: [
          {
            code: "auth-not-base64",
            registry: "registry.example.com",
            sentence: 'auth of the entry "registry.example.com" is not base64',
            remedy:
              "write the base64 of user:password into auth (printf %s 'user:password' | base64 -w0), or leave auth out and fill username and password",
          },
        ],
      },
    ],
    ignored: [],
  });
});

test("shows the same as YAML", async () => {
  const json = await explainExamples(join(EXAMPLES, "workloads"), "json");
  const yaml = await explainExamples(join(EXAMPLES, "workloads"), "yaml");
  assert.deepEqual(load(yaml.stdout, { schema: CORE_SCHEMA }), JSON.parse(json.stdout));
});

test("shows a table of images, credentials, additions and reasons, without colour for a pipe", async () => {
  const { status, stdout } = await explainExamples(join(EXAMPLES, "workloads"), "table");
  assert.equal(status, 0);
  assert.match(stdout, /^OBJECT +IMAGE +CREDENTIALS +ADDED\n/);
  assert.match(stdout, /\nPod default\/private-reg +quay\.io\/profile\/image +testquay +testquay\n/);
  assert.match(stdout, /\n +registry\.k8s\.io\/pause:3\.10 +-\n/);
  assert.match(stdout, /left as it is: the label pullring\.dev\/inject: "false" asks/);
  assert.match(
    stdout,
    /\nSecret default\/typed-by-hand: auth of the entry "registry\.example\.com" is not base64\. Fix: write /,
  );
  assert.match(stdout, /2 to inject, 2 to leave as they are\n$/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the control character is what must not appear
  assert.doesNotMatch(stdout, /\u001b/);
});

test("says below an object which credential comes closest to an image, and which is out of use", async (t) => {
  const pod = podManifest(["a", "web"], ["reg.example.com:5000/app", "acme/web", "quay.io/public"]);
  const secrets = [
    secretManifest(["a", "near"], ["https://reg.example.com"]),
    secretManifest(["a", "one"], ["docker.io"]),
    secretManifest(["a", "two"], ["https://index.docker.io/v1/"]),
  ];
  for (const format of ["table", "wide"]) {
    const { stdout } = await explain(t, [JSON.stringify(pod), listOf(secrets)], "-o", format);
    assert.match(
      stdout,
      /\n {2}reg\.example\.com:5000\/app: Secret "near" comes closest, but its key .* "reg\.example\.com:5000"\n/,
    );
    assert.match(stdout, /\n {2}acme\/web: Secret "two" is out of use: the key "docker\.io" of Secret "one" matches/);
    assert.doesNotMatch(stdout, /quay\.io\/public:|warning:/);
  }
});

test("lists what it ignores with -o wide, which what counts as if it were stored is not, and counts nothing where nothing is to be explained", async (t) => {
  const objects = listOf([
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings", namespace: "a" } },
    secretManifest(["a", "other"], ["quay.io"]),
  ]);
  const { status, stdout, stderr } = await explain(t, [objects, ""], "-o", "wide");
  assert.equal(status, 0);
  assert.match(stdout, /IGNORED\nConfigMap a\/settings\n\n/);
  assert.match(stdout, /\nnothing to explain: no Pod and no workload among 2 objects\n$/);
  assert.equal(stderr, "");
  const report = await explainJson(t, [objects, ""]);
  assert.deepEqual(report.objects, []);
  assert.deepEqual(report.ignored, [
    { kind: "ConfigMap", namespace: "a", name: "settings" },
    { kind: "Secret", namespace: "a", name: "other" },
  ]);
});

test("takes the namespace of -n for objects and Secrets that name none", async (t) => {
  const pod = podManifest(["", "web"], ["quay.io/acme/web"]);
  const secret = secretManifest(["", "quay"], ["quay.io"]);
  const report = await explainJson(t, [JSON.stringify(pod), JSON.stringify(secret)], "-n", "team");
  assert.deepEqual([report.objects[0]?.namespace, report.objects[0]?.decision], ["team", "inject"]);
  assert.equal(report.credentials[0]?.namespace, "team");
});

test("shows every Secret in the order of names, ignored ones too", async (t) => {
  const secrets = [
    secretManifest(["default", "b-usable"], ["b.io", "a.io"]),
    { ...secretManifest(["default", "a-opaque"], ["quay.io"]), type: "Opaque" },
  ];
  const report = await explainJson(t, ["", listOf(secrets)]);
  assert.deepEqual(
    report.credentials.map(({ name, status, reason, registries }) => [name, status, reason, registries]),
    [
      [
        "a-opaque",
        "ignored",
        'it holds a docker config under ".dockerconfigjson", but the kubelet does not read the type "Opaque"',
        [],
      ],
      ["b-usable", "usable", null, ["a.io", "b.io"]],
    ],
  );
});

test("nothing of a user name, a password or a token is shown in any format, whatever is wrong with the Secret", async (t) => {
  const [user, token] = ["us3r-radioactive", "t0ken-radioactive"];
  const auth = (text: string): string => Buffer.from(text).toString("base64");
  const login = { auth: auth(`${user}:${PASSWORD}\n`), username: user, password: `${PASSWORD} `, identitytoken: token };
  const payloads: readonly unknown[] = [
    { auths: { "quay.io": login, "ghcr.io\n": { username: user }, [`${user}:${PASSWORD}@a.io:x`]: login } },
    { auths: { [`https://${user}:${PASSWORD}@b.io`]: {}, "c.io": { auth: `${user}:${PASSWORD}` } } },
    { auths: { "c.io": { auth: auth(PASSWORD) }, "d.io": { registrytoken: token } } },
    { "quay.io": login },
    { data: { auths: { "quay.io": login } } },
    JSON.stringify({ auths: { "quay.io": login } }),
    auth(JSON.stringify({ auths: { "quay.io": login } })),
    `{"auths": ${PASSWORD}`,
    { auths: { "quay.io": PASSWORD } },
    { username: user, password: PASSWORD },
  ];
  const secrets = payloads.flatMap((payload, index) =>
    ["kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg", "Opaque"].map((type) => {
      const text = typeof payload === "string" ? payload : JSON.stringify(payload);
      const name = `${type.split("/").pop()?.toLowerCase()}-${index}`;
      const stringData = { [type.endsWith("cfg") ? ".dockercfg" : ".dockerconfigjson"]: text };
      return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace: "a" }, type, stringData };
    }),
  );
  const pods = ["quay.io/x", "a.io/x", "c.io/x"].map((image, index) => podManifest(["a", `p${index}`], [image]));
  const planted = [user, PASSWORD, token].flatMap((text) => [text, auth(text).slice(0, 12)]);
  for (const format of ["table", "wide", "json", "yaml", "manifest"]) {
    const { stdout, stderr } = await explain(t, [listOf(pods), listOf(secrets)], "-o", format);
    for (const text of planted) assert.ok(!(stdout + stderr).includes(text), `${format} shows ${text}`);
  }
});

test("shows a line for each finding, and counts those that repeat in one Secret", async (t) => {
  const entries = ["a.io", "b.io", "c.io", "d.io", "e.io"].map((key) => [key, {}]);
  const stringData = {
    ".dockerconfigjson": JSON.stringify({ auths: { ...Object.fromEntries(entries), "f.io:*": {} } }),
  };
  const secret = { ...secretManifest(["a", "many"], []), data: {}, stringData };
  const { stdout } = await explain(t, ["", JSON.stringify(secret)]);
  const lines = stdout.split("\n").filter((line) => line.startsWith("Secret a/many: "));
  assert.deepEqual(
    lines.map((line) => line.slice("Secret a/many: ".length).replace(/ has neither.*| ignores.*/, "")),
    [
      'the entry "a.io"',
      'the entry "b.io"',
      'the entry "c.io"',
      "the kubelet",
      "3 more of void-entry; -o json shows them",
    ],
  );
});

test("takes the ServiceAccounts of the credential input into account", async (t) => {
  const metadata = { name: "default", namespace: "a" };
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata, imagePullSecrets: [{ name: "own" }] };
  const spec = { template: { spec: { containers: [{ name: "web", image: "quay.io/acme/web" }] } } };
  const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata, spec };
  const secrets = listOf([account, secretManifest(["a", "quay"], ["quay.io"])]);
  const report = await explainJson(t, [JSON.stringify(deployment), secrets]);
  assert.deepEqual(report.objects[0]?.imagePullSecrets, {
    listed: [],
    serviceAccount: ["own"],
    added: ["quay"],
    removed: [],
    result: ["own", "quay"],
    effective: ["own", "quay"],
  });
});

test("explains what can be read, names every error of the rest without its content, and ends with 2", async (t) => {
  const directory = makeDirectory(t);
  const inDirectory = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const good = inDirectory("good.yaml", JSON.stringify(podManifest(["default", "web"], ["quay.io/a"])));
  const broken = inDirectory("broken.yaml", `kind: Secret\nstringData: {a: "${PASSWORD}"\nb: *${PASSWORD}`);
  const review = inDirectory("review.json", '{"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1"}');
  const bare = inDirectory("bare.yaml", "kind: Pod\n");
  const missing = join(directory, "missing");
  const outcome = await run([
    ...["explain", "-f", good, "-f", review, "-f", bare, "-f", missing, "--credentials", broken, "-o", "json"],
  ]);
  assert.equal(outcome.status, 2);
  assert.equal((JSON.parse(outcome.stdout) as Report).objects.length, 1);
  assert.deepEqual(outcome.stderr.trimEnd().split("\n"), [
    `pullring: ${broken}:3: not valid YAML: deficient indentation`,
    `pullring: ${review}: the AdmissionReview has no request`,
    `pullring: ${bare}: Pod default/(no name): it has no apiVersion`,
    `pullring: ${missing}: no such file or directory`,
  ]);
  assert.ok(!(outcome.stdout + outcome.stderr).includes(PASSWORD));
});

test("shows untrusted text escaped in tables, every text of an object and of a Secret", async (t) => {
  const evil = (text: string): string => `${text}\u001b[2Jx\u0007\nPod default/fake`;
  const containers = [
    { name: evil("container"), image: "quay.io/a" },
    { name: "b", image: evil("quay.io/image") },
  ];
  const spec = { containers, imagePullSecrets: [{ name: evil("listed") }] };
  const objects = [
    { apiVersion: "v1", kind: "Pod", metadata: { namespace: "a", name: evil("pod") }, spec },
    { apiVersion: "v1", kind: evil("Kind"), metadata: { name: evil("other") } },
  ];
  const secrets = [
    secretManifest([evil("namespace"), evil("secret")], [evil("registry")]),
    { ...secretManifest(["a", evil("malformed")], []), data: { ".dockerconfigjson": "e30" } },
    secretManifest(["a", evil("quay")], ["quay.io"]),
  ];
  for (const [format, texts] of [
    ["table", ["pod", "quay.io/image", "quay", "malformed"]],
    ["wide", ["pod", "container", "quay.io/image", "quay", "listed", "Kind", "other", "namespace", "secret"]],
  ] as const) {
    const { stdout } = await explain(t, [listOf(objects), listOf(secrets)], "-o", format);
    for (const text of texts) assert.ok(stdout.includes(`${text}\\u001b[2Jx`), `${format}: ${text}\n${stdout}`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not appear
    assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f]|\nPod default\/fake/);
  }
});

test("-o manifest prints every object as it would be stored, and no Secret", async (t) => {
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", labels: { on: "yes", count: "012" } },
    spec: { template: { metadata: {}, spec: { containers: [{ name: "a", image: "quay.io/a" }] } } },
  };
  const other = podManifest(["default", "other"], ["ghcr.io/b"]);
  const settings = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" }, data: { "a.b": "1\n2" } };
  const secret = secretManifest(["default", "quay"], ["quay.io"]);
  const objects = listOf([deployment, settings, secret, other]);
  const { status, stdout, stderr } = await explain(t, [objects, JSON.stringify(secret)], "-o", "manifest");
  assert.equal(status, 0);
  assert.equal(stderr, "note: 1 Secret of the input is left out of the output\n");
  const metadata = { annotations: { "pullring.dev/injected": "quay" } };
  const spec = { ...deployment.spec.template.spec, imagePullSecrets: [{ name: "quay" }] };
  assert.deepEqual(loadAll(stdout, { schema: CORE_SCHEMA }), [
    { ...deployment, spec: { template: { metadata, spec } } },
    settings,
    other,
  ]);
  assert.match(stdout, /^---\napiVersion: apps\/v1\n/);
  assert.match(stdout, /'on': 'yes'\n {4}count: '012'\n/, "as every YAML parser reads it");
});

test("-o manifest prints the object of a recorded AdmissionReview, and nothing for that of a Secret", async (t) => {
  const secret = secretManifest(["a", "quay"], ["quay.io"]);
  const pod = podManifest(["a", "web"], ["quay.io/a"]);
  const input = [reviewOf("a", pod), reviewOf("a", secret, "Secret")]
    .map((review) => JSON.stringify(review))
    .join("\n---\n");
  const { stdout } = await explain(t, [input, JSON.stringify(secret)], "-o", "manifest");
  assert.deepEqual(loadAll(stdout), [
    { ...pod, spec: { ...(pod.spec as object), imagePullSecrets: [{ name: "quay" }] } },
  ]);
});

const deployment = (name: string, spec: object, namespace = "apps"): Record<string, unknown> => {
  const template = { spec: { containers: [{ name: "app", image: "registry.example/app:1" }], ...spec } };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name, namespace }, spec: { template } };
};

test("counts the Secrets of the input as if they were stored, and needs no cluster for what helm template prints", async (t) => {
  const chart = [secretManifest(["apps", "regcred"], ["registry.example"]), deployment("web", {})];
  const directory = makeDirectory(t);
  writeFileSync(join(directory, "chart.yaml"), chart.map((object) => JSON.stringify(object)).join("\n---\n"));
  const { KUBECONFIG } = process.env;
  t.after(() => Object.assign(process.env, { KUBECONFIG }));
  process.env.KUBECONFIG = join(directory, "no-such-file");
  const alone = await run(["explain", "-f", join(directory, "chart.yaml"), "-o", "json"]);
  assert.equal(alone.status, 0);
  assert.equal(alone.stderr, "note: there is no cluster to ask; explained with what the input itself has of Secrets\n");
  assert.deepEqual((JSON.parse(alone.stdout) as Report).objects[0]?.imagePullSecrets.added, ["regcred"]);
  const { objects } = await explainJson(t, [listOf(chart), ""]);
  assert.deepEqual(objects[0]?.imagePullSecrets.added, ["regcred"]);
});

test("without a cluster, what is wrong with the input is said, and not that there is no cluster", async (t) => {
  const directory = makeDirectory(t);
  const { KUBECONFIG } = process.env;
  t.after(() => Object.assign(process.env, { KUBECONFIG }));
  process.env.KUBECONFIG = join(directory, "no-such-file");
  const write = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const pod = JSON.stringify(podManifest(["a", "web"], ["quay.io/acme/web"]));
  const settings = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" } };
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "a" }, imagePullSecrets: ["regcred"] };
  const gone = { apiVersion: "apps/v1beta1", kind: "Deployment", metadata: { name: "web" } };
  const wrong = { ...podManifest(["a", "web"], ["quay.io/acme/web"]), spec: { imagePullSecrets: ["regcred"] } };
  mkdirSync(join(directory, "nothing"));
  for (const [path, status, stderr] of [
    [join(directory, "missing.yaml"), 2, /^pullring: .*missing\.yaml: no such file or directory\n$/],
    [join(directory, "nothing"), 2, /^pullring: .*nothing: the directory has no manifest .*\n$/],
    [write("empty.yaml", ""), 2, /^pullring: the input has no object\n$/],
    [write("settings.yaml", JSON.stringify(settings)), 0, /^$/],
    [write("half.yaml", `${pod}\n---\na: [`), 2, /\npullring: .*half\.yaml:3: not valid YAML/],
    [write("strings.yaml", `${pod}\n---\n${JSON.stringify(account)}`), 2, /: imagePullSecrets are no strings; write /],
    [
      write("gone.yaml", `${pod}\n---\n${JSON.stringify(gone)}`),
      2,
      /: there is no such kind; write apiVersion: apps\/v1 /,
    ],
    [write("list.yaml", JSON.stringify(wrong)), 2, /: imagePullSecrets are no strings; write /],
    [write("pod.yaml", pod), 2, /^pullring: no cluster to talk to: /],
  ] as const) {
    const outcome = await run(["explain", "-f", path]);
    assert.equal(outcome.status, status, path);
    assert.match(outcome.stderr, stderr);
  }
});

test("tells of what the API server refuses in an object that can be decided", async (t) => {
  const pod = podManifest(["a", "web"], ["quay.io/a"]);
  const metadata = { ...(pod.metadata as object), labels: { "pullring.dev/inject": false } };
  const files = [JSON.stringify({ ...pod, metadata }), ""] as const;
  const { status, stderr } = await explain(t, files);
  assert.equal(status, 2);
  assert.match(
    stderr,
    /Pod a\/web: metadata\.labels\[pullring\.dev\/inject\] is a boolean, .* write the value in quotes\n$/,
  );
});

test("says of a Secret that the ServiceAccount lists where its name stands", async (t) => {
  const account = {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "default", namespace: "a" },
    imagePullSecrets: [{ name: "gone" }],
  };
  const files = [listOf([account, podManifest(["a", "web"], ["quay.io/a"])]), ""] as const;
  const { objects } = await explainJson(t, files);
  assert.deepEqual(objects[0]?.whereabouts, [
    { code: "missing", secret: "gone", namespace: "a", elsewhere: [], listedBy: "ServiceAccount" },
  ]);
});

const SHARED = "pullring-shared";

/** A credential of the shared namespace, for those that the selector chooses. */
function sharedSecret(name: string, shareWith: string, registry = "quay.io"): JsonObject {
  const secret = secretManifest([SHARED, name], [registry]);
  const metadata = { name, namespace: SHARED, annotations: { "pullring.dev/share-with": shareWith } };
  return { ...secret, metadata };
}

function namespaceManifest(name: string, labels: JsonObject): JsonObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}

test("a credential of the shared namespace counts where it is for, and is said to come from there", async (t) => {
  const pods = ["shop", "prod", "own", "copied", "elsewhere"].map((place) =>
    podManifest([place, "web"], ["quay.io/a"]),
  );
  const copy = secretManifest(["copied", "hub"], ["quay.io"]);
  const metadata = {
    name: "hub",
    namespace: "copied",
    labels: { "app.kubernetes.io/managed-by": "pullring" },
    annotations: { "pullring.dev/shared-from": `${SHARED}/hub` },
  };
  const files = [
    listOf(pods),
    listOf([
      sharedSecret("hub", "team=shop,stage!=prod"),
      sharedSecret("broken", "team in shop"),
      namespaceManifest("shop", { team: "shop" }),
      namespaceManifest("prod", { team: "shop", stage: "prod" }),
      namespaceManifest("own", { team: "shop" }),
      namespaceManifest("copied", { team: "shop" }),
      secretManifest(["own", "hub"], ["ghcr.io"]),
      { ...copy, metadata },
    ]),
  ] as const;
  const { objects, credentials } = await explainJson(t, files, `--shared-namespace=${SHARED}`);
  const found = objects.map(({ namespace, imagePullSecrets, shared }) => [namespace, imagePullSecrets.added, shared]);
  assert.deepEqual(found, [
    ["shop", ["hub"], [{ secret: "hub", from: SHARED, isThere: false }]],
    ["prod", [], []],
    ["own", [], []],
    ["copied", ["hub"], [{ secret: "hub", from: SHARED, isThere: true }]],
    ["elsewhere", [], []],
  ]);
  assert.deepEqual(
    credentials.map(({ namespace, name, sharedFrom }) => [namespace, name, sharedFrom]),
    [
      ["copied", "hub", SHARED],
      ["own", "hub", null],
      [SHARED, "broken", null],
      [SHARED, "hub", null],
    ],
  );
  const text = await explain(t, files, `--shared-namespace=${SHARED}`);
  assert.match(text.stdout, /Pod shop\/web .*\n {2}hub, shared from pullring-shared; its copy is not there yet\n/);
  assert.match(text.stdout, /Pod copied\/web .*\n {2}hub, shared from pullring-shared\n/);
  assert.match(
    text.stderr,
    /^note: Secret pullring-shared\/broken: annotation pullring.dev\/share-with is no label selector: at character 9 /m,
  );
});

test("without the name of the shared namespace nothing is shared", async (t) => {
  const files = [listOf([podManifest(["shop", "web"], ["quay.io/a"])]), listOf([sharedSecret("hub", "*")])] as const;
  const { objects } = await explainJson(t, files);
  assert.deepEqual(objects[0]?.imagePullSecrets.added, []);
  assert.deepEqual((await explainJson(t, files, `--shared-namespace=${SHARED}`)).objects[0]?.shared, [
    { secret: "hub", from: SHARED, isThere: false },
  ]);
  assert.deepEqual((await explainJson(t, files, "--shared-namespace=another")).objects[0]?.shared, []);
});

test("the selectors of the webhook configuration decide first", async (t) => {
  const namespace = {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "quiet", labels: { "pullring.dev/inject": "false" } },
  };
  const secrets = ["kube-system", "quiet"].map((place) => secretManifest([place, "regcred"], ["registry.example"]));
  const objects = listOf([namespace, deployment("a", {}, "kube-system"), deployment("b", {}, "quiet")]);
  const { status, stdout } = await explain(t, [objects, listOf(secrets)]);
  assert.equal(status, 0);
  assert.match(
    stdout,
    /left as it is: namespace kube-system is left out: the API server never asks pullring there, .*notin \(kube-system, /,
  );
  assert.match(stdout, /left as it is: namespace quiet is left out by its label pullring\.dev\/inject/);
  assert.match(stdout, /0 to inject, 2 to leave as they are\n$/);
  const report = await explainJson(t, [objects, listOf(secrets)]);
  assert.deepEqual(
    report.objects.map(({ reason, notServed, imagePullSecrets }) => [reason, notServed?.code, imagePullSecrets.added]),
    Array.from({ length: 2 }, () => ["namespace-not-served", "namespace-not-served", []]),
  );
  const review = JSON.stringify(reviewOf("kube-system", podManifest(["", "sent"], ["registry.example/app:1"])));
  const recorded = await explainJson(t, [review, listOf(secrets)]);
  assert.deepEqual(recorded.objects[0]?.imagePullSecrets.added, ["regcred"], "a request that was sent");
});

test("says where a Secret is that is listed or wished for, in the table and as codes", async (t) => {
  const sealed = { template: { type: "kubernetes.io/dockerconfigjson" }, encryptedData: {} };
  const objects = listOf([
    deployment("web", { imagePullSecrets: ["gone", "far", "opaque", "sealed"].map((name) => ({ name })) }),
    deployment("bare", {}),
  ]);
  const secrets = listOf([
    secretManifest(["other", "far"], ["quay.io"]),
    secretManifest(["third", "serves"], ["registry.example"]),
    { ...secretManifest(["apps", "opaque"], []), type: "Opaque" },
    {
      apiVersion: "bitnami.com/v1alpha1",
      kind: "SealedSecret",
      metadata: { name: "sealed", namespace: "apps" },
      spec: sealed,
    },
  ]);
  const { status, stdout, stderr } = await explain(t, [objects, secrets]);
  assert.equal(status, 0);
  const lines = [
    'listed Secret "gone" does not exist in namespace apps, and the kubelet goes on without it',
    'listed Secret "far" does not exist in namespace apps; there is one in another namespace (other), but the kubelet looks',
    'listed Secret "opaque" is of type "Opaque", which the kubelet does not read. Fix: make a credential and list it in its place: kubectl -n apps create secret',
    'listed Secret "sealed" is not there yet: a SealedSecret will make it in namespace apps',
    'Secret "serves" of another namespace (third) is for "registry.example/app:1", but the kubelet looks in the Pod\'s own',
  ];
  for (const line of lines) assert.ok(stdout.includes(`\n  ${line}`), `${line}\n${stdout}`);
  assert.match(stderr, /^note: SealedSecret apps\/sealed will make a pull Secret of that name; /);
  const report = await explainJson(t, [objects, secrets]);
  const codes = report.objects.map(({ whereabouts }) => whereabouts.map(({ code, secret }) => `${secret}: ${code}`));
  const elsewhere = "serves: serves-elsewhere";
  assert.deepEqual(codes, [
    ["gone: missing", "far: missing", "opaque: unread-type", "sealed: made-later", elsewhere],
    [elsewhere],
  ]);
});

test("says of a Secret that pullring never adds why it does not", async (t) => {
  const secret = secretManifest(["apps", "regcred"], ["registry.example"]);
  const metadata = { ...(secret.metadata as object), labels: { "pullring.dev/inject": "false" } };
  const { stdout } = await explain(t, [JSON.stringify(deployment("web", {})), JSON.stringify({ ...secret, metadata })]);
  assert.match(
    stdout,
    /\n {2}Secret "regcred" is for "registry\.example\/app:1", but pullring does not add it \(opted out by the label/,
  );
  assert.match(
    stdout,
    /\n {2}left as it is: the namespace has no credential to add for the images that need one; it has none that/,
  );
});

test("an object that is too much work is an error of its own", async (t) => {
  const secrets = Array.from({ length: 20 }, (_, number) =>
    secretManifest(
      ["a", `stars-${number}`],
      Array.from({ length: 1_000 }, (_, index) => `*.a${number}-${index}.example/p`),
    ),
  );
  const images = Array.from({ length: 200 }, (_, index) => `x.b${index}.example/p`);
  const objects = listOf([podManifest(["a", "much"], images), podManifest(["a", "little"], ["quay.io/a"])]);
  const { status, stdout, stderr } = await explain(t, [objects, listOf(secrets)]);
  assert.equal(status, 2);
  assert.match(stderr, /objects\.yaml: Pod a\/much: the images of the object and the registry keys .* too many/);
  assert.match(stdout, /\nPod a\/little /);
});

test("names the field of an object that cannot be read, and its right form, and ends with 2", async (t) => {
  for (const [list, form] of [
    [
      ["a", "b"],
      /imagePullSecrets\[0\] is a text, where a mapping belongs: .* no strings; write imagePullSecrets: \[\{name: a\}, \{name: b\}\]/,
    ],
    [{ name: "a" }, /imagePullSecrets is a mapping, where a list belongs; write imagePullSecrets: \[\{name: a\}\]/],
    [
      [{ name: ["a"] }],
      /imagePullSecrets\[0\]\.name is a list, where a text belongs; write imagePullSecrets: \[\{name: a\}\]/,
    ],
  ] as const) {
    const { status, stderr } = await explain(t, [JSON.stringify(deployment("web", { imagePullSecrets: list })), ""]);
    assert.equal(status, 2);
    assert.match(stderr, /objects\.yaml: Deployment apps\/web: spec\.template\.spec\./);
    assert.match(stderr, form);
  }
});

test("a Secret that is none is an error that says what is wrong, and shows nothing of it", async (t) => {
  const secret = secretManifest(["apps", "regcred"], ["registry.example"]);
  for (const [change, reason] of [
    [{ apiVersion: "apps/v1" }, "its apiVersion is not v1; write apiVersion: v1"],
    [{ data: [PASSWORD] }, "its data is not a mapping of texts; write data with lines of the form KEY: BASE64"],
    [
      { stringData: { ".dockerconfigjson": { auths: PASSWORD } } },
      "its stringData[.dockerconfigjson] is not a text; write stringData with ",
    ],
    [{ type: 7 }, "its type is not a text; write type: kubernetes.io/dockerconfigjson"],
  ] as const) {
    const { status, stderr } = await explain(t, [
      JSON.stringify(deployment("web", {})),
      JSON.stringify({ ...secret, ...change }),
    ]);
    assert.equal(status, 2);
    assert.ok(stderr.includes(`secrets.yaml: Secret apps/regcred: ${reason}`), stderr);
  }
});

test("a workload of a version that is gone is an error that has the right one", async (t) => {
  for (const apiVersion of ["apps/v1beta1", "apps/v1beta2", "apps/v2"]) {
    const { status, stderr } = await explain(t, [JSON.stringify({ ...deployment("web", {}), apiVersion }), ""]);
    assert.equal(status, 2);
    assert.match(
      stderr,
      /: Deployment apps\/web: there is no such kind; write apiVersion: apps\/v1 and kind: Deployment\n$/,
    );
  }
});

test("a workload with the wrong apiVersion is an error that has the right one", async (t) => {
  const { status, stderr } = await explain(t, [JSON.stringify({ ...deployment("web", {}), apiVersion: "v1" }), ""]);
  assert.equal(status, 2);
  assert.match(
    stderr,
    /: Deployment apps\/web: there is no such kind; write apiVersion: apps\/v1 and kind: Deployment\n$/,
  );
});

test("says of a custom kind with a Pod template that its Pods are served, and of a misplaced list where it belongs", async (t) => {
  const rollout = { ...deployment("canary", {}), apiVersion: "argoproj.io/v1alpha1", kind: "Rollout" };
  const wrong = deployment("wrong", {});
  const misplaced = { ...wrong, spec: { ...(wrong.spec as object), imagePullSecrets: [{ name: "regcred" }] } };
  const account = {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "robot" },
    spec: { imagePullSecrets: [] },
  };
  const { status, stderr } = await explain(t, [listOf([rollout, misplaced, account]), ""]);
  assert.equal(status, 0);
  assert.deepEqual(stderr.trimEnd().split("\n"), [
    "note: Deployment apps/wrong: spec.imagePullSecrets has no effect; it belongs at spec.template.spec.imagePullSecrets",
    "note: ServiceAccount default/robot: spec.imagePullSecrets has no effect; it belongs at imagePullSecrets",
    "note: Rollout apps/canary: pullring leaves this kind alone; its Pods are served when they are made",
  ]);
  const { ignored } = await explainJson(t, [listOf([rollout]), ""]);
  assert.deepEqual(ignored, [{ kind: "Rollout", namespace: "apps", name: "canary", podTemplate: "/spec/template" }]);
});

test("prints no count where nothing was read, and cuts no name", async (t) => {
  const empty = await explain(t, ["# nothing\n", ""]);
  assert.deepEqual([empty.status, empty.stdout, empty.stderr], [2, "", "pullring: the input has no object\n"]);
  const [namespace, name] = ["n".repeat(63), "d".repeat(253)];
  const secrets = [1, 2].map((index) => secretManifest([namespace, `${index}`.repeat(253)], ["registry.example"]));
  const long = await explain(t, [JSON.stringify(deployment(name, {}, namespace)), listOf(secrets)]);
  assert.ok(long.stdout.includes(`Deployment ${namespace}/${name} `), long.stdout);
  assert.ok(long.stdout.includes(`${"1".repeat(253)}, ${"2".repeat(253)}\n`), long.stdout);
  const { stdout } = await explain(t, [JSON.stringify(deployment("one", {})), ""]);
  assert.match(stdout, /0 to inject, 1 to leave as it is\n$/);
});

test("-R reads directories below, and a directory without manifests is an error", async (t) => {
  const directory = makeDirectory(t);
  mkdirSync(join(directory, "below"));
  writeFileSync(join(directory, "below", "web.yaml"), JSON.stringify(deployment("web", {})));
  const args = ["explain", "-f", directory, "--credentials", join(EXAMPLES, "credentials")];
  const flat = await run(args);
  assert.deepEqual([flat.status, flat.stdout.includes("to inject")], [2, false]);
  assert.match(flat.stderr, /^pullring: .*: the directory has no manifest \(.*\); -R reads those below it\n$/);
  const deep = await run([...args, "-R"]);
  assert.equal(deep.status, 0);
  assert.match(deep.stdout, /Deployment apps\/web/);
});
