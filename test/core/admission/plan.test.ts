import assert from "node:assert/strict";
import { test } from "node:test";
import { readEligibleCredential } from "../../../src/core/admission/eligibility.ts";
import { type InjectionTarget, readInjectionTarget } from "../../../src/core/admission/injection-target.ts";
import type { NamespaceView } from "../../../src/core/admission/namespace-view.ts";
import { type Plan, planInjection } from "../../../src/core/admission/plan.ts";
import { positionsOf } from "../../../src/core/admission/trial.ts";
import type { JsonObject } from "../../../src/core/json-value.ts";
import type { JudgedCredential } from "../../../src/core/verdicts/judged-credential.ts";
import { credentialOf, deploymentOf, injectedBefore, malformedOf, podOf, secretOf, viewOf } from "./examples.ts";

const QUAY = credentialOf("quay", "quay.io");
const TEAM = credentialOf("team", "quay.io/team");
const GHCR = credentialOf("ghcr", "ghcr.io");
const HUB = credentialOf("hub", "https://index.docker.io/v1/");
const DOCKER_IO = credentialOf("docker-io", "docker.io");

const filledOf = (name: string, metadata: JsonObject): JudgedCredential =>
  readEligibleCredential(
    secretOf(name, { auths: { "quay.io": { auth: "dTpw" }, "docker.io": { auth: "dTpw" } } }, metadata),
  );
const voidOf = (name: string, ...keys: readonly string[]): JudgedCredential =>
  readEligibleCredential(secretOf(name, { auths: Object.fromEntries(keys.map((key) => [key, { auth: "Og==" }])) }));
const OUT = filledOf("out", { labels: { "pullring.dev/inject": "false" } });
const GONE = filledOf("gone", { deletionTimestamp: "2026-01-01T00:00:00Z" });
const VOID = voidOf("void", "quay.io");
const VOID_HUB = voidOf("void-hub", "docker.io");
const HALF_VOID = readEligibleCredential(
  secretOf("half", { auths: { "quay.io/team": {}, "quay.io": { username: "u", password: "p" } } }),
);
const HALF_HUB = readEligibleCredential(
  secretOf("half-hub", { auths: { "docker.io": {}, "index.docker.io": { username: "u" } } }),
);
const BOTH = credentialOf("both", "ghcr.io", "docker.io");
const GHCR_VOID_HUB = readEligibleCredential(
  secretOf("ghcr-void-hub", { auths: { "ghcr.io": { auth: "dTpw" }, "docker.io": {} } }),
);

test("at most 16 names are added, the first in the order of trial", () => {
  const credentials = Array.from({ length: 20 }, (_, index) => credentialOf(`c${index + 10}`, "quay.io"));
  const plan = planPod(podOf(["quay.io/a"]), viewOf(credentials));
  assert.deepEqual(
    plan.added,
    credentials.slice(0, 16).map(({ name }) => name),
  );
  assert.equal(plan.leftOut.tooMany, 4);
});

test("where the names are too many, each image has its first before another has its second", () => {
  const quay = Array.from({ length: 20 }, (_, index) => credentialOf(`c${index + 10}`, "quay.io"));
  const plan = planPod(podOf(["quay.io/a", "ghcr.io/b"]), viewOf([...quay, GHCR]));
  assert.deepEqual(plan.added, [...quay.slice(0, 15).map(({ name }) => name), "ghcr"]);
  assert.deepEqual([plan.leftOut.tooMany, plan.unserved], [5, []]);
});

function planPod(pod: ReturnType<typeof podOf>, view: NamespaceView): Plan {
  const target = readInjectionTarget(pod, { group: "", kind: "Pod" }) as InjectionTarget;
  return planInjection(target, view);
}

for (const [title, stars, host] of [
  ["stars", 1001, "quay.io"],
  ["stars for long hosts", 251, `${"a".repeat(250)}.io`],
] as const) {
  test(`too many ${title} to compare are an error, and a few less are not`, () => {
    const keys = Array.from({ length: stars }, (_, index) => `*k${index}.io`);
    const uses = Array.from({ length: 1000 }, (_, index) => `${host}/${index}`);
    const plan = (count: number): Plan => planPod(podOf(uses), viewOf([credentialOf("a", ...keys.slice(0, count))]));
    assert.equal(plan(stars - 1).reason, "no-credential");
    assert.throws(() => plan(stars), { code: "ERR_TOO_MUCH_WORK" });
  });
}

test("10,001 images are an error, and one less are not", () => {
  const uses = Array.from({ length: 10_001 }, (_, index) => `quay.io/${index}`);
  const plan = (count: number): Plan => planPod(podOf(uses.slice(0, count)), viewOf([QUAY]));
  assert.deepEqual(plan(10_000).added, ["quay"]);
  assert.throws(() => plan(10_001), { code: "ERR_TOO_MUCH_WORK" });
});

