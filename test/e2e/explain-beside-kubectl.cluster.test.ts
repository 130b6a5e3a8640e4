/**
 * `pullring explain` beside the real kubectl: what `kubectl create --dry-run=server -f` takes, explain takes, and it says of every
 * object the list that the API server answers with, pullring's webhook having been asked.
 */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { loadAll } from "js-yaml";
import { type Run, runPullring } from "../cli/run-pullring.ts";
import { waitUntil } from "../wait-until.ts";
import type { KubeObject } from "./control-plane/api-client.ts";
import type { ControlPlane } from "./control-plane/control-plane.ts";
import { PATIENT, startInstalledPlane } from "./webhook/installed-plane.ts";
import { createNamespace } from "./webhook/namespace.ts";
import { credentialOf, deploymentOf, podOf, pullSecretsOf, templateOf } from "./webhook/objects.ts";

const IMAGE = "registry.example/app:1";

/** A Pod in YAML, `spec` being more of its lines. */
const podYaml = (name: string, spec = ""): string =>
  `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\nspec:\n  containers:\n  - name: app\n    image: ${IMAGE}\n${spec}`;
const podJson = (name: string): string => JSON.stringify(podOf(name, IMAGE), null, "\t");

const TEMPLATE = templateOf("a", IMAGE);
const JOB_TEMPLATE = templateOf("a", IMAGE, { restartPolicy: "Never" });

/** Texts that kubectl takes, by what is special about them. */
const TAKEN: Readonly<Record<string, string>> = {
  "several documents, empty ones and comments": `# first\n---\n${podYaml("a")}---\n\n--- # more\n${podYaml("b")}---\n`,
  "a stream of JSON": `${podJson("a")}${podJson("b")}\n\n${podJson("c")}`,
  "JSON and YAML, one after the other": `${podJson("a")}\n---\n${podYaml("b")}---\n${podJson("c")}\n`,
  "a List, and a list of one kind": ["List", "PodList"]
    .map((kind) => JSON.stringify({ apiVersion: "v1", kind, items: [podOf(kind.toLowerCase(), IMAGE)] }))
    .join("\n---\n"),
  "a key that stands twice": `${podYaml("a", "  imagePullSecrets:\n  - name: first\n")}  imagePullSecrets:\n  - name: last\n`,
  "a key that stands twice in JSON": podJson("a").replace('"name": "a"', '"name": "b", "name": "a"'),
  "tabs in front of comments and within braces": podYaml(
    "a",
    '  hostNetwork: false\t# no\n  nodeSelector: {\n\tdisk: "ssd"\n\t}\n',
  ),
  "numbers, booleans and anchors of YAML 1.1": podYaml(
    "a",
    "  hostNetwork: no\n  enableServiceLinks: &on yes\n  automountServiceAccountToken: *on\n  terminationGracePeriodSeconds: 010\n",
  ),
  "a merge of mappings": `${podYaml("a", "  nodeSelector: &node {disk: ssd}\n")}  securityContext: {}\n`,
  "lines that end as on Windows": podYaml("a").replaceAll("\n", "\r\n"),
  "quoted texts over lines": podYaml("a", '  hostname: "a\\\n\tb"\n'),
  "a ServiceAccount by its older name": podYaml("a", "  serviceAccount: default\n"),
  "its own list, with a name that is not there": podYaml("a", "  imagePullSecrets: [{name: gone}, {name: regcred}]\n"),
  "every kind that holds a template": [
    ...["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"].map((kind) => ({ ...deploymentOf("a", IMAGE), kind })),
    {
      apiVersion: "v1",
      kind: "ReplicationController",
      metadata: { name: "a" },
      spec: { selector: { app: "a" }, template: TEMPLATE },
    },
    { apiVersion: "batch/v1", kind: "Job", metadata: { name: "a" }, spec: { template: JOB_TEMPLATE } },
    {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: { name: "a" },
      spec: { schedule: "0 3 * * *", jobTemplate: { spec: { template: JOB_TEMPLATE } } },
    },
  ]
    .map((object) => JSON.stringify(object))
    .join("\n---\n"),
  "objects of namespaces that are served, and that are not": ["team", "quiet", "kube-system"]
    .map((namespace) => JSON.stringify({ ...deploymentOf("a", IMAGE), metadata: { name: "a", namespace } }))
    .join("\n"),
  "objects that opt out, and that others own": [
    { ...deploymentOf("a", IMAGE), metadata: { name: "a", labels: { "pullring.dev/inject": "false" } } },
    {
      ...deploymentOf("b", IMAGE),
      metadata: {
        name: "b",
        ownerReferences: [{ apiVersion: "x/v1", kind: "X", name: "x", uid: "u", controller: true }],
      },
    },
  ]
    .map((object) => JSON.stringify(object))
    .join("\n"),
};

