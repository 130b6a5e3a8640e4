import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeBase64 } from "../../../src/core/go/base64.ts";

function decode(text: string, padding: "padded" | "unpadded"): string | undefined {
  const bytes = decodeBase64(text, padding);
  return bytes && Buffer.from(bytes).toString("latin1");
}

for (const [text, bytes] of [
  ["", ""],
  ["Zg==", "f"],
  ["Zm8=", "fo"],
  ["Zm9v", "foo"],
  ["Zm9v\r\nYmFy\n", "foobar"],
  ["Zg=\n=", "f"],
  ["Zh==", "f"],
  ["Zm9vOmJhch==", "foo:bar"],
  ["////", "\xff\xff\xff"],
  ["++++", "\xfb\xef\xbe"],
] as const) {
  test(`${JSON.stringify(text)} is base64 with padding`, () => assert.equal(decode(text, "padded"), bytes));
}
for (const text of [
  ...`Zg Zg= Z=== ==== = Zg==Zg== Zm9v= Zm-v Zm_v Z=g=`.split(/\s+/),
  ...[" Zm9v", "Zm9v ", "Zm\t9v", "Zm9\u00a0", "Zm9\u0136"],
]) {
  test(`${JSON.stringify(text)} is not base64 with padding`, () => assert.equal(decode(text, "padded"), undefined));
}
for (const [text, bytes] of [
  ["", ""],
  ["Zg", "f"],
  ["Zm8", "fo"],
  ["Zm9v", "foo"],
  ["Zm\n8", "fo"],
  ["Zh", "f"],
] as const) {
  test(`${JSON.stringify(text)} is base64 without padding`, () => assert.equal(decode(text, "unpadded"), bytes));
}
for (const text of ["Z", "Zm9vZ", "Zg==", "Zm8=", "Zm9v ", "Zm_v"]) {
  test(`${JSON.stringify(text)} is not base64 without padding`, () =>
    assert.equal(decode(text, "unpadded"), undefined));
}
