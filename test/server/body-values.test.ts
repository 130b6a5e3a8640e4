import assert from "node:assert/strict";
import { test } from "node:test";
import { hasTooManyValues } from "../../src/server/body-values.ts";

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
    assert.equal(hasTooManyValues(body, values), false);
    assert.equal(values === 0 || hasTooManyValues(body, values - 1), true);
  });
}