/** Texts that kubectl does not take, with what explain says of them. */
const REFUSED: readonly (readonly [text: string, reason: RegExp])[] = [
  [
    podYaml("a", "  imagePullSecrets: [regcred]\n"),
    /imagePullSecrets\[0\] is a text.*write imagePullSecrets: \[\{name: regcred\}\]/,
  ],
  [podYaml("a").replace("kind: Pod\n", ""), /document 1 has no kind/],
  [podYaml("a").replace(IMAGE, "{{ .Values.image }}"), /a template that is not rendered yet/],
  [podYaml("a").replace("\n  name", "\n\tname"), /a tab begins the line/],
  [`---${podYaml("a")}`, /text stands behind ---/],
  [
    JSON.stringify({ ...credentialOf("a", "a.example"), stringData: { a: { b: "c" } } }),
    /a value of its stringData is not a text/,
  ],
  [
    podYaml("a").replace("\n  name", "\n  labels: {pullring.dev/inject: false}\n  name"),
    /metadata\.labels\[pullring\.dev\/inject\] is a boolean.* write the value in quotes/,
  ],
  [
    JSON.stringify({ ...credentialOf("a", "a.example"), metadata: { name: "a", annotations: { a: 1 } } }),
    /metadata\.annotations\[a\] is a number.* write the value in quotes/,
  ],
  [
    JSON.stringify({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "a" }, imagePullSecrets: ["b"] }),
    /ServiceAccount default\/a: imagePullSecrets\[0\] is a text.* write imagePullSecrets: \[\{name: b\}\]/,
  ],
  ["# nothing\n", /the input has no object/],
];

interface Explanation {
  readonly objects: readonly {
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly operation: string;
    readonly reason: string | null;
    readonly imagePullSecrets: { readonly effective: readonly string[] };
  }[];
}

