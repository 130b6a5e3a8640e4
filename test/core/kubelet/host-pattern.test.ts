import assert from "node:assert/strict";
import { test } from "node:test";
import { isLiteralHost, parseHostPattern, type SplitHost, splitHost } from "../../../src/core/kubelet/host-pattern.ts";

function split(host: string): SplitHost {
  const parts = splitHost(host);
  assert.ok(parts);
  return parts;
}

for (const [host, labels, port] of [
  ["quay.io", ["quay", "io"], ""],
  ["quay.io:0443", ["quay", "io"], "0443"],
  ["quay.io:", ["quay", "io"], ""],
  ["quay.io.", ["quay", "io", ""], ""],
  ["", [""], ""],
  ["[::1]:5000", ["::1"], "5000"],
  ["[::1]", ["[::1]"], ""],
  ["[fe80::1%a]b]:1", ["[fe80::1%a]b]:1"], ""],
  ["[fe80::1%[b]:1", ["[fe80::1%[b]:1"], ""],
  ["a:b:c", ["a:b:c"], ""],
  ["a[b:1", ["a[b:1"], ""],
  ["a]b:1", ["a]b:1"], ""],
  ["[::1", ["[::1"], ""],
] as const) {
  test(`the host ${JSON.stringify(host)} has the labels ${JSON.stringify(labels)} and the port ${JSON.stringify(port)}`, () => {
    assert.deepEqual(splitHost(host), { labels, port });
  });
}

test("a host with a malformed glob covers nothing", () => assert.equal(parseHostPattern(split("*.[a")), undefined));

test("a host is literal unless a label of it holds a star or a class", () => {
  assert.equal(isLiteralHost(split("quay.io:5000")), true);
  assert.equal(isLiteralHost(split("quay.*")), false);
  assert.equal(isLiteralHost(split("[::1]")), false);
});

test("a host of more than 253 bytes is none, whatever its port", () => {
  const longest = `${"a.".repeat(126)}b`;
  assert.equal(splitHost(`${longest}:5000`)?.labels.length, 127);
  assert.equal(splitHost(`${longest}c:5000`), undefined);
});
