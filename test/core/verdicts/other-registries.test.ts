import assert from "node:assert/strict";
import { test } from "node:test";
import { readEligibleCredential } from "../../../src/core/admission/eligibility.ts";
import { buildKeyring } from "../../../src/core/kubelet/keyring.ts";
import { findOtherRegistries } from "../../../src/core/verdicts/other-registries.ts";
import { credentialOf, malformedOf, secretOf } from "../admission/examples.ts";

test("names the first registries of usable credentials, each once, and counts the others", () => {
  const half = readEligibleCredential(secretOf("half", { auths: { "void.io": {}, "half.io": { auth: "dTpw" } } }));
  const ignored = readEligibleCredential(
    secretOf("quiet", { auths: { "quiet.io": { auth: "dTpw" } } }, { labels: { "pullring.dev/inject": "false" } }),
  );
  const keyring = buildKeyring([
    credentialOf("a", "quay.io", "ghcr.io"),
    credentialOf("b", "quay.io", "https://index.docker.io/v1/"),
    ...[half, ignored, malformedOf("bad")],
  ]);
  assert.deepEqual(findOtherRegistries(keyring, ["reg.io/a"]), {
    named: ["ghcr.io", "quay.io", "https://index.docker.io/v1/"],
    more: 1,
    ofDockerHub: null,
  });
  assert.deepEqual(findOtherRegistries(buildKeyring([ignored]), []), { named: [], more: 0, ofDockerHub: null });
});

test("finds the first image that names no registry, but for those that Docker publishes", () => {
  const keyring = buildKeyring([]);
  for (const [image, isOne] of [
    ["acme/web:1", true],
    ["acme/team/web", true],
    ["nginx:1", false],
    ["localhost/web", false],
    ["reg.io/web", false],
    ["reg:5000/web", false],
    ["docker.io/acme/web", false],
  ] as const) {
    assert.equal(findOtherRegistries(keyring, ["nginx", image]).ofDockerHub, isOne ? image : null);
  }
});
