import assert from "node:assert/strict";
import { test } from "node:test";
import { countValues } from "../../../src/server/limits/body-values.ts";

for (const [json, values] of [
  ["7", 0],
  ["[1,2,3]", 3],
  ['{"a":1,"b":[{}]}', 4],
  ["[[[[", 4],
  ['"[,{"', 0],
  ['["a\\"[,{",1]', 2],
  ['["\\\\",1]', 2],
  ['["a', 1],
] as const) {
  test(`${json} has ${values} places for values`, () => {
    const body = Buffer.from(json);
    assert.equal(countValues(body), values);
    assert.equal(countValues(body, values), values);
    assert.equal(countValues(body, values - 1), values);
  });
}
