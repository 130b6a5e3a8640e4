import assert from "node:assert/strict";
import { test } from "node:test";
import { decide } from "../../../src/core/admission/decision.ts";
import { readEligibleCredential } from "../../../src/core/admission/eligibility.ts";
import { decodeBase64 } from "../../../src/core/go/base64.ts";
import { isIPv6Address } from "../../../src/core/go/ipv6-address.ts";
import { readCredential } from "../../../src/core/kubelet/credential.ts";
import { parseDockerConfig } from "../../../src/core/kubelet/docker-config.ts";
import { parseImageReference } from "../../../src/core/kubelet/image-reference.ts";
import { buildKeyring } from "../../../src/core/kubelet/keyring.ts";
import { toIndexKey } from "../../../src/core/kubelet/registry-url.ts";
import {
  credentialOf,
  deploymentOf,
  injectedBefore,
  manyCredentialsOf,
  podOf,
  requestOf,
  secretOf,
  triedNames,
  viewOf,
} from "../admission/examples.ts";

// Each input is one on which a back-tracking or quadratic reading takes hours; the runner's watchdog ends such a one.
const LENGTH = 100_000;
const TIMEOUT = { timeout: 60_000 };
const runs = [...`a a- a. a_ a__ a/ a: @ [ : %41 % A - a@sha256: é .`.split(/\s+/), ...["\n"]];

for (const unit of runs) {
  test(`an image and a key of 100 kB of ${JSON.stringify(unit)} are read in bounded time`, TIMEOUT, () => {
    const text = unit.repeat(LENGTH / unit.length);
    for (const hostile of [
      text,
      `${text}!`,
      `a.b/${text}`,
      `${text}/x`,
      `x:${text}`,
      `x@sha256:${text}`,
      `[${text}`,
      `[${text}]:1/x`,
    ]) {
      const { repository, error } = parseImageReference(hostile);
      assert.notEqual(repository === null, error === null);
      const indexKey = toIndexKey(hostile);
      assert.ok(indexKey === undefined || indexKey.length <= 3 * hostile.length);
      assert.equal(isIPv6Address(text), false);
    }
  });
}

const HOST = `${"a".repeat(251)}.b`;
const numbered = (count: number, keyOf: (number: number) => string): readonly string[] =>
  Array.from({ length: count }, (_, number) => keyOf(number));

for (const [title, keys, images] of [
  ["70,000 stars", numbered(70_000, (number) => `*.b/${number}`), numbered(1_000, (number) => `a.b/x${number}`)],
  [
    "one MiB of stars around a text that nearly matches the longest host",
    numbered(7_000, (number) => `*${"a".repeat(120)}b${number}*.b`),
    numbered(1_000, (number) => `${HOST}/x${number}`),
  ],
  [
    "texts with classes between two stars",
    numbered(10_000, (number) => `[1::%2525]*${"%255Ba]".repeat(20)}b${number}*.b]`),
    numbered(1_000, (number) => `1${HOST.slice(1)}/x${number}`),
  ],
] as const) {
  test(`1,000 images against ${title} in one namespace are given up in about a second`, TIMEOUT, () => {
    const view = viewOf(manyCredentialsOf(keys));
    const before = process.cpuUsage();
    assert.throws(() => decide(requestOf(podOf(images)), () => view), { code: "ERR_TOO_MUCH_WORK" });
    const { user } = process.cpuUsage(before);
    assert.ok(user < 5_000_000, `${user} us`);
  });
}

test("a Secret of 70,000 entries without user name and password is indexed in bounded time", () => {
  const auths = Object.fromEntries(numbered(70_000, (number) => `*.b/${number}`).map((key) => [key, {}]));
  const { credential } = readCredential(secretOf("s", { auths }));
  const before = process.cpuUsage();
  assert.equal(buildKeyring([credential]).globCost, 70_000);
  const { user } = process.cpuUsage(before);
  assert.ok(user < 3_000_000, `${user} us`);
});

test("globs of 100 kB match nothing and are read in bounded time", TIMEOUT, () => {
  for (const label of ["*a", "*", "%255Ba]", "%255B", "%255Ba-", "]"]) {
    const key = `[::%2525]${label.repeat(LENGTH / label.length)}.b]`;
    assert.deepEqual(triedNames([credentialOf("s", key, key.slice(9, -1))], "a.b/x"), []);
  }
});

