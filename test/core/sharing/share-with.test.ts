import assert from "node:assert/strict";
import { test } from "node:test";
import { reaches, readReach } from "../../../src/core/sharing/share-with.ts";

function secretFor(text: unknown): object {
  return { metadata: { annotations: { "pullring.dev/share-with": text } } };
}

test("a Secret without the annotation is shared with nobody", () => {
  for (const secret of [{}, { metadata: {} }, { metadata: { annotations: { other: "*" } } }, null]) {
    assert.equal(readReach(secret), undefined);
  }
});

test("a selector is for the namespaces that it matches", () => {
  const reach = readReach(secretFor("team=shop,stage!=prod"));
  assert.ok(reach);
  assert.equal(reaches(reach, { team: "shop" }), true);
  assert.equal(reaches(reach, { team: "shop", stage: "prod" }), false);
  assert.equal(reaches(reach, {}), false);
});

test("a star is for all", () => {
  for (const text of ["*", " * "]) {
    const reach = readReach(secretFor(text));
    assert.ok(reach);
    assert.equal(reaches(reach, {}), true);
  }
});

test("16,384 characters are read", () => {
  const text = `team in(${"shop,".repeat(3_275)})`;
  assert.equal(text.length, 16_384);
  assert.equal(readReach(secretFor(text))?.error, null);
});

test("what cannot be read is for nobody, and says where", () => {
  const rows: readonly (readonly [text: unknown, position: number])[] = [
    ["", 0],
    ["  ", 0],
    [5, 0],
    ["team=shop,=", 10],
    ["*,team=shop", 0],
    ["team in shop", 8],
    [`team notin (${"shop,".repeat(3_275)}s)`, 16_384],
  ];
  for (const [text, position] of rows) {
    const reach = readReach(secretFor(text));
    assert.equal(reach?.error?.position, position, String(text));
    assert.equal(reach && reaches(reach, { team: "shop" }), false);
  }
});
