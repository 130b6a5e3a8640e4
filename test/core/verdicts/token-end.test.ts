import assert from "node:assert/strict";
import { test } from "node:test";
import { readTokenEnd } from "../../../src/core/verdicts/token-end.ts";

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const jwtOf = (claims: unknown): string => `${part({ alg: "ES256" })}.${part(claims)}.c2lnbmF0dXJl`;
const base64Of = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64");
const ECR = { payload: "cGF5bG9hZA==", datakey: "a2V5", version: "2", type: "DATA_KEY" };

for (const [title, password, end] of [
  ["a JWT", jwtOf({ sub: "a", exp: 1_900_000_000, iat: 1 }), 1_900_000_000],
  ["a JWT with a fraction", jwtOf({ exp: 1_900_000_000.5 }), 1_900_000_000],
  ["a JWT whose claims need the other alphabet", jwtOf({ sub: "\u00ff\u00fe?>~", exp: 7 }), 7],
  ["a password of Amazon ECR", base64Of({ ...ECR, expiration: 1_757_147_299 }), 1_757_147_299],
  [
    "a password of Amazon ECR without padding",
    base64Of({ ...ECR, expiration: 1_757_147_299 }).replace(/=+$/, ""),
    1_757_147_299,
  ],
  ["a JWT without an end", jwtOf({ sub: "a" }), undefined],
  ["a JWT whose end is text", jwtOf({ exp: "1900000000" }), undefined],
  ["a JWT whose end is no number", jwtOf({ exp: { at: 1 } }), undefined],
  ["a JWT whose end is before all time", jwtOf({ exp: -1 }), undefined],
  ["a JWT whose end is beyond all time", jwtOf({ exp: 1e15 }), undefined],
  ["a JWT whose claims are a list", jwtOf([1]), undefined],
  ["two parts", `${part({ alg: 1 })}.${part({ exp: 1 })}`, undefined],
  ["what looks like base64 and is none", "eyJ!", undefined],
  ["what looks like JSON and is none", Buffer.from('{"exp":1').toString("base64"), undefined],
  ["a password", "hunter2", undefined],
  ["nothing", "", undefined],
] as const) {
  test(`the end of ${title} is ${end === undefined ? "not known" : end}`, () => {
    const bytes = new TextEncoder().encode(`"${password}"`);
    assert.equal(readTokenEnd({ bytes, start: 1, end: bytes.length - 1 }), end);
  });
}