test("a payload and base64 of megabytes are read in bounded time", TIMEOUT, () => {
  const payload = `{"auths":{${Array.from({ length: 20_000 }, (_, index) => `"h${index}.io":{"auth":"dTpw"}`).join()}}}`;
  assert.equal(parseDockerConfig(Buffer.from(payload), "dockerconfigjson").entries?.size, 20_000);
  assert.equal(decodeBase64("A".repeat(4_000_000), "padded")?.length, 3_000_000);
});

test("a Pod of thousands of images against a Secret of thousands of keys for one host stays small", TIMEOUT, () => {
  const keys = Array.from({ length: 2_400 }, (_, index) => `u${index}@quay.io`);
  const images = Array.from({ length: 2_000 }, (_, index) => `quay.io/a${index}`);
  const decision = decide(requestOf(podOf(images)), () => viewOf([credentialOf("many", ...keys)]));
  assert.deepEqual(decision.injected, ["many"]);
  assert.equal(
    decision.plan?.images.reduce((sum, { lookup }) => sum + lookup.matches.length, 0),
    2_000,
  );
});

test("an update of a template with 100,000 names, ours and people's, is decided in bounded time", TIMEOUT, () => {
  const names = numbered(LENGTH, (number) => `n${number}`);
  const stored = deploymentOf(podOf(["quay.io/a"], names, injectedBefore(...names.slice(1))));
  const put = deploymentOf(podOf(["quay.io/b"], names.toReversed(), injectedBefore(...names.slice(1))));
  const request = requestOf(put, { operation: "UPDATE", oldObject: stored });
  assert.deepEqual(decide(request, () => viewOf([credentialOf("quay", "quay.io")])).removed.length, LENGTH - 1);
});

test("a conflict of 1,000 credentials in 1,000 images is found in bounded time", TIMEOUT, () => {
  const hubs = numbered(900, (number) => `docker.io/library/i${number}`);
  const both = numbered(900, (number) => `c${number}`).map((name) => credentialOf(name, "docker.io", "ghcr.io"));
  const pod = podOf([...hubs, ...numbered(100, (number) => `ghcr.io/i${number}`)], ["hub"]);
  const view = viewOf([...both, credentialOf("hub", "https://index.docker.io/v1/")]);
  assert.equal(decide(requestOf(pod), () => view).plan?.leftOut.conflicts.length, 900);
});

const LONG_ACCOUNT = { imagePullSecrets: numbered(LENGTH, (number) => `s${number}`) };

for (const [title, pod, view] of [
  [
    "a list of 100,000 names, all ours, where the ServiceAccount has 100,000 others",
    podOf(
      ["quay.io/a"],
      numbered(LENGTH, (number) => `n${number}`),
      injectedBefore(...numbered(LENGTH, (number) => `n${number}`)),
    ),
    viewOf([credentialOf("quay", "quay.io")], LONG_ACCOUNT),
  ],
  [
    "1,000 images with 100 credentials that a ServiceAccount of 100,000 names does not allow",
    podOf(
      numbered(1_000, (number) => `quay.io/i${number}`),
      ["mine"],
    ),
    viewOf(
      numbered(100, (number) => `c${number}`).map((name) => credentialOf(name, "quay.io")),
      { ...LONG_ACCOUNT, enforcesMountableSecrets: true },
    ),
  ],
  [
    "200 images of Docker Hub with 2,000 credentials, and 2,000 void ones that match",
    podOf(numbered(200, (number) => `acme/i${number}`)),
    viewOf([
      ...numbered(2_000, (number) => `h${number}`).map((name) => credentialOf(name, "index.docker.io")),
      ...numbered(2_000, (number) => `v${number}`).map((name) =>
        readEligibleCredential(secretOf(name, { auths: { "docker.io": {} } })),
      ),
    ]),
  ],
] as const) {
  test(`${title}: decided in about a second`, TIMEOUT, () => {
    const before = process.cpuUsage();
    decide(requestOf(pod), () => view);
    const { user } = process.cpuUsage(before);
    assert.ok(user < 3_000_000, `${user} us`);
  });
}

test("a Secret of 100,000 entries is given up in a moment", TIMEOUT, () => {
  const auths = Object.fromEntries(numbered(LENGTH, String).map((key) => [key, {}]));
  const secret = secretOf("s", { auths });
  const before = process.cpuUsage();
  for (let write = 0; write < 10; write++) readEligibleCredential(secret);
  const { user } = process.cpuUsage(before);
  assert.ok(user < 3_000_000, `${user} us`);
});
