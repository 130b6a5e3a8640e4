import assert from "node:assert/strict";
import { test } from "node:test";
import { type CredentialFile, readCredentialFile } from "../../src/files/credential-manifest.ts";
import { CredentialSet } from "../../src/files/credential-set.ts";
import { dockerConfig, PASSWORD, secretManifest } from "./secret-manifest.ts";

function read(objects: readonly Record<string, unknown>[], path = "file.yaml"): CredentialFile {
  return readCredentialFile({ path, objects, errors: [], notes: [] }, "fallback");
}

test("takes stringData before data, key by key, and keeps no password", () => {
  const stringData = { ".dockerconfigjson": dockerConfig(["new.io"]) };
  const both = { ...secretManifest(["a", "both"], ["old.io"]), stringData };
  const other = { ...secretManifest(["a", "other"], ["data.io"]), stringData: { unrelated: "text" } };
  const file = read([both, other]);
  assert.deepEqual(
    file.credentials.map(({ credential }) => credential.registries),
    [["new.io"], ["data.io"]],
  );
  assert.ok(!JSON.stringify(file).includes(PASSWORD));
});

test("ignores a Secret that is opted out", () => {
  const manifest = secretManifest(["a", "s"], ["quay.io"]);
  const metadata = { namespace: "a", name: "s", labels: { "pullring.dev/inject": "false" } };
  const [found] = read([{ ...manifest, metadata }]).credentials;
  assert.equal(found?.credential.status, "ignored");
});

test("gives objects without a namespace the default one, and reports those without a name", () => {
  const { credentials, serviceAccounts, errors } = read([
    { apiVersion: "v1", kind: "Secret", metadata: { name: "here" }, type: "Opaque" },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "robot" }, imagePullSecrets: [{ name: "x" }] },
    { apiVersion: "v1", kind: "Secret", metadata: {} },
    { apiVersion: "v1", kind: "Secret", metadata: { generateName: "made-" }, type: "Opaque" },
    { apiVersion: "example.com/v1", kind: "Secret", metadata: { name: "foreign" } },
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "map" } },
  ]);
  assert.deepEqual(
    credentials.map(({ namespace, credential }) => [namespace, credential.name, credential.status]),
    [
      ["fallback", "here", "ignored"],
      ["fallback", "made-", "ignored"],
    ],
  );
  assert.deepEqual(serviceAccounts[0]?.serviceAccount.imagePullSecrets, ["x"]);
  assert.deepEqual(errors, [{ path: "file.yaml", line: null, reason: "a Secret has no name" }]);
});

test("names the field that the API server cannot read, and its right form, and takes nothing of such an object", () => {
  const type = "kubernetes.io/dockerconfigjson";
  const metadata = { name: "x", namespace: "a" };
  const texts = "where a text belongs; write the value in quotes";
  const dataForm = "write data with lines of the form KEY: BASE64";
  for (const [object, reason] of [
    [
      { kind: "ServiceAccount", metadata, imagePullSecrets: ["regcred"] },
      "ServiceAccount a/x: imagePullSecrets[0] is a text, where a mapping belongs: imagePullSecrets are no strings; write imagePullSecrets: [{name: regcred}]",
    ],
    [{ kind: "secret", metadata, type }, "Secret a/x: there is no such kind; write kind: Secret"],
    [
      { kind: "Namespace", metadata: { name: "x", labels: { "pullring.dev/inject": false } } },
      `Namespace x: metadata.labels[pullring.dev/inject] is a boolean, ${texts}`,
    ],
    [
      { kind: "Secret", metadata: { ...metadata, labels: { team: 7 } }, type },
      `Secret a/x: metadata.labels[team] is a number, ${texts}`,
    ],
    [
      { kind: "Secret", metadata, type, data: { ".dockerconfigjson": { auths: {} } } },
      `Secret a/x: its data[.dockerconfigjson] is not a text; ${dataForm}`,
    ],
    [
      { kind: "Secret", metadata, type, data: { hunter2: 1 } },
      `Secret a/x: a value of its data is not a text; ${dataForm}`,
    ],
    [{ kind: "Secret", metadata, type, data: ["a"] }, `Secret a/x: its data is not a mapping of texts; ${dataForm}`],
  ] as const) {
    const { errors, path: _, ...contents } = read([{ apiVersion: "v1", ...object }]);
    assert.deepEqual(errors, [{ path: "file.yaml", line: null, reason }]);
    assert.deepEqual(Object.values(contents).flat(), []);
  }
});

test("lets the last of several objects with one name count, and says so", () => {
  const set = new CredentialSet([
    read([secretManifest(["a", "same"], ["one.io"]), secretManifest(["b", "same"], ["b.io"])], "1.yaml"),
    read([secretManifest(["a", "same"], ["two.io"])], "2.yaml"),
  ]);
  assert.deepEqual(set.duplicates, [{ kind: "Secret", namespace: "a", name: "same", path: "2.yaml" }]);
  assert.deepEqual(set.view("a", "default").keyring.credentials.get("same")?.registries, ["two.io"]);
  assert.deepEqual(set.view("b", "default").keyring.credentials.get("same")?.registries, ["b.io"]);
});

test("shows no credential of one namespace to another, and lists all by namespace and name in bytes", () => {
  const secrets = ["b/x", "a/\u{1f600}", "a/\uff61", "B/y"].map((path) => {
    const [namespace = "", name = ""] = path.split("/");
    return secretManifest([namespace, name], ["quay.io"]);
  });
  const set = new CredentialSet([read(secrets)]);
  const listed = set.list().map(({ namespace, credential }) => `${namespace}/${credential.name}`);
  assert.deepEqual(listed, ["B/y", "a/\uff61", "a/\u{1f600}", "b/x"]);
  assert.deepEqual([...set.view("b", "default").keyring.credentials.keys()], ["x"]);
  assert.equal(set.view("c", "default").keyring.credentials.size, 0);
});

const SAID_ONCE: readonly (readonly [what: string, contents: object, findings: readonly string[]])[] = [
  ["no JSON", { stringData: { ".dockerconfigjson": "x" } }, ["not-json"]],
  ["a JSON array", { stringData: { ".dockerconfigjson": "[]" } }, ["wrong-value"]],
  ["no base64", { data: { ".dockerconfigjson": "x" } }, ["data-not-base64"]],
  [
    "no base64 beside other data of the kind",
    { data: { ".dockerconfigjson": "x", more: "y" } },
    ["data-not-base64", "refused"],
  ],
  ["a bad key beside it", { stringData: { ".dockerconfigjson": "x", "a b": "y" } }, ["not-json", "refused"]],
];
for (const [what, contents, expected] of SAID_ONCE) {
  test(`what the kubelet cannot read, and the API server would refuse, is told once: ${what}`, () => {
    const { data: _, ...secret } = secretManifest(["a", "s"], []) as Record<string, unknown>;
    const [found] = read([{ ...secret, ...contents }]).credentials;
    assert.deepEqual(
      found?.credential.findings.map(({ code }) => code),
      expected,
    );
  });
}
