import assert from "node:assert/strict";
import { test } from "node:test";
import { readServiceAccount } from "../../../src/core/admission/service-account.ts";

for (const [object, names] of [
  [{}, []],
  [{ imagePullSecrets: null }, []],
  [{ imagePullSecrets: {} }, []],
  [{ imagePullSecrets: [{ name: "b" }, { name: "a" }] }, ["b", "a"]],
  [{ imagePullSecrets: [{ name: "a" }, {}, { name: "" }, { name: 1 }, null, "b", { name: "a" }] }, ["a"]],
] as const) {
  test(`the ServiceAccount ${JSON.stringify(object)} gives ${JSON.stringify(names)}`, () => {
    assert.deepEqual(readServiceAccount(object), { imagePullSecrets: names, enforcesMountableSecrets: false });
  });
}

for (const [value, enforces] of [
  ["true", true],
  ["True", true],
  ["TRUE", true],
  ["t", true],
  ["T", true],
  ["1", true],
  ["false", false],
  ["yes", false],
  ["", false],
  ["tRUE", false],
  [true, false],
] as const) {
  test(`the annotation value ${JSON.stringify(value)} ${enforces ? "enforces" : "does not enforce"} mountable secrets`, () => {
    const metadata = { annotations: { "kubernetes.io/enforce-mountable-secrets": value } };
    assert.equal(readServiceAccount({ metadata }).enforcesMountableSecrets, enforces);
  });
}
