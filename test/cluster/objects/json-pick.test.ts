import assert from "node:assert/strict";
import { test } from "node:test";
import { pickMembers } from "../../../src/cluster/objects/json-pick.ts";

test("builds what is selected of an object and nothing else", () => {
  const long = "x".repeat(65);
  const bytes = Buffer.from(
    JSON.stringify({
      data: { keep: 'a\u00e9"', drop: "secret" },
      metadata: { labels: { short: "yes", long, number: 1 }, uid: "u" },
      list: [{ name: "x" }],
      whole: { a: [1] },
      wrong: "not an object",
    }),
  );
  const { whole, ...picked } =
    pickMembers(bytes, {
      data: { keep: "value" },
      metadata: { labels: "short-texts" },
      list: "value",
      whole: "bytes",
      wrong: { a: "value" },
    }) ?? {};
  assert.deepEqual(picked, {
    data: { keep: 'a\u00e9"' },
    metadata: { labels: { short: "yes", long: "" } },
    list: [{ name: "x" }],
  });
  assert.equal(Buffer.from(whole as Uint8Array).toString(), '{"a":[1]}');
  assert.equal(pickMembers(bytes.subarray(1), { list: "value" }), undefined);
});
