import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { findLiteral } from "../../src/core/literal-search.ts";
import { checkProperty } from "./property.ts";

test("finds the first place at or after the start, as indexOf does", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 30 });
  const needle = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 6 });
  checkProperty(
    fc.property(needle, text, fc.nat(30), (wanted, within, from) => {
      fc.pre(from <= within.length);
      const place = within.indexOf(wanted, from);
      assert.equal(findLiteral(wanted, within, from), place < 0 ? undefined : place);
    }),
  );
});
