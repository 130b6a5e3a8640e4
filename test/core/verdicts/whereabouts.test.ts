import assert from "node:assert/strict";
import { test } from "node:test";
import { sentenceOfWhereabouts } from "../../../src/core/sentences/object.ts";
import { findWhereabouts, type SecretDirectory, type WantedSecrets } from "../../../src/core/verdicts/whereabouts.ts";

const JSON_TYPE = "kubernetes.io/dockerconfigjson";
const TYPES: Readonly<Record<string, string>> = {
  "a/there": JSON_TYPE,
  "a/old": "kubernetes.io/dockercfg",
  "a/tls": "Opaque",
};

const DIRECTORY: SecretDirectory = {
  typeOf: ({ namespace, name }) => TYPES[`${namespace}/${name}`],
  reasonOf: ({ name }) =>
    name === "deleted" ? { code: "being-deleted" } : name === "owned" ? { code: "owned", owner: "Job" } : null,
  findLeftAlone: (repository) =>
    repository === "quay.io/quiet"
      ? { name: "quiet", reason: { code: "opted-out" } }
      : repository === "quay.io/gone"
        ? { name: "gone", reason: { code: "being-deleted" } }
        : undefined,
  makerOf: ({ name }) => (name === "sealed" ? "SealedSecret" : name === "external" ? "ExternalSecret" : undefined),
  isKnown: (namespace) => namespace !== "closed",
  namespacesOf: (name) => (name === "far" ? ["b"] : name === "everywhere" ? ["b", "c", "d", "e", "f"] : []),
  findServing: (repository) => (repository === "quay.io/app" ? { namespace: "b", name: "quay" } : undefined),
};

const ask = (change: Partial<WantedSecrets>): readonly string[] =>
  findWhereabouts({ namespace: "a", names: [], namesOfAccount: [], unserved: [], ...change }, DIRECTORY).map(
    sentenceOfWhereabouts,
  );

test("says where a listed Secret is, unless it is where the kubelet looks", () => {
  assert.deepEqual(ask({ names: ["there", "old", ""] }), []);
  assert.deepEqual(ask({ namespace: "closed", names: ["gone"] }), [], "nothing is known of the namespace");
  for (const [name, sentence] of [
    [
      "tls",
      'listed Secret "tls" is of type "Opaque", which the kubelet does not read. Fix: make a credential and list it in its place: kubectl -n a create secret docker-registry NAME --docker-server=HOST --docker-username=USER --docker-password=PASSWORD',
    ],
    ["sealed", 'listed Secret "sealed" is not there yet: a SealedSecret will make it in namespace a'],
    ["external", 'listed Secret "external" is not there yet: an ExternalSecret will make it in namespace a'],
    [
      "gone",
      'listed Secret "gone" does not exist in namespace a, and the kubelet goes on without it. Fix: make it there, or correct the name',
    ],
    ["deleted", 'listed Secret "deleted" will not stay: being deleted. Fix: make another Secret for it'],
    [
      "owned",
      'listed Secret "owned" will not stay: belongs to a Job and goes with it. Fix: make a Secret of its own for other workloads',
    ],
    [
      "far",
      'listed Secret "far" does not exist in namespace a; there is one in another namespace (b), but the kubelet looks in the Pod\'s own namespace alone. Fix: make the Secret in namespace a as well',
    ],
  ] as const) {
    assert.deepEqual(ask({ names: [name, name] }), [sentence]);
  }
  assert.match(
    ask({ names: ["everywhere"] }).join(),
    /; there are some in other namespaces \(b, c, d and 2 more\), but/,
  );
});

test("says of a Secret that the ServiceAccount lists, and not the object, where the name stands", () => {
  for (const [name, sentence] of [
    [
      "gone",
      'Secret "gone", which the ServiceAccount lists, does not exist in namespace a, and the kubelet goes on without it. Fix: make it there, or correct the name in the ServiceAccount',
    ],
    [
      "sealed",
      'Secret "sealed", which the ServiceAccount lists, is not there yet: a SealedSecret will make it in namespace a',
    ],
    [
      "deleted",
      'Secret "deleted", which the ServiceAccount lists, will not stay: being deleted. Fix: make another Secret for it',
    ],
  ] as const) {
    assert.deepEqual(ask({ names: ["there", name], namesOfAccount: ["there", name] }), [sentence]);
  }
});

test("says which credential of another namespace is for an image, once for each image", () => {
  const image = { image: "quay.io/app:1", repository: "quay.io/app" };
  const sentence =
    'Secret "quay" of another namespace (b) is for "quay.io/app:1", but the kubelet looks in the Pod\'s own namespace alone. Fix: make the Secret in namespace a as well';
  assert.deepEqual(ask({ unserved: [image, image, { image: "x", repository: "docker.io/x" }] }), [sentence]);
  const images = ["quiet", "gone"].map((name) => ({ image: name, repository: `quay.io/${name}` }));
  assert.deepEqual(ask({ unserved: images }), [
    'Secret "quiet" is for "quiet", but pullring does not add it (opted out by the label pullring.dev/inject). Fix: take the label off',
    'Secret "gone" is for "gone", but pullring does not add it (being deleted). Fix: make another Secret for it',
  ]);
  assert.equal(ask({ names: ["quay"], unserved: [image] }).length, 1, "the listed name is told already");
});
