import assert from "node:assert/strict";
import { test } from "node:test";
import { waitLimitMs } from "../../../src/server/admission/mutate-handler.ts";

for (const [url, limitMs] of [
  ["/mutate?timeout=3s", 2_500],
  ["/mutate?a=b&timeout=30s", 29_500],
  ["/mutate?timeout=1s&a=b", 500],
  ["/mutate?timeout=0s", 0],
  ["/mutate", undefined],
  ["/mutate?timeout=", undefined],
  ["/mutate?timeout=3", undefined],
  ["/mutate?timeout=1m0s", undefined],
  ["/mutate?xtimeout=3s", undefined],
] as const) {
  test(`a call of ${url} may wait for ${limitMs ?? "as long as others think right"}`, () => {
    assert.equal(waitLimitMs(url), limitMs);
  });
}
