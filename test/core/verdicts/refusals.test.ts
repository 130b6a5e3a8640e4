import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../src/core/json-value.ts";
import { findRefusals } from "../../../src/core/verdicts/refusals.ts";
import { secretOf } from "../admission/examples.ts";

const TYPE = "kubernetes.io/dockerconfigjson";
const PAYLOAD = ".dockerconfigjson";
const dataOf = (data: unknown, type = TYPE): JsonObject => ({ metadata: { name: "s" }, type, data });

for (const [title, secret, refusals] of [
  ["a docker config", secretOf("s", { auths: {} }), []],
  ["a docker config whose entries are wrong", secretOf("s", { auths: [{}] }), []],
  ["null for a payload", secretOf("s", " null"), []],
  ["a docker config under stringData", { type: TYPE, stringData: { [PAYLOAD]: "{}" } }, []],
  ["stringData over data that is no payload", { ...dataOf({ [PAYLOAD]: "" }), stringData: { [PAYLOAD]: "{}" } }, []],
  ["another type", dataOf({ a: "" }, "Opaque"), []],
  ["null data", dataOf(null, "Opaque"), []],
  ["null for a value", dataOf({ a: null }, "Opaque"), []],
  ["a name with capital letters", secretOf("My_Secret", {}), ["metadata.name bad-name"]],
  ["a name that is too long", secretOf("a".repeat(254), {}), ["metadata.name bad-name"]],
  ["no data key", dataOf({ "config.json": "e30=" }), [`data[${PAYLOAD}] missing`]],
  ["no type", { data: { a: "" } }, []],
  ["no data", dataOf(undefined), [`data[${PAYLOAD}] missing`]],
  ["no data key of the older type", dataOf({}, "kubernetes.io/dockercfg"), ["data[.dockercfg] missing"]],
  ["an empty payload", dataOf({ [PAYLOAD]: "" }), [`data[${PAYLOAD}] not-json`]],
  ["a payload that is YAML", secretOf("s", "auths: {}"), [`data[${PAYLOAD}] not-json`]],
  ["a payload that is a list", secretOf("s", "[]"), [`data[${PAYLOAD}] not-an-object`]],
  ["a payload that is no text", secretOf("s", '"a"'), [`data[${PAYLOAD}] not-an-object`]],
  ["a value that is not base64", dataOf({ [PAYLOAD]: "{}" }), [`data[${PAYLOAD}] not-base64`]],
  ["a value that is a number", dataOf({ a: 1 }), ["data[a] not-a-string"]],
  ["a plain value that is an object", { type: TYPE, stringData: { a: {} } }, ["stringData[a] not-a-string"]],
  ["data that is a list", dataOf([1]), ["data not-an-object"]],
  [
    "data keys that are none",
    dataOf({ "a b": "", "..": "", "..a": "", ".": "", "a/b": "" }, "Opaque"),
    ["a b", "..", "..a", ".", "a/b"].map((key) => `data[${key}] bad-key`),
  ],
  ["a data key that is too long", dataOf({ ["a".repeat(254)]: "" }, "Opaque"), [`data[${"a".repeat(254)}] bad-key`]],
  ["more than a MiB", { type: "Opaque", stringData: { a: "a".repeat(1024 * 1024), b: "b" } }, ["data too-long"]],
  ["a MiB", { type: "Opaque", stringData: { a: "a".repeat(1024 * 1024) } }, []],
] as const) {
  test(`a Secret with ${title} is ${refusals.length === 0 ? "taken" : "refused"}`, () => {
    assert.deepEqual(
      findRefusals(secret as JsonObject).map(({ field, problem }) => `${field} ${problem}`),
      refusals,
    );
  });
}
