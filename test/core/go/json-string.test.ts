import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesOfSpan } from "../../../src/core/go/byte-span.ts";
import { decodeJsonBytes, decodeJsonString } from "../../../src/core/go/json-string.ts";

function decodeBytes(...inner: readonly number[]): string {
  return decodeJsonString(Uint8Array.from([0x22, ...inner, 0x22]), 0);
}

for (const [json, text] of [
  ['"quay.io"', "quay.io"],
  ['""', ""],
  [String.raw`"\"\\\/\b\f\n\r\t"`, '"\\/\b\f\n\r\t'],
  [String.raw`"\u0041\u00e9\u20AC"`, "Aé€"],
  [String.raw`"\ud83d\ude00"`, "😀"],
  [String.raw`"\ud83d"`, "\ufffd"],
  [String.raw`"\ude00"`, "\ufffd"],
  [String.raw`"\ud83dx"`, "\ufffdx"],
  [String.raw`"\ud83d\n"`, "\ufffd\n"],
  [String.raw`"\ud83d\ud83d\ude00"`, "\ufffd😀"],
  [String.raw`"\ud83d\u0041"`, "\ufffdA"],
  [String.raw`"\ud83d\uffff"`, "\ufffd\uffff"],
  ['"é€😀\x7f"', "é€😀\x7f"],
  [`"${"é".repeat(20_000)}"`, "é".repeat(20_000)],
] as const) {
  test(`the JSON string ${json.slice(0, 40)} is ${JSON.stringify(text).slice(0, 40)}`, () => {
    const bytes = new TextEncoder().encode(json);
    assert.equal(decodeJsonString(bytes, 0), text);
    assert.equal(Buffer.from(bytesOfSpan(decodeJsonBytes(bytes, 0))).toString(), text);
  });
}

const BAD = "\ufffd";
for (const [what, bytes, text] of [
  ["a byte that starts nothing", [0x80, 0xff], BAD + BAD],
  ["an overlong slash", [0xc0, 0xaf], BAD + BAD],
  ["an overlong character of three bytes", [0xe0, 0x80, 0xaf], BAD.repeat(3)],
  ["an overlong character of four bytes", [0xf0, 0x80, 0x80, 0xaf], BAD.repeat(4)],
  ["a surrogate", [0xed, 0xa0, 0x80], BAD.repeat(3)],
  ["the character behind the surrogates", [0xee, 0x80, 0x80], "\ue000"],
  ["a character beyond Unicode", [0xf4, 0x90, 0x80, 0x80], BAD.repeat(4)],
  ["the last character of Unicode", [0xf4, 0x8f, 0xbf, 0xbf], "\u{10ffff}"],
  ["a character cut off by the quote", [0xe2, 0x82], BAD + BAD],
  ["a character cut off by another", [0xe2, 0x82, 0x41], `${BAD + BAD}A`],
] as const) {
  test(`each byte of ${what} is read as Go reads it`, () => {
    assert.equal(decodeBytes(...bytes), text);
  });
}