describe("explain beside kubectl", () => {
  let plane: ControlPlane;
  let directory: string;
  before(async () => {
    ({ plane } = await startInstalledPlane(PATIENT));
    directory = join(plane.directory, "manifests");
    mkdirSync(directory);
    await createNamespace(plane.api, "team");
    await createNamespace(plane.api, "quiet", { labels: { "pullring.dev/inject": "false" } });
    for (const namespace of ["default", "team", "quiet", "kube-system"]) {
      await plane.api.expect(
        "POST",
        `/api/v1/namespaces/${namespace}/secrets`,
        credentialOf("regcred", "registry.example"),
      );
    }
  });
  after(() => plane?.stop());

  /** What the API server would store, as `Kind namespace/name: names of its list`. */
  async function askKubectl(args: readonly string[]): Promise<readonly string[]> {
    const { stdout } = await plane.kubectl([...args, "--dry-run=server", "-o", "yaml"]);
    const objects = (loadAll(stdout) as (KubeObject & { readonly items?: readonly KubeObject[] })[]).flatMap(
      (object) => object.items ?? [object],
    );
    return objects.map((object) => {
      const { kind, metadata } = object as KubeObject & { readonly kind: string };
      return `${kind} ${metadata.namespace}/${metadata.name}: ${pullSecretsOf(object)}`;
    });
  }

  const explain = (...args: readonly string[]): Promise<Run> => {
    const isChosen = args.some((arg) => arg.startsWith("--kubeconfig"));
    const kubeconfig = isChosen ? [] : [`--kubeconfig=${plane.adminKubeconfig}`];
    return runPullring(["explain", ...kubeconfig, "-o", "json", ...args]);
  };

  async function askExplain(...args: readonly string[]): Promise<readonly string[]> {
    const { status, stdout, stderr } = await explain(...args);
    assert.equal(status, 0, stderr);
    return (JSON.parse(stdout) as Explanation).objects.map(
      ({ kind, namespace, name, imagePullSecrets }) => `${kind} ${namespace}/${name}: ${imagePullSecrets.effective}`,
    );
  }

  function write(name: string, content: string | Buffer): string {
    const path = join(directory, name);
    writeFileSync(path, content);
    return path;
  }

  for (const [special, text] of Object.entries(TAKEN)) {
    test(`agrees about ${special}`, async () => {
      const path = write("taken.yaml", text);
      const stored = await askKubectl(["create", "-f", path]);
      assert.ok(stored.length > 0);
      assert.deepEqual(await askExplain("-f", path), stored);
    });
  }

  test("agrees about text in UTF-8 and UTF-16 with a byte order mark", async () => {
    const little = Buffer.from(`\ufeff${podYaml("a")}`, "utf16le");
    for (const bytes of [Buffer.from(`\ufeff${podYaml("a")}`), little, Buffer.from(little).swap16()]) {
      const path = write("encoded.yaml", bytes);
      assert.deepEqual(await askExplain("-f", path), await askKubectl(["create", "-f", path]));
    }
  });

  test("agrees about directories, and several of them", async () => {
    const folder = join(directory, "folder");
    mkdirSync(join(folder, "below"), { recursive: true });
    for (const [name, text] of [
      ["folder/b.yaml", podYaml("b")],
      ["folder/a.json", podJson("a")],
      ["folder/notes.txt", "not: [a manifest"],
      ["folder/below/c.yml", podYaml("c")],
    ] as const) {
      write(name, text);
    }
    const one = write("one.txt", podYaml("one"));
    assert.deepEqual(await askExplain("-f", folder), await askKubectl(["create", "-f", folder]));
    assert.deepEqual(await askExplain("-R", "-f", folder), await askKubectl(["create", "-R", "-f", folder]));
    assert.deepEqual(
      await askExplain("-f", `${one},${folder}`),
      await askKubectl(["create", "-f", `${one},${folder}`]),
    );
    rmSync(folder, { recursive: true });
  });

  test("refuses with status 2 what kubectl refuses, and says what is right", async () => {
    for (const [text, reason] of REFUSED) {
      const path = write("refused.yaml", text);
      await assert.rejects(askKubectl(["create", "-f", path]), text);
      const { status, stderr } = await explain("-f", path);
      assert.equal(status, 2, text);
      assert.match(stderr, reason);
    }
    mkdirSync(join(directory, "empty"));
    await assert.rejects(askKubectl(["create", "-f", join(directory, "empty")]));
    assert.equal((await explain("-f", join(directory, "empty"))).status, 2);
  });

  test("takes the namespace of the context, and that of -n before it", async () => {
    const path = write("context.yaml", podYaml("a"));
    const kubeconfig = write(
      "kubeconfig",
      readFileSync(plane.adminKubeconfig, "utf8").replace('"namespace":"default"', '"namespace":"team"'),
    );
    const ofContext = await askKubectl(["create", `--kubeconfig=${kubeconfig}`, "-f", path]);
    assert.deepEqual(ofContext, ["Pod team/a: regcred"]);
    assert.deepEqual(await askExplain(`--kubeconfig=${kubeconfig}`, "-f", path), ofContext);
    assert.deepEqual(
      await askExplain("-n", "quiet", "-f", path),
      await askKubectl(["create", "-n", "quiet", "-f", path]),
    );
  });

  test("explains what exists as the update that kubectl apply makes of it", async () => {
    const manifest = write(
      "web.json",
      [deploymentOf("web", IMAGE), podOf("single", IMAGE)].map((object) => JSON.stringify(object)).join("\n"),
    );
    await plane.kubectl(["apply", "-f", manifest]);
    await plane.api.expect("POST", "/api/v1/namespaces/default/secrets", credentialOf("later", "registry.example"));
    const changed = write("changed.json", JSON.stringify(deploymentOf("web", "registry.example/app:2")));
    const listed = write(
      "listed.json",
      JSON.stringify(deploymentOf("web", IMAGE, { imagePullSecrets: [{ name: "mine" }] })),
    );
    const claimed = write(
      "claimed.json",
      JSON.stringify(deploymentOf("web", "ghcr.io/acme/app:1", { imagePullSecrets: [{ name: "regcred" }] })),
    );
    const scaled = deploymentOf("web", IMAGE) as { spec: object };
    const replicas = write("scaled.json", JSON.stringify({ ...scaled, spec: { ...scaled.spec, replicas: 3 } }));
    for (const path of [manifest, changed, listed, claimed, replicas]) {
      assert.deepEqual(await askExplain("-f", path), await askKubectl(["apply", "-f", path]), path);
    }
    const { stdout } = await explain("-f", manifest);
    assert.deepEqual(
      (JSON.parse(stdout) as Explanation).objects.map(({ operation, imagePullSecrets }) => [
        operation,
        imagePullSecrets.effective,
      ]),
      [
        ["UPDATE", ["regcred"]],
        ["UPDATE", ["regcred"]],
      ],
    );
    const config = `--kubeconfig=${plane.adminKubeconfig}`;
    const { stdout: shown } = await runPullring(["explain", config, "-f", claimed, "-o", "manifest"]);
    assert.match(shown, /imagePullSecrets:\n\s+- name: regcred\n/);
    assert.doesNotMatch(shown, /last-applied/);
  });

  test("-o manifest prints what the API server would store", async () => {
    const path = write("printed.yaml", podYaml("printed", "  hostNetwork: no\n  terminationGracePeriodSeconds: 010\n"));
    const printed = write(
      "printed-again.yaml",
      (await runPullring(["explain", `--kubeconfig=${plane.adminKubeconfig}`, "-f", path, "-o", "manifest"])).stdout,
    );
    const spec = async (file: string): Promise<unknown> => {
      const { stdout } = await plane.kubectl(["create", "--dry-run=server", "-o", "json", "-f", file]);
      const { terminationGracePeriodSeconds, hostNetwork, imagePullSecrets } = (
        JSON.parse(stdout) as { spec: Record<string, unknown> }
      ).spec;
      return { terminationGracePeriodSeconds, hostNetwork, imagePullSecrets };
    };
    assert.deepEqual(await spec(printed), await spec(path));
    assert.deepEqual(await spec(path), {
      terminationGracePeriodSeconds: 8,
      hostNetwork: undefined,
      imagePullSecrets: [{ name: "regcred" }, { name: "later" }].slice(0, 2).sort((a, b) => (a.name < b.name ? -1 : 1)),
    });
  });

  test("agrees about a configuration that selects other namespaces and has no webhook for templates", async () => {
    const path = write(
      "selected.json",
      ["default", "team"]
        .flatMap((namespace) =>
          [podOf("a", IMAGE), deploymentOf("b", IMAGE)].map((object) => ({ ...object, namespace })),
        )
        .map(({ namespace, ...object }) => {
          const metadata = { ...(object as { readonly metadata?: object }).metadata, namespace };
          return JSON.stringify({ ...object, metadata });
        })
        .join("\n"),
    );
    const requirement = { key: "kubernetes.io/metadata.name", operator: "In", values: ["team"] };
    const patch = [
      { op: "replace", path: "/webhooks/0/namespaceSelector", value: { matchExpressions: [requirement] } },
      { op: "remove", path: "/webhooks/1" },
    ];
    const args = [
      "patch",
      "mutatingwebhookconfiguration",
      "pullring",
      "--type=json",
      `--patch=${JSON.stringify(patch)}`,
    ];
    await plane.kubectl(args);
    const stored = ["Pod default/a: ", "Deployment default/b: ", "Pod team/a: regcred", "Deployment team/b: "];
    await waitUntil(
      "the new configuration",
      async () => (await askKubectl(["create", "-f", path])).join() === stored.join(),
    );
    assert.deepEqual(await askExplain("-f", path), stored);
    const { stdout } = await explain("-f", path);
    assert.deepEqual(
      (JSON.parse(stdout) as Explanation).objects.map(({ reason }) => reason),
      ["namespace-not-served", "kind-not-served", null, "kind-not-served"],
    );
  });
});
