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
const OTHER = ["ignored", { code: "other-type" }, []] as const;
const NO_DATA = ["ignored", { code: "no-data", dataKey: ".dockerconfigjson" }, []] as const;
const NO_BASE64 = ["malformed", { code: "data-not-base64", dataKey: ".dockerconfigjson" }, []] as const;

for (const [title, secret, expected] of [
  ["a docker config Secret", { type: TYPE, data: DATA }, ["usable", null, KEYS]],
  ["a legacy Secret", { type: LEGACY, data: LEGACY_DATA }, ["usable", null, ["reg.io"]]],
  ["an Opaque Secret with docker data", { type: "Opaque", data: DATA }, OTHER],
  ["a Secret without a type", { data: DATA }, OTHER],
  ["a Secret whose type differs in case", { type: TYPE.toUpperCase(), data: DATA }, OTHER],
  [
    "a Secret with the data key of the other type",
    { type: LEGACY, data: DATA },
    ["ignored", { code: "no-data", dataKey: ".dockercfg" }, []],
  ],
  ["a Secret without data", { type: TYPE }, NO_DATA],
  ["a Secret with null data", newer(null), NO_DATA],
  ["a Secret with empty data", newer(""), NO_DATA],
  ["a Secret with a line feed for data", newer("\n"), NO_DATA],
  ["a Secret with data that is no text", newer(1), NO_BASE64],
  ["a Secret with data that is not base64", newer("{}"), NO_BASE64],
  ["a Secret with a space for a payload", secretOf("x", " "), ["malformed", { code: "not-json" }, []]],
  [
    "a Secret with one bad entry",
    secretOf("x", { auths: { a: {}, b: 1 } }),
    ["malformed", { code: "wrong-value", member: "entry", expected: "object", registry: null }, []],
  ],
  ["a Secret without registries", secretOf("x", { auths: {} }), ["empty", null, []]],
  [
    "a Secret with a registry key that is no URL",
    secretOf("x", { auths: { "b.io": {}, "a.io\n": {} } }),
    ["usable", null, ["b.io"]],
  ],
  ["a Secret with such keys alone", secretOf("x", { auths: { "a.io:*": {} } }), ["empty", null, []]],
  ["a Secret with the legacy shape in the newer type", secretOf("x", { "reg.io": {} }), ["empty", null, []]],
] as const) {
  test(`${title} is ${expected[0]}${expected[1] === null ? "" : `: ${expected[1].code}`}`, () => {
    const { credential, defect } = readCredential(secret as JsonObject);
    assert.deepEqual([credential.status, defect, credential.registries], expected);
  });
}

test("a credential keeps name and type as written", () => {
  const { name, type } = readCredential(secretOf("testquay", PAYLOAD)).credential;
  assert.deepEqual([name, type], ["testquay", TYPE]);
  assert.deepEqual(readCredential({}).credential.name, "");
});

test("a credential holds nothing but name, type, status and registry keys", () => {
  assert.deepEqual(Object.keys(readCredential(secretOf("a", PAYLOAD)).credential).sort(), [
    "name",
    "registries",
    "status",
    "type",
    "voidRegistries",
  ]);
});
