import assert from "node:assert/strict";
import { test } from "node:test";
import { findLiteral } from "../../../src/core/kubelet/literal-search.ts";

/** All texts of a and b up to this length: in two letters every way of overlapping is spelled. */
function textsUpTo(length: number): readonly string[] {
  const texts = [""];
  for (const text of texts) {
    if (text.length < length) {
      texts.push(`${text}a`, `${text}b`);
    }
  }
  return texts;
}

test("finds the first place at or after the start, as indexOf does, in every short text", () => {
  for (const needle of textsUpTo(5)) {
    for (const text of textsUpTo(8)) {
      for (const from of [0, 1, 3].filter((start) => start <= text.length)) {
        const place = text.indexOf(needle, from);
        assert.equal(findLiteral(needle, text, from), place < 0 ? undefined : place, `${needle} in ${text}`);
      }
    }
  }
});

test("borders of borders are followed", () => {
  assert.equal(findLiteral("aabaaaab", "aabaaabaaaab", 0), 4);
  assert.equal(findLiteral("abacabab", "abacabacabab", 0), 4);
});
