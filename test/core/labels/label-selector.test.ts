/** Label selectors as Kubernetes reads them. Random ones: test/oracle/compare-selectors.ts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { matchesSelector, parseLabelSelector } from "../../../src/core/labels/label-selector.ts";
import { sentenceOfSelectorError } from "../../../src/core/sentences/label-selector.ts";

const LABELS = {
  team: "shop",
  stage: "test",
  "field.cattle.io/projectId": "p-abc12",
  replicas: "3",
  empty: "",
  in: "x",
};

const matching = [
  "",
  " ",
  "team",
  "team=shop",
  "team==shop,stage!=prod",
  "team in (shop, web)",
  "stage notin (prod)",
  "absent notin (prod),absent!=x",
  "!absent",
  "! absent , team",
  "field.cattle.io/projectId=p-abc12",
  "replicas>2,replicas<4",
  "replicas > 0002 , team",
  "empty=",
  "empty in ()",
  "empty in (a,)",
  "empty in (,a)",
  "empty in (a,,b)",
  "in in (x)",
  "in=x",
  "team notin (in,notin)",
  "team\t=\nshop\r",
];
for (const text of matching) {
  test(`${JSON.stringify(text)} matches`, () => {
    const { selector, error } = parseLabelSelector(text);
    assert.equal(error, null);
    assert.equal(matchesSelector(selector ?? [], LABELS), true);
  });
}

for (const text of [
  "absent",
  "!team",
  "team=web",
  "team!=shop",
  "team in (web)",
  "absent in (web)",
  "absent=",
  "team notin (shop)",
  "replicas>3",
  "replicas<3",
  "absent>1",
  "team>1",
  "team=shop,stage=prod",
  "toString",
]) {
  test(`${JSON.stringify(text)} does not match`, () => {
    const { selector, error } = parseLabelSelector(text);
    assert.equal(error, null);
    assert.equal(matchesSelector(selector ?? [], LABELS), false);
  });
}

test("numbers are those of 64 bits, with a sign in a label", () => {
  const isMore = (label: string): boolean => matchesSelector(parseLabelSelector("n>1").selector ?? [], { n: label });
  assert.deepEqual(["+2", "-2", "9223372036854775807", "9223372036854775808", "2x"].map(isMore), [
    true,
    false,
    true,
    false,
    false,
  ]);
});

test("a NUL ends a word, and the text where no word has begun, as for Go", () => {
  assert.equal(parseLabelSelector("team\0").error, null);
  assert.equal(parseLabelSelector("team,\0!absent").error, null);
  assert.equal(parseLabelSelector("team \0)(").error, null);
  assert.notEqual(parseLabelSelector("team\0shop").error, null);
});

for (const [text, sentence] of [
  ["a,", "at character 3 it ends; expected is a label, or ! in front of one"],
  ["=a", 'at character 1 there is "="; expected is a label, or ! in front of one'],
  ["!", "at character 2 it ends; expected is the key of a label, such as team or example.com/team"],
  ["-a", 'at character 1 there is "-a"; expected is the key of a label, such as team or example.com/team'],
  ["a/b/c", 'at character 1 there is "a/b/c"; expected is the key of a label, such as team or example.com/team'],
  ["A/b", 'at character 1 there is "A/b"; expected is the key of a label, such as team or example.com/team'],
  ["/b", 'at character 1 there is "/b"; expected is the key of a label, such as team or example.com/team'],
  ["a b", 'at character 3 there is "b"; expected is one of = == != in notin < > or a comma'],
  ["a (b)", 'at character 3 there is "("; expected is one of = == != in notin < > or a comma'],
  ["a in b", 'at character 6 there is "b"; expected is ('],
  ["a in (b", "at character 8 it ends; expected is a value or )"],
  ["a in (b c)", 'at character 9 there is "c"; expected is a comma or )'],
  [
    "a in (b_)",
    'at character 7 there is "b_"; expected is the value of a label: at most 63 letters, digits and - _ . between them',
  ],
  [
    "a==b_",
    'at character 4 there is "b_"; expected is the value of a label: at most 63 letters, digits and - _ . between them',
  ],
  [
    "a=(",
    'at character 3 there is "("; expected is the value of a label: at most 63 letters, digits and - _ . between them',
  ],
  ["a>b", 'at character 3 there is "b"; expected is a whole number'],
  ["a<", "at character 3 it ends; expected is a whole number"],
  ["a=b=c", 'at character 4 there is "="; expected is a comma or the end'],
  ["!a=b", 'at character 3 there is "="; expected is a comma or the end'],
] as const) {
  test(`${JSON.stringify(text)} is none`, () => {
    const { error } = parseLabelSelector(text);
    assert.ok(error);
    assert.equal(sentenceOfSelectorError(error), sentence);
  });
}

test("keys and values have at most 63 characters, prefixes 253", () => {
  const isOne = (text: string): boolean => parseLabelSelector(text).error === null;
  const [fits, tooLong] = ["x".repeat(63), "x".repeat(64)];
  assert.deepEqual([fits, tooLong, `a=${fits}`, `a=${tooLong}`].map(isOne), [true, false, true, false]);
  const prefix = Array.from({ length: 127 }, () => "x").join(".");
  assert.deepEqual([`${prefix}/a`, `${prefix}.x/a`].map(isOne), [true, false]);
});

test("an error that is none of the grammar is not taken for one", () => {
  let reads = 0;
  const text = Object.assign(Object("a,b"), {
    slice: () => {
      reads += 1;
      if (reads > 1) throw new TypeError("a bug");
      return "a,b";
    },
  });
  assert.throws(() => parseLabelSelector(text), /a bug/);
});
