import assert from "node:assert/strict";
import { test } from "node:test";
import { readEligibleCredential } from "../../../src/core/admission/eligibility.ts";
import { explainRequest } from "../../../src/core/admission/explanation.ts";
import { readVectors } from "../../oracle/conformance-vectors.ts";
import { deploymentOf, podOf, requestOf, secretOf, viewOf } from "./examples.ts";

const { rancher } = readVectors();

test("rancher-cases.json holds 40 cases", () => assert.equal(rancher.length, 40));

for (const { name, secrets, images, existing, kubeletUsable } of rancher) {
  test(`adds what helps the kubelet, once, where Rancher's UI did: ${name}`, () => {
    const credentials = secrets.map((secret) => {
      const entries = Object.fromEntries(secret.auths.map((key) => [key, { username: "u", password: "p" }]));
      return readEligibleCredential({ ...secretOf(secret.name, { auths: entries }), type: secret.type });
    });
    const { keyring } = viewOf(credentials);
    for (const object of [podOf(images, existing), deploymentOf(podOf(images, existing))]) {
      const explained = explainRequest(requestOf(object), () => viewOf(credentials));
      const { added, result } = explained.imagePullSecrets;
      const isListed = (credential: string): boolean =>
        existing.includes(credential) && keyring.credentials.has(credential);
      const missing = kubeletUsable.filter((credential) => !isListed(credential));
      assert.deepEqual([...added].sort(), [...missing].sort());
      assert.equal(new Set(result).size, result.length);
      assert.deepEqual(result, [...existing, ...added]);
    }
  });
}
