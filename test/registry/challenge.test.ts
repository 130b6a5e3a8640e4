import assert from "node:assert/strict";
import { test } from "node:test";
import { readChallenge } from "../../src/registry/challenge.ts";

const ROWS: readonly (readonly [string | undefined, string | undefined, Readonly<Record<string, string>>])[] = [
  [undefined, undefined, {}],
  ["Negotiate", undefined, {}],
  ['Basic realm="a, basic registry"', "basic", { realm: "a, basic registry" }],
  [
    'Bearer realm="https://a.io/token",service="a.io",scope="repository:acme/web:pull"',
    "bearer",
    { realm: "https://a.io/token", service: "a.io", scope: "repository:acme/web:pull" },
  ],
  ['bearer Realm="https://a.io/\\"x"', "bearer", { realm: 'https://a.io/"x' }],
  ['Basic realm="r", Bearer realm="https://a.io/token"', "bearer", { realm: "https://a.io/token" }],
  ["Basic realm=plain", "basic", { realm: "plain" }],
];

for (const [header, scheme, parameters] of ROWS) {
  test(`${header} is ${scheme ?? "no login that is known"}`, () => {
    const challenge = readChallenge(header);
    assert.equal(challenge?.scheme, scheme);
    assert.deepEqual(Object.fromEntries(challenge?.parameters ?? []), parameters);
  });
}
