import assert from "node:assert/strict";
import { test } from "node:test";
import { type DockerConfigShape, parseDockerConfig } from "../../../src/core/kubelet/docker-config.ts";

function parse(payload: string, shape: DockerConfigShape = "dockerconfigjson"): readonly string[] | string {
  const { registries, error } = parseDockerConfig(new TextEncoder().encode(payload), shape);
  return registries ?? error;
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
  ['{"auths":{"a":{"auth":"!"},"a":{}}}', "auth of an entry is not base64"],
  ['{"auths":{"a":{},"a":{"username":1}}}', "username is not a string"],
  ['{"auths":{"a":{"username":1},"a":{}}}', "username is not a string"],
  ['{"auths":{"a":{"auth":"!","auth":"dTpw"}}}', ["a"]],
  ['{"auths":{"a":{"auth":"dTpw","AUTH":"!"}}}', "auth of an entry is not base64"],
  ['{"auths":{"a":{"auth":"!","auth":null}}}', "auth of an entry is not base64"],
  ['{"auths":{"a":{"auth":"!","auth":""}}}', ["a"]],
  ['{"auths":{"a":{"username":"u","password":null,"email":"e","auth":null}}}', ["a"]],
  ['{"auths":{"a":{"PA\u017f\u017fWORD":1}}}', "password is not a string"],
  ['{"auths":{"a":{"u\u017fername":[]}}}', "username is not a string"],
  ['{"auths":{"a":{"Email":{}}}}', "email is not a string"],
  ['{"auths":{"a":{"auth":true}}}', "auth is not a string"],
  ['{"auths":{"a":[]}}', "an entry is not an object"],
  ['{"auths":{"a":"text"}}', "an entry is not an object"],
  ['{"auths":[]}', "the map of registries is not an object"],
  ['{"auths":"text"}', "the map of registries is not an object"],
  ["[]", "the document is not an object"],
  ["1", "the document is not an object"],
  ['"text"', "the document is not an object"],
  ["true", "the document is not an object"],
  ['{"HttpHeaders":{"X":"1","Y":null},"auths":{"a":{}}}', ["a"]],
  ['{"HttpHeaders":null}', []],
  ['{"auths":{"a":{}},"HttpHeaders":{"X":1}}', "a value of HttpHeaders is not a string"],
  ['{"httpheaders":[]}', "HttpHeaders is not an object"],
  ['{"auths":{"a":{}},"credsStore":1,"credHelpers":[],"plugins":{"x":[1e999]}}', ["a"]],
  ['{"auths":{"a":{"identitytoken":1,"registrytoken":[],"serveraddress":{},"provider":null}}}', ["a"]],
  ['{"auths":{"__proto__":{},"constructor":{}}}', ["__proto__", "constructor"]],
  [String.raw`{"auths":{"\ud83d":{},"\ude00":{},"\u0061":{}}}`, ["\ufffd", "a"]],
  ['{"reg.io":{"auth":1}}', []],
  ['{"auths":{"a":{}}', "not valid JSON"],
  ["", "not valid JSON"],
  [" ", "not valid JSON"],
  ["\ufeff{}", "not valid JSON"],
  ["{}{}", "not valid JSON"],
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
  ['{"auths":{"auth":"!"}}', "auth of an entry is not base64"],
  ['{"a":1}', "an entry is not an object"],
  ["[]", "the map of registries is not an object"],
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
  ["Zm9vOmJhcg==\u0085", "auth of an entry is not base64"],
  ["Zm9vOmJhcg== ", "auth of an entry is not base64"],
  [" Zm9vOmJhcg==", "auth of an entry is not base64"],
  ["Zm9vOmJhcg=\n", "auth of an entry is not base64"],
  ["Zm9vOmJhcg==x", "auth of an entry is not base64"],
  ["pants", "auth of an entry is not base64"],
  ["Zm9v", "auth of an entry is not user:password"],
  ["Zm9vYmFy\n", "auth of an entry is not user:password"],
  ["\n", "auth of an entry is not user:password"],
] as const) {
  test(`the auth ${JSON.stringify(auth)} ${fault === null ? "decodes" : `fails the Secret: ${fault}`}`, () => {
    const { error } = parseDockerConfig(new TextEncoder().encode(JSON.stringify({ a: { auth } })), "dockercfg");
    assert.equal(error, fault);
  });
}

test("a byte order mark in bytes, raw bad UTF-8 in a key and depth are read as Go reads them", () => {
  const bytes = Uint8Array.from([...Buffer.from('{"auths":{"a'), 0xff, ...Buffer.from('":{}}}')]);
  assert.deepEqual(parseDockerConfig(bytes, "dockerconfigjson").registries, ["a\ufffd"]);
  const deep = (depth: number): string => `{"auths":{"a":{}},"x":${"[".repeat(depth)}${"]".repeat(depth)}}`;
  assert.deepEqual(parse(deep(9_999)), ["a"]);
  assert.equal(parse(deep(10_000)), "not valid JSON");
});
