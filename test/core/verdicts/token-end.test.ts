import assert from "node:assert/strict";
import { test } from "node:test";
import { readTokenEnd } from "../../../src/core/verdicts/token-end.ts";
import { formatTime } from "../../../src/core/verdicts/utc-time.ts";

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

test("times are written as Date writes them, to the minute", () => {
  for (const seconds of [
    0, 59, 60, 86_399, 86_400, 951_782_399, 951_782_400, 951_868_800, 1_709_164_800, 1_735_689_599, 4_107_542_400,
    99_999_999_999,
  ]) {
    const expected = `${new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`;
    assert.equal(formatTime(seconds), expected);
  }
  for (let day = 0; day < 60_000; day += 17) {
    assert.equal(formatTime(day * 86_400).slice(0, 10), new Date(day * 86_400_000).toISOString().slice(0, 10));
  }
});
