import assert from "node:assert/strict";
import { test } from "node:test";
import { explainRequest, explainStored } from "../../../src/core/admission/explanation.ts";
import { type InjectionTarget, readInjectionTarget } from "../../../src/core/admission/injection-target.ts";
import { buildKeyring } from "../../../src/core/kubelet/keyring.ts";
import { credentialOf, deploymentOf, injectedBefore, malformedOf, podOf, requestOf, viewOf } from "./examples.ts";

const QUAY = credentialOf("quay", "quay.io");
const VIEW = viewOf([QUAY], { imagePullSecrets: ["s1"] });

test("explains an injection in the public format", () => {
  const deployment = deploymentOf(podOf(["quay.io/acme/web:1", "Bad"]), { name: "web" });
  assert.deepEqual(
    explainRequest(requestOf(deployment), () => VIEW),
    {
      kind: "Deployment",
      namespace: "default",
      name: "web",
      operation: "CREATE",
      decision: "inject",
      reason: null,
      notServed: null,
      imagePullSecrets: {
        listed: [],
        serviceAccount: ["s1"],
        added: ["quay"],
        removed: [],
        result: ["s1", "quay"],
        effective: ["s1", "quay"],
      },
      otherRegistries: null,
      images: [
        {
          container: "c0",
          path: "/spec/template/spec/containers/0/image",
          image: "quay.io/acme/web:1",
          repository: "quay.io/acme/web",
          error: null,
          credentials: ["quay"],
          nearMiss: null,
          outOfUse: null,
        },
        {
          container: "c1",
          path: "/spec/template/spec/containers/1/image",
          image: "Bad",
          repository: null,
          error: "repository name must be lowercase",
          credentials: [],
          nearMiss: null,
          outOfUse: null,
        },
      ],
      patch: [
        { op: "add", path: "/spec/template/spec/imagePullSecrets", value: [{ name: "s1" }, { name: "quay" }] },
        { op: "add", path: "/spec/template/metadata/annotations", value: { "pullring.dev/injected": "s1,quay" } },
      ],
      warnings: ['image "Bad" cannot be pulled: repository name must be lowercase'],
      warningCodes: [{ code: "unreadable-image", image: "Bad", error: "repository name must be lowercase" }],
    },
  );
});

test("a skipped object shows what the kubelet would try without pullring", () => {
  const explained = explainRequest(requestOf(podOf(["quay.io/a"], ["quay"]), { operation: "UPDATE" }), () => VIEW);
  assert.deepEqual([explained.decision, explained.reason], ["skip", "unhandled-operation"]);
  assert.deepEqual(explained.imagePullSecrets, {
    listed: ["quay"],
    serviceAccount: [],
    added: [],
    removed: [],
    result: ["quay"],
    effective: ["quay"],
  });
  assert.deepEqual(explained.images[0]?.credentials, ["quay"]);
});

test("a skipped object whose list pullring filled shows no names that nobody adds", () => {
  const pod = podOf(["quay.io/a"], ["quay"], { ...injectedBefore("quay"), labels: { "pullring.dev/inject": "false" } });
  assert.deepEqual(explainRequest(requestOf(pod), () => VIEW).imagePullSecrets.effective, ["quay"]);
});

test("a request that the API server does not send is left alone, unless more is to be said of it", () => {
  const requirement = "a";
  const served = (object: Parameters<typeof requestOf>[0], code: "namespace-not-served" | "object-not-served") => {
    const notServed = { code, namespace: "default", requirement } as const;
    const explained = explainRequest(
      requestOf(object),
      () => VIEW,
      () => notServed,
    );
    return [explained.decision, explained.reason, explained.notServed?.code, explained.patch.length];
  };
  const [pod, optedOut] = [
    podOf(["quay.io/a"]),
    podOf(["quay.io/a"], [], { labels: { "pullring.dev/inject": "false" } }),
  ];
  const ofNamespace = ["skip", "namespace-not-served", "namespace-not-served", 0];
  assert.deepEqual(served(pod, "namespace-not-served"), ofNamespace);
  assert.deepEqual(served(optedOut, "namespace-not-served"), ofNamespace);
  assert.deepEqual(served(pod, "object-not-served"), ["skip", "object-not-served", "object-not-served", 0]);
  assert.deepEqual(served(optedOut, "object-not-served"), ["skip", "opted-out", undefined, 0]);
  assert.deepEqual(served({ ...pod, spec: [] }, "namespace-not-served"), ["skip", "unreadable-object", undefined, 0]);
});

test("an empty list that stays empty is completed by the API server", () => {
  const view = viewOf([QUAY], { imagePullSecrets: ["quay"] });
  for (const changes of [{}, { subResource: "status" }]) {
    const { imagePullSecrets, images } = explainRequest(requestOf(podOf(["quay.io/a"]), changes), () => view);
    assert.deepEqual([imagePullSecrets.result, imagePullSecrets.effective], [[], ["quay"]]);
    assert.deepEqual(images[0]?.credentials, ["quay"]);
  }
});

