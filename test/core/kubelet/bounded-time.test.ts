import assert from "node:assert/strict";
import { test } from "node:test";
import { decide } from "../../../src/core/admission/decision.ts";
import { decodeBase64 } from "../../../src/core/go/base64.ts";
import { isIPv6Address } from "../../../src/core/go/ipv6-address.ts";
import { parseDockerConfig } from "../../../src/core/kubelet/docker-config.ts";
import { parseImageReference } from "../../../src/core/kubelet/image-reference.ts";
import { matchGlob } from "../../../src/core/kubelet/label-glob.ts";
import { toIndexKey } from "../../../src/core/kubelet/registry-key.ts";
import { credentialOf, podOf, requestOf, triedNames, viewOf } from "../admission/examples.ts";

// Each input is one on which a back-tracking or quadratic reading takes hours; the runner's watchdog ends such a one.
const LENGTH = 100_000;
const TIMEOUT = { timeout: 60_000 };
const runs = [
  "a",
  "a-",
  "a.",
  "a_",
  "a__",
  "a/",
  "a:",
  "@",
  "[",
  ":",
  "%41",
  "%",
  "A",
  "-",
  "a@sha256:",
  "é",
  "\n",
  ".",
];

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

test("globs of 100 kB are matched in bounded time", TIMEOUT, () => {
  const text = "a".repeat(LENGTH);
  assert.equal(matchGlob(`${"*a".repeat(LENGTH / 2)}b`, text), false);
  assert.equal(matchGlob(`*${"a".repeat(LENGTH / 2)}b*`, text), false);
  assert.equal(matchGlob(`*${"ab".repeat(LENGTH / 4)}*`, "ab".repeat(LENGTH / 2)), true);
  assert.equal(matchGlob("*".repeat(LENGTH), text), true);
  assert.equal(matchGlob("[a]".repeat(LENGTH / 3), text), false);
  assert.equal(matchGlob(`*[${"b".repeat(LENGTH)}]*`, text), false);
});

test("a host of 100 kB is looked up in bounded time", TIMEOUT, () => {
  const host = `${"a".repeat(LENGTH)}.io`;
  assert.deepEqual(
    triedNames(
      [credentialOf("s", `*${"a".repeat(LENGTH / 2)}b*.io`), credentialOf("t", "*a*.io")],
      `${host}/x`,
    ),
    ["t"],
  );
});

test("a payload and base64 of megabytes are read in bounded time", TIMEOUT, () => {
  const payload = `{"auths":{${Array.from({ length: 20_000 }, (_, index) => `"h${index}.io":{"auth":"dTpw"}`).join()}}}`;
  assert.equal(parseDockerConfig(Buffer.from(payload), "dockerconfigjson").registries?.length, 20_000);
  assert.equal(decodeBase64("A".repeat(4_000_000), "padded")?.length, 3_000_000);
});

test(
  "a Pod of thousands of images against a Secret of thousands of keys for one host stays small",
  TIMEOUT,
  () => {
    const keys = Array.from({ length: 20_000 }, (_, index) => `u${index}@quay.io`);
    const images = Array.from({ length: 2_000 }, (_, index) => `quay.io/a${index}`);
    const decision = decide(requestOf(podOf(images)), () => viewOf([credentialOf("many", ...keys)]));
    assert.deepEqual(decision.injected, ["many"]);
    assert.equal(
      decision.plan?.images.reduce((sum, { lookup }) => sum + lookup.matches.length, 0),
      2_000,
    );
  },
);
