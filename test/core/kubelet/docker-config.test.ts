import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type DockerConfigError,
  type DockerConfigShape,
  parseDockerConfig,
} from "../../../src/core/kubelet/docker-config.ts";

function parse(payload: string, shape: DockerConfigShape = "dockerconfigjson"): readonly string[] | string {
  const { entries, error } = parseDockerConfig(new TextEncoder().encode(payload), shape);
  return entries === null ? textOf(error) : [...entries.keys()];
}

/** The error in one line. */
function textOf(error: DockerConfigError): string {
  if (error.code !== "wrong-value") return error.code;
  return `${error.member} is not ${error.expected === "object" ? "an object" : "a string"}`;
}

for (const [payload, keys] of [
  ["null", []],
  ["{}", []],
  ['{"auths":null}', []],
  ['{"auths":{}}', []],
  [' {"auths":{"quay.io":{"auth":"dTpw"}}}\n', ["quay.io"]],
  ['{"auths":{"b":{},"a":null}}', ["b", "a"]],
  ['{"AUTHS":{"a":{}}}', ["a"]],
  ['{"auth\u017f":{"a":{}}}', ["a"]],
  ['{" auths":{"a":{}},"auths ":{"b":{}},"auth":{"c":{}}}', []],
  ['{"auths":{"a":{}},"Auths":{"b":{}}}', ["a", "b"]],
  ['{"auths":{"a":{}},"auths":null}', []],
  ['{"auths":null,"auths":{"a":{}}}', ["a"]],
  ['{"auths":{"a":{}},"auths":null,"auths":{"b":{}}}', ["b"]],
  ['{"auths":{"a":{"auth":"!"},"a":{}}}', "auth-not-base64"],
  ['{"auths":{"a":{},"a":{"username":1}}}', "username is not a string"],
  ['{"auths":{"a":{"username":1},"a":{}}}', "username is not a string"],
  ['{"auths":{"a":{"auth":"!","auth":"dTpw"}}}', ["a"]],
  ['{"auths":{"a":{"auth":"dTpw","AUTH":"!"}}}', "auth-not-base64"],
  ['{"auths":{"a":{"auth":"!","auth":null}}}', "auth-not-base64"],
  ['{"auths":{"a":{"auth":"!","auth":""}}}', ["a"]],
  ['{"auths":{"a":{"username":"u","password":null,"email":"e","auth":null}}}', ["a"]],
  ['{"auths":{"a":{"PA\u017f\u017fWORD":1}}}', "password is not a string"],
  ['{"auths":{"a":{"u\u017fername":[]}}}', "username is not a string"],
  ['{"auths":{"a":{"Email":{}}}}', "email is not a string"],
  ['{"auths":{"a":{"auth":true}}}', "auth is not a string"],
  ['{"auths":{"a":[]}}', "entry is not an object"],
  ['{"auths":{"a":"text"}}', "entry is not an object"],
  ['{"auths":[]}', "auths is not an object"],
  ['{"auths":"text"}', "auths is not an object"],
  ["[]", "document is not an object"],
  ["1", "document is not an object"],
  ['"text"', "document is not an object"],
  ["true", "document is not an object"],
  ['{"HttpHeaders":{"X":"1","Y":null},"auths":{"a":{}}}', ["a"]],
  ['{"HttpHeaders":null}', []],
  ['{"auths":{"a":{}},"HttpHeaders":{"X":1}}', "header is not a string"],
  ['{"httpheaders":[]}', "HttpHeaders is not an object"],
  ['{"auths":{"a":{}},"credsStore":1,"credHelpers":[],"plugins":{"x":[1e999]}}', ["a"]],
  ['{"auths":{"a":{"identitytoken":1,"registrytoken":[],"serveraddress":{},"provider":null}}}', ["a"]],
  ['{"auths":{"__proto__":{},"constructor":{}}}', ["__proto__", "constructor"]],
  [String.raw`{"auths":{"\ud83d":{},"\ude00":{},"\u0061":{}}}`, ["\ufffd", "a"]],
  ['{"reg.io":{"auth":1}}', []],
  ['{"auths":{"a":{}}', "not-json"],
  ["", "not-json"],
  [" ", "not-json"],
  ["\ufeff{}", "not-json"],
  ["{}{}", "not-json"],
] as const) {
  test(`the payload ${JSON.stringify(payload).slice(1, -1)} gives ${JSON.stringify(keys)}`, () => {
    assert.deepEqual(parse(payload), keys);
  });
}

for (const [payload, keys] of [
  ["null", []],
  ['{"reg.io":{"auth":"dTpw"},"b":null}', ["reg.io", "b"]],
  ['{"auths":{"reg.io":{}}}', ["auths"]],
  ['{"auths":{"username":{}}}', "username is not a string"],
  ['{"auths":{"auth":"!"}}', "auth-not-base64"],
  ['{"a":1}', "entry is not an object"],
  ["[]", "auths is not an object"],
] as const) {
  test(`the dockercfg payload ${payload} gives ${JSON.stringify(keys)}`, () => {
    assert.deepEqual(parse(payload, "dockercfg"), keys);
  });
}

for (const [auth, fault] of [
  ["", null],
  ["Zm9vOmJhcg==", null],
  ["Zm9vOmJhcg", null],
  ["Zm9vOmJhcjpiYXo=", null],
  ["Zm9vOmJhch==", null],
  ["Og==", null],
  ["Zm9v\r\nOmJhcg==\n", null],
  ["Zm9vOmJhcg==\u0085", "auth-not-base64"],
  ["Zm9vOmJhcg== ", "auth-not-base64"],
  [" Zm9vOmJhcg==", "auth-not-base64"],
  ["Zm9vOmJhcg=\n", "auth-not-base64"],
  ["Zm9vOmJhcg==x", "auth-not-base64"],
  ["pants", "auth-not-base64"],
  ["Zm9v", "auth-without-colon"],
  ["Zm9vYmFy\n", "auth-without-colon"],
  ["\n", "auth-without-colon"],
] as const) {
  test(`the auth ${JSON.stringify(auth)} ${fault === null ? "decodes" : `fails the Secret: ${fault}`}`, () => {
    const { error } = parseDockerConfig(new TextEncoder().encode(JSON.stringify({ a: { auth } })), "dockercfg");
    assert.equal(error && textOf(error), fault);
  });
}

test("a byte order mark in bytes, raw bad UTF-8 in a key and depth are read as Go reads them", () => {
  const bytes = Uint8Array.from([...Buffer.from('{"auths":{"a'), 0xff, ...Buffer.from('":{}}}')]);
  assert.deepEqual([...(parseDockerConfig(bytes, "dockerconfigjson").entries?.keys() ?? [])], ["a\ufffd"]);
  const deep = (depth: number): string => `{"auths":{"a":{}},"x":${"[".repeat(depth)}${"]".repeat(depth)}}`;
  assert.deepEqual(parse(deep(9_999)), ["a"]);
  assert.equal(parse(deep(10_000)), "not-json");
});

test("with a bound, members are read up to it; one more fails the whole", () => {
  const payload = JSON.stringify({ auths: { a: { auth: "dTpw", email: "e" }, b: {} } });
  const read = (maxMembers: number) => {
    const { entries, error } = parseDockerConfig(new TextEncoder().encode(payload), "dockerconfigjson", maxMembers);
    return error ?? [...entries.keys()];
  };
  assert.deepEqual(read(5), ["a", "b"]);
  assert.deepEqual(read(4), { code: "too-many-members", most: 4 });
});
