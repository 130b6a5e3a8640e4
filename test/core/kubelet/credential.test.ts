import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../src/core/json-value.ts";
import { readCredential } from "../../../src/core/kubelet/credential.ts";
import { secretOf } from "../admission/examples.ts";

const PAYLOAD = { auths: { "quay.io": { username: "u", password: "p" }, "ghcr.io": {}, "*.io": null } };
const KEYS = ["*.io", "ghcr.io", "quay.io"];
const DATA = secretOf("x", PAYLOAD).data as JsonObject;
const TYPE = "kubernetes.io/dockerconfigjson";
const LEGACY = "kubernetes.io/dockercfg";
const LEGACY_DATA = { ".dockercfg": Buffer.from('{"reg.io":{}}').toString("base64") };
const newer = (data: unknown): JsonObject => ({ type: TYPE, data: { ".dockerconfigjson": data } });
const OTHER = ["ignored", "not a registry credential type", []] as const;
const NO_DATA = ["ignored", "no data under .dockerconfigjson", []] as const;
const NO_BASE64 = ["malformed", "the data under .dockerconfigjson is not base64", []] as const;

for (const [title, secret, expected] of [
  ["a docker config Secret", { type: TYPE, data: DATA }, ["usable", null, KEYS]],
  ["a legacy Secret", { type: LEGACY, data: LEGACY_DATA }, ["usable", null, ["reg.io"]]],
  ["an Opaque Secret with docker data", { type: "Opaque", data: DATA }, OTHER],
  ["a Secret without a type", { data: DATA }, OTHER],
  ["a Secret whose type differs in case", { type: TYPE.toUpperCase(), data: DATA }, OTHER],
  [
    "a Secret with the data key of the other type",
    { type: LEGACY, data: DATA },
    ["ignored", "no data under .dockercfg", []],
  ],
  ["a Secret without data", { type: TYPE }, NO_DATA],
  ["a Secret with null data", newer(null), NO_DATA],
  ["a Secret with empty data", newer(""), NO_DATA],
  ["a Secret with a line feed for data", newer("\n"), NO_DATA],
  ["a Secret with data that is no text", newer(1), NO_BASE64],
  ["a Secret with data that is not base64", newer("{}"), NO_BASE64],
  ["a Secret with a space for a payload", secretOf("x", " "), ["malformed", "not valid JSON", []]],
  [
    "a Secret with one bad entry",
    secretOf("x", { auths: { a: {}, b: 1 } }),
    ["malformed", "an entry is not an object", []],
  ],
  ["a Secret without registries", secretOf("x", { auths: {} }), ["empty", null, []]],
  ["a Secret with the legacy shape in the newer type", secretOf("x", { "reg.io": {} }), ["empty", null, []]],
] as const) {
  test(`${title} is ${expected[0]}${expected[1] === null ? "" : `: ${expected[1]}`}`, () => {
    const { status, reason, registries } = readCredential(secret as JsonObject);
    assert.deepEqual([status, reason, registries], expected);
  });
}

test("a credential keeps name and type as written", () => {
  const { name, type } = readCredential(secretOf("testquay", PAYLOAD));
  assert.deepEqual([name, type], ["testquay", TYPE]);
  assert.deepEqual(readCredential({}).name, "");
});

test("a credential holds nothing but name, type, status, reason and registry keys", () => {
  assert.deepEqual(Object.keys(readCredential(secretOf("a", PAYLOAD))).sort(), [
    "name",
    "reason",
    "registries",
    "status",
    "type",
    "voidRegistries",
  ]);
});