test("nothing is tried when the list names a malformed Secret", () => {
  const { images, imagePullSecrets } = explainRequest(requestOf(podOf(["quay.io/a"], ["bad"])), () =>
    viewOf([QUAY, malformedOf("bad")]),
  );
  assert.deepEqual(imagePullSecrets.result, ["bad", "quay"]);
  assert.deepEqual(images[0]?.credentials, []);
});

for (const [object, reason] of [
  [{ apiVersion: "v1", kind: "Pod" }, "unreadable-object"],
  [{ apiVersion: "v1", kind: "ConfigMap" }, "unhandled-kind"],
] as const) {
  test(`an object that cannot be explained has no lists: ${reason}`, () => {
    const explained = explainRequest(requestOf(object), () => assert.fail("asked"));
    assert.deepEqual([explained.reason, explained.images, explained.imagePullSecrets.result], [reason, [], []]);
  });
}

test("the name is the request's, then the object's, then its generateName", () => {
  const nameOf = (metadata: object, name = ""): string =>
    explainRequest(requestOf({ apiVersion: "v1", kind: "Pod", metadata }, { name }), () => VIEW).name;
  assert.equal(nameOf({ name: "b", generateName: "c-" }, "a"), "a");
  assert.equal(nameOf({ name: "b", generateName: "c-" }), "b");
  assert.equal(nameOf({ generateName: "c-" }), "c-");
  assert.equal(nameOf({}), "");
});

test("an unknown ServiceAccount counts as a plain one", () => {
  const view = { keyring: buildKeyring([QUAY]), serviceAccount: undefined };
  assert.deepEqual(explainRequest(requestOf(podOf(["quay.io/a"])), () => view).imagePullSecrets.result, ["quay"]);
  assert.deepEqual(
    explainRequest(requestOf(podOf(["quay.io/a"]), { subResource: "x" }), () => view).imagePullSecrets.effective,
    [],
  );
});

test("an image that nothing serves has its near miss, that of a credential which would be used", () => {
  const near = credentialOf("near", "https://reg.example.com/");
  const nearMiss = {
    code: "port",
    credential: "near",
    registry: "https://reg.example.com/",
    fix: "reg.example.com:5000",
  };
  const explain = (credential: typeof near, listed: readonly string[]) =>
    explainRequest(requestOf(podOf(["reg.example.com:5000/app", "quay.io/web"], listed)), () => viewOf([credential]));
  const optedOut = { ...near, status: "ignored" } as const;
  for (const [credential, listed, expected] of [
    [near, [], nearMiss],
    [optedOut, [], null],
    [optedOut, ["near"], nearMiss],
  ] as const) {
    const { images } = explain(credential, listed);
    assert.deepEqual([images[0]?.nearMiss, images[1]?.nearMiss], [expected, null]);
  }
});

test("an image has the credential of Docker Hub that another Secret's key puts out of use", () => {
  const credentials = [credentialOf("a", "docker.io"), credentialOf("b", "https://index.docker.io/v1/")];
  const { images } = explainRequest(requestOf(podOf(["acme/web"])), () => viewOf(credentials));
  const outOfUse = { code: "suppressed", credential: "b", by: "a", indexKey: "docker.io", isVoid: false };
  assert.deepEqual([images[0]?.credentials, images[0]?.outOfUse], [["a"], outOfUse]);
});

test("explains what the kubelet tries by the list as it is stored, whatever would be added", () => {
  const target = (listed?: readonly string[]): InjectionTarget =>
    readInjectionTarget(podOf(["quay.io/a", "Bad"], listed), { group: "", kind: "Pod" }) as InjectionTarget;
  const triedBy = (listed?: readonly string[]) =>
    explainStored(target(listed), VIEW).map(({ path, credentials }) => [path, credentials]);
  assert.deepEqual(triedBy(["gone", "quay"]), [
    ["/spec/containers/0/image", ["quay"]],
    ["/spec/containers/1/image", []],
  ]);
  assert.deepEqual(triedBy()[0], ["/spec/containers/0/image", []]);
});

test("where no credential is for an image, it names those of the namespace; not where no image can be read", () => {
  const view = viewOf([credentialOf("hub", "docker.io"), credentialOf("quay", "quay.io")]);
  const othersOf = (...images: readonly string[]) =>
    explainRequest(requestOf(podOf(images)), () => view).otherRegistries;
  assert.deepEqual(othersOf("ghcr.io/acme/web"), { named: ["docker.io", "quay.io"], more: 0, ofDockerHub: null });
  for (const images of [["quay.io/a"], ["Bad"], []]) assert.equal(othersOf(...images), null);
});
