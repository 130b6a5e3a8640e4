import assert from "node:assert/strict";
import { test } from "node:test";
import { hostMatches, isLiteralHost, splitHost } from "../../../src/core/kubelet/host-pattern.ts";

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

for (const [pattern, target, matches] of [
  ["*.example.com", "a.example.com", true],
  ["*.example.com", "example.com", false],
  ["*.example.com", "a.b.example.com", false],
  ["*:5000", "registry:5000", true],
  ["*:5000", "[::1]:5000", true],
  ["reg.io:443", "reg.io", false],
  ["reg.io", "reg.io:443", false],
  ["reg.io:", "reg.io", true],
  ["reg.io:0443", "reg.io:443", false],
  ["reg.io", "REG.io", false],
  ["reg.io.", "reg.io", false],
] as const) {
  test(`the host ${pattern} ${matches ? "covers" : "does not cover"} ${target}`, () => {
    assert.equal(hostMatches(splitHost(pattern), splitHost(target)), matches);
  });
}

test("a host is literal unless a label of it holds a star or a class", () => {
  assert.equal(isLiteralHost(splitHost("quay.io:5000")), true);
  assert.equal(isLiteralHost(splitHost("quay.*")), false);
  assert.equal(isLiteralHost(splitHost("[::1]")), false);
});