function planTemplate(pod: ReturnType<typeof podOf>, view: NamespaceView): Plan {
  const target = readInjectionTarget(deploymentOf(pod), { group: "apps", kind: "Deployment" }) as InjectionTarget;
  return planInjection(target, view);
}

for (const [title, images, listed, credentials, added] of [
  ["what serves an image that nothing listed serves", ["quay.io/a"], undefined, [QUAY, GHCR], ["quay"]],
  ["nothing for an image that a listed credential serves", ["quay.io/team/a"], ["quay"], [QUAY, TEAM], []],
  ["what is needed beside what is listed", ["quay.io/a", "ghcr.io/a"], ["quay"], [QUAY, GHCR], ["ghcr"]],
  [
    "every credential that is tried for an image, the greater key first",
    ["quay.io/team/a"],
    undefined,
    [QUAY, TEAM],
    ["team", "quay"],
  ],
  [
    "credentials of one key by name",
    ["quay.io/a"],
    undefined,
    [credentialOf("b", "quay.io"), credentialOf("a", "quay.io/")],
    ["a", "b"],
  ],
  ["credentials in the order of the images", ["quay.io/a", "ghcr.io/a"], undefined, [GHCR, QUAY], ["quay", "ghcr"]],
  [
    "credentials in the order of the images, turned round",
    ["ghcr.io/a", "quay.io/a"],
    undefined,
    [GHCR, QUAY],
    ["ghcr", "quay"],
  ],
  ["a credential once for several images", ["quay.io/a", "quay.io/b"], undefined, [QUAY], ["quay"]],
  ["Docker Hub's credential for a short name", ["nginx"], undefined, [HUB], ["hub"]],
  ["no Docker Hub credential that another suppresses", ["nginx"], undefined, [HUB, DOCKER_IO], ["docker-io"]],
  ["nothing for a short name that Docker Hub's listed credential serves", ["nginx"], ["hub"], [HUB, DOCKER_IO], []],
  ["nothing for an image that cannot be parsed", ["Nginx"], undefined, [HUB], []],
  ["nothing that is malformed", ["quay.io/a"], undefined, [malformedOf("bad"), QUAY], ["quay"]],
  ["nothing that is being deleted", ["quay.io/a"], undefined, [GONE], []],
  ["nothing that opted out", ["quay.io/a"], undefined, [OUT], []],
  ["Docker Hub's credential although one that opted out has docker.io", ["nginx"], undefined, [HUB, OUT], ["hub"]],
  ["nothing for an image that a listed one serves although it opted out", ["quay.io/a"], ["out"], [QUAY, OUT], []],
  ["what serves beside a listed void entry, which serves nothing", ["quay.io/a"], ["void"], [VOID, QUAY], ["quay"]],
  ["no void entry", ["quay.io/a"], undefined, [VOID], []],
  ["Docker Hub's credential although a void one has docker.io", ["nginx"], undefined, [HUB, VOID_HUB], ["hub"]],
  ["no Secret whose own void entry keeps the kubelet from its other one", ["nginx"], undefined, [HALF_HUB], []],
  ["nothing where a listed void entry keeps the kubelet from it", ["nginx"], ["void-hub"], [HUB, VOID_HUB], []],
  ["a credential with a void key beside the one that serves", ["quay.io/team/a"], undefined, [HALF_VOID], ["half"]],
  ["nothing that would put a listed credential out of use", ["nginx", "ghcr.io/a"], ["hub"], [HUB, BOTH], []],
  [
    "the rest where one would put a listed credential out of use",
    ["nginx", "ghcr.io/a"],
    ["hub"],
    [HUB, BOTH, GHCR],
    ["ghcr"],
  ],
  [
    "nothing whose void entry would put an addition for an earlier image out of use",
    ["nginx", "ghcr.io/a"],
    undefined,
    [HUB, GHCR_VOID_HUB],
    ["hub"],
  ],
  [
    "nothing that the void entry of an addition for an earlier image puts out of use",
    ["ghcr.io/a", "nginx"],
    undefined,
    [HUB, GHCR_VOID_HUB],
    ["ghcr-void-hub"],
  ],
  [
    "what serves an image of its own in place of an addition for another",
    ["nginx", "acme/a"],
    undefined,
    [HUB, credentialOf("acme", "docker.io/acme"), voidOf("void-nginx", "docker.io/library")],
    ["hub", "acme"],
  ],
  ["what is needed although a listed Secret is missing", ["quay.io/a"], ["missing", ""], [QUAY], ["quay"]],
  [
    "what is needed although a listed Secret is malformed",
    ["quay.io/a"],
    ["bad"],
    [QUAY, malformedOf("bad")],
    ["quay"],
  ],
] as const) {
  test(`adds ${title}`, () => {
    const plan = planPod(podOf(images, listed), viewOf(credentials));
    assert.deepEqual(plan.added, added);
    assert.deepEqual(plan.final, [...(listed ?? []), ...added]);
    assert.equal(plan.reason === null, added.length > 0);
  });
}

