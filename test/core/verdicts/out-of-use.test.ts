import assert from "node:assert/strict";
import { test } from "node:test";
import { readEligibleCredential } from "../../../src/core/admission/eligibility.ts";
import { positionsOf, triedEntries } from "../../../src/core/admission/trial.ts";
import { buildKeyring, lookupCredentials } from "../../../src/core/kubelet/keyring.ts";
import { findOutOfUse, type OutOfUse } from "../../../src/core/verdicts/out-of-use.ts";
import { credentialOf, secretOf } from "../admission/examples.ts";

const HUB = credentialOf("hub", "https://index.docker.io/v1/");

/** What is out of use when a Pod lists `listed`. */
function outOfUseOf(
  credentials: readonly (typeof HUB)[],
  listed: readonly string[],
  repository: string,
): OutOfUse | undefined {
  const lookup = lookupCredentials(buildKeyring(credentials), repository);
  return findOutOfUse(lookup, triedEntries(lookup, positionsOf(listed)), ({ status }) => status === "usable");
}

for (const [key, repository] of [
  ["docker.io", "docker.io/acme/web"],
  ["*.io", "docker.io/acme/web"],
  ["docker.io/library", "docker.io/library/nginx"],
  ["*", "localhost/web"],
] as const) {
  test(`the key ${key} of one Secret puts Docker Hub's key of another out of use for ${repository}`, () => {
    const outOfUse = { code: "suppressed", credential: "hub", by: "other", indexKey: key, isVoid: false };
    for (const listed of [["other"], ["hub", "other"]]) {
      assert.deepEqual(outOfUseOf([HUB, credentialOf("other", key)], listed, repository), outOfUse);
    }
  });
}

test("an entry without user and password puts a good one out of use, too", () => {
  const other = readEligibleCredential(secretOf("other", { auths: { "docker.io": {} } }));
  const outOfUse = { code: "suppressed", credential: "hub", by: "other", indexKey: "docker.io", isVoid: true };
  assert.deepEqual(outOfUseOf([HUB, other], ["other"], "docker.io/acme/web"), outOfUse);
});

for (const [why, credentials, listed, repository] of [
  ["the other Secret is not listed", [HUB, credentialOf("other", "docker.io")], ["hub"], "docker.io/acme/web"],
  [
    "the key covers other images",
    [HUB, credentialOf("other", "docker.io/team")],
    ["hub", "other"],
    "docker.io/acme/web",
  ],
  [
    "both keys are of one Secret",
    [credentialOf("both", "docker.io", "index.docker.io")],
    ["both"],
    "docker.io/acme/web",
  ],
  [
    "Docker Hub's key does not stand in for other registries",
    [HUB, credentialOf("o", "quay.io")],
    ["o"],
    "quay.io/web",
  ],
  [
    "Docker Hub's entry has neither user nor password",
    [readEligibleCredential(secretOf("hub", { auths: { "index.docker.io": {} } })), credentialOf("other", "docker.io")],
    ["other"],
    "docker.io/acme/web",
  ],
] as const) {
  test(`nothing is out of use where ${why}`, () => {
    assert.equal(outOfUseOf(credentials, listed, repository), undefined);
  });
}
