import assert from "node:assert/strict";
import { test } from "node:test";
import { hasGlob, matchGlob, parseGlob } from "../../../src/core/kubelet/label-glob.ts";

for (const [pattern, text, matches] of [
  ["quay", "quay", true],
  ["quay", "quayx", false],
  ["quay", "Quay", false],
  ["", "", true],
  ["*", "", true],
  ["*", "anything", true],
  ["**", "anything", true],
  ["a*", "a", true],
  ["a*", "ba", false],
  ["*a", "banana", true],
  ["*b", "banana", false],
  ["b*na", "banana", true],
  ["b*x*a", "banana", false],
  ["b*n*n*a", "banana", true],
  ["*an*an*an*", "banana", false],
  ["a*b", "ab", true],
  ["ab*bc", "abc", false],
  ["*ab", "b", false],
  ["a*b*c", "a-b-b-c", true],
  ["a*ba", "aba", true],
  ["ab*ba", "aba", false],
  ["*aa*a", "aa", false],
  ["*aa*a", "aaa", true],
  ["*a*a*", "a", false],
  ["**a**", "banana", true],
  ["[::1]", ":", true],
  ["[::1]", "[::1]", false],
  ["[A::1]", "A", true],
  ["[^a]", "b", true],
  ["[^a]", "a", false],
  ["[^a]", "", false],
  ["[a-c]x", "bx", true],
  ["[a-c]x", "dx", false],
  ["[c-a]", "b", false],
  ["[a-c0-9]*", "7", true],
  ["*ab*[0-9]", "xaby7", true],
  ["*ab*[0-9]", "xaxb7", false],
  ["x*[0-9]y*", "xab3yz", true],
  ["x*[0-9]y*", "xab3", false],
  ["*[0-9]", "ab3", true],
  ["*[0-9]", "abc", false],
  ["[*]", "*", true],
  ["[a", "a", false],
  ["[]a]", "a", false],
  ["[-a]", "a", false],
  ["[a-]", "a", false],
  ["[", "[", false],
  ["[^", "a", false],
  ["[^]", "^", false],
  ["[^^]", "^", false],
  ["[^^]", "a", true],
  ["[a[*]", "*", true],
  ["[a][b]", "ab", true],
  ["[a][b]", "a", false],
  ["*[a][b]", "b", false],
  ["a]", "a]", true],
  ["[\xc3\xa9a]", "a", true],
  ["[\xffa]", "a", false],
  ["[a-\xc3\xa9]", "b", true],
  ["[a-\xc3\xa9-z]", "a", false],
] as const) {
  test(`the pattern ${JSON.stringify(pattern)} ${matches ? "matches" : "does not match"} ${JSON.stringify(text)}`, () => {
    const glob = parseGlob(pattern);
    assert.equal(glob !== undefined && matchGlob(glob, text), matches);
  });
}

test("short patterns of stars, classes and letters match what the same regular expression matches", () => {
  const textsOf = (letters: readonly string[], length: number): readonly string[] =>
    length === 0
      ? [""]
      : ["", ...textsOf(letters, length - 1).flatMap((text) => letters.map((letter) => letter + text))];
  const texts = [...new Set(textsOf(["a", "b"], 6))];
  for (const pattern of new Set(textsOf(["a", "b", "*", "[ab]", "[^a]"], 4))) {
    const glob = parseGlob(pattern);
    assert.ok(glob);
    const expression = new RegExp(`^${pattern.replaceAll("*", ".*")}$`);
    for (const text of texts) assert.equal(matchGlob(glob, text), expression.test(text), `${pattern} on ${text}`);
  }
});

test("stars and classes make a pattern, question marks do not", () => {
  assert.deepEqual(["a*", "[a]", "a?", "a]"].map(hasGlob), [true, true, false, false]);
});