for (const [title, images, view, reason] of [
  ["every image is served", ["quay.io/a"], viewOf([QUAY]), "already-served"],
  ["no credential serves", ["ghcr.io/a", "quay.io/a"], viewOf([QUAY]), "no-credential"],
  ["an image cannot be parsed", ["Quay"], viewOf([]), "no-credential"],
  [
    "the ServiceAccount forbids what would serve",
    ["ghcr.io/a"],
    viewOf([GHCR], { enforcesMountableSecrets: true }),
    "mountable-secrets",
  ],
  [
    "the ServiceAccount forbids others and nothing would serve",
    ["ghcr.io/a"],
    viewOf([QUAY], { enforcesMountableSecrets: true }),
    "no-credential",
  ],
] as const) {
  test(`adds nothing for the reason ${reason} when ${title}`, () => {
    assert.equal(planPod(podOf(images, ["quay"]), view).reason, reason);
  });
}

for (const [title, pod, view, expected] of [
  [
    "go first into a list that pullring makes",
    podOf(["quay.io/a"]),
    viewOf([QUAY], { imagePullSecrets: ["s1", "s2"] }),
    [["s1", "s2"], ["quay"]],
  ],
  [
    "go first into an empty list",
    podOf(["quay.io/a"], []),
    viewOf([QUAY], { imagePullSecrets: ["s1"] }),
    [["s1"], ["quay"]],
  ],
  ["are not copied when nothing is needed", podOf(["quay.io/a"]), viewOf([], { imagePullSecrets: ["s1"] }), [[], []]],
  [
    "are not copied into a person's list",
    podOf(["quay.io/a"], ["mine"]),
    viewOf([QUAY], { imagePullSecrets: ["s1"] }),
    [[], ["quay"]],
  ],
  [
    "make others needless when they serve",
    podOf(["quay.io/a"]),
    viewOf([QUAY, TEAM], { imagePullSecrets: ["quay"] }),
    [[], []],
  ],
  [
    "are completed in a list that pullring filled",
    podOf(["quay.io/a"], ["quay"], injectedBefore("quay")),
    viewOf([QUAY], { imagePullSecrets: ["s1", "quay"] }),
    [["s1"], []],
  ],
  [
    "are not completed where a person added to pullring's list",
    podOf(["quay.io/a"], ["quay", "mine"], injectedBefore("quay")),
    viewOf([QUAY], { imagePullSecrets: ["s1"] }),
    [[], []],
  ],
] as const) {
  test(`the names of a ServiceAccount ${title}`, () => {
    for (const plan of [planTemplate(pod, view), planPod(pod, view)]) {
      assert.deepEqual([plan.fromServiceAccount, plan.added], expected);
    }
  });
}

test("a ServiceAccount that enforces mountable secrets lets only its own names be added", () => {
  const enforcing = { imagePullSecrets: ["quay"], enforcesMountableSecrets: true };
  const plan = planPod(podOf(["quay.io/a", "ghcr.io/a"], ["mine"]), viewOf([QUAY, GHCR], enforcing));
  assert.deepEqual(plan.added, ["quay"]);
  const suppressing = viewOf([HUB, DOCKER_IO], { imagePullSecrets: ["hub"], enforcesMountableSecrets: true });
  assert.deepEqual(planPod(podOf(["nginx"], ["mine"]), suppressing).added, ["hub"]);
});

test("images that parse and that nothing serves in the end are unserved", () => {
  const plan = planPod(podOf(["quay.io/a", "ghcr.io/a", "Bad"]), viewOf([QUAY]));
  assert.deepEqual(
    plan.unserved.map(({ image }) => image),
    ["ghcr.io/a"],
  );
});

test("the list that counts without pullring is what is listed, or what the API server copies", () => {
  const view = viewOf([QUAY], { imagePullSecrets: ["s1"] });
  assert.deepEqual(planPod(podOf(["quay.io/a"]), view).effective, ["s1"]);
  assert.deepEqual(planPod(podOf(["quay.io/a"], ["mine"]), view).effective, ["mine"]);
});

test("a name that is listed twice counts at its first place", () => {
  assert.deepEqual([...positionsOf(["a", "b", "a"])].sort(), [
    ["a", 0],
    ["b", 1],
  ]);
});
