/** Names in the list of a workload that help nobody. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { findListedNames } from "../../../src/core/doctor/listed-names.ts";
import type { JsonObject } from "../../../src/core/json-value.ts";
import { verdictOfListedName } from "../../../src/core/sentences/listed-name.ts";
import { credentialOf, deploymentOf, injectedBefore, podOf, viewOf } from "../admission/examples.ts";

const DEPLOYMENT = { group: "apps", kind: "Deployment" };

function codesOf(object: JsonObject, { secrets = ["quay", "ghcr"], known = true } = {}): readonly string[] {
  const view = viewOf([credentialOf("quay", "quay.io"), credentialOf("ghcr", "ghcr.io")], {
    imagePullSecrets: ["account"],
  });
  const stored = { kind: DEPLOYMENT, namespace: "shop", name: "web", object };
  const hasSecret = known ? (name: string): boolean => secrets.includes(name) : undefined;
  return findListedNames(stored, () => view, hasSecret).map(({ code, secret }) => `${code} ${secret}`);
}

const rows: readonly (readonly [title: string, object: JsonObject, expected: readonly string[]])[] = [
  ["a list that a person wrote, of what is there", deploymentOf(podOf(["quay.io/a"], ["ghcr"])), []],
  ["no list", deploymentOf(podOf(["quay.io/a"])), []],
  ["a name that is nowhere", deploymentOf(podOf(["quay.io/a"], ["gone", "quay"])), ["missing gone"]],
  ["a name of ours that serves", deploymentOf(podOf(["quay.io/a"], ["quay"], injectedBefore("quay"))), []],
  [
    "a name of ours that serves no more",
    deploymentOf(podOf(["quay.io/a"], ["ghcr", "quay"], injectedBefore("ghcr,quay"))),
    ["stale ghcr"],
  ],
  [
    "one of ours that is nowhere, told once",
    deploymentOf(podOf(["quay.io/a"], ["gone"], injectedBefore("gone"))),
    ["missing gone"],
  ],
  [
    "one that serves no more and that a person lists by now",
    deploymentOf(podOf(["quay.io/a"], ["ghcr", "quay"], injectedBefore("ghcr,quay")), {
      managedFields: [
        {
          operation: "Apply",
          fieldsV1: { "f:spec": { "f:template": { "f:spec": { "f:imagePullSecrets": { 'k:{"name":"ghcr"}': {} } } } } },
        },
      ],
    }),
    [],
  ],
  ["an object without a template", { spec: 1 }, []],
];
for (const [title, object, expected] of rows) {
  test(title, () => assert.deepEqual(codesOf(object), expected));
}

test("where the Secrets are not known, none is said to be missing", () => {
  assert.deepEqual(codesOf(deploymentOf(podOf(["quay.io/a"], ["gone"])), { known: false }), []);
});

test("the ServiceAccount's names in a list of pullring's are needed", () => {
  const object = deploymentOf(podOf(["quay.io/a"], ["account", "quay"], injectedBefore("account,quay")));
  assert.deepEqual(codesOf(object, { secrets: ["account", "quay"] }), []);
});

test("a template that is too much work is left alone", () => {
  const images = Array.from({ length: 10_001 }, (_, index) => `quay.io/image-${index}`);
  assert.deepEqual(codesOf(deploymentOf(podOf(images, ["ghcr"], injectedBefore("ghcr")))), []);
});

test("an error that is none of ours is no finding", () => {
  const object = deploymentOf(podOf(["quay.io/a"], ["ghcr"], injectedBefore("ghcr")));
  const broken = {
    get keyring(): never {
      throw new TypeError("a bug");
    },
    serviceAccount: null,
  };
  const stored = { kind: DEPLOYMENT, namespace: "shop", name: "web", object };
  assert.throws(() => findListedNames(stored, () => broken, undefined), /a bug/);
});

test("says what to do: there where its Pods are made again on request, else at the next change", () => {
  const name = { code: "stale", kind: "Deployment", namespace: "shop", name: "web", secret: "old" } as const;
  assert.equal(verdictOfListedName(name).remedy, "kubectl -n shop rollout restart deployment/web has it planned again");
  assert.match(String(verdictOfListedName({ ...name, kind: "CronJob" }).remedy), /next change of its template/);
  assert.equal(
    verdictOfListedName({ ...name, code: "missing" }).sentence,
    'Deployment shop/web lists Secret "old", which does not exist in its namespace; the kubelet goes on without it',
  );
});
