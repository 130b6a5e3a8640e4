/** The index of hosts with globs finds what matching every one of them finds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { candidatesOf, indexGlobHosts } from "../../../src/core/kubelet/glob-shape.ts";
import { hostMatches, splitHost } from "../../../src/core/kubelet/host-pattern.ts";
import { checkProperty } from "../admission/property.ts";

const label = fc.constantFrom("a", "b", "*", "a*", "[ab]", "*b");
const port = fc.constantFrom("", ":5000", ":443");
const hosts = (labels: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(fc.array(labels, { minLength: 1, maxLength: 4 }), port)
    .map(([parts, end]) => parts.join(".") + end);

test("looking by shape finds every host that matches", () => {
  checkProperty(
    fc.property(
      fc.array(hosts(label), { maxLength: 20 }),
      hosts(fc.constantFrom("a", "b", "ab", "*")),
      (patterns, name) => {
        const entries = patterns.map((pattern) => ({ host: splitHost(pattern) }));
        const target = splitHost(name);
        const found = indexGlobHosts(entries).flatMap((shape) => candidatesOf(shape, target));
        const expected = entries.filter(({ host }) => hostMatches(host, target));
        assert.deepEqual(new Set(found.filter(({ host }) => hostMatches(host, target))), new Set(expected));
      },
    ),
    1000,
  );
});

test("of many hosts that differ in a literal label, one is a candidate", () => {
  const entries = Array.from({ length: 100 }, (_, index) => ({ host: splitHost(`*.registry-${index}.io`) }));
  const candidates = indexGlobHosts(entries).flatMap((shape) =>
    candidatesOf(shape, splitHost("eu.registry-7.io")),
  );
  assert.deepEqual(candidates, [entries[7]]);
});
