import assert from "node:assert/strict";
import { test } from "node:test";
import { InvalidArgumentError } from "commander";
import {
  choiceOf,
  durationFrom,
  parseClientName,
  parseDurationMs,
  parseLabelSelector,
  parseListenAddress,
  parseName,
} from "../../../src/cli/flags/option-values.ts";

test("reads durations as Go writes them, in milliseconds", () => {
  const texts = ["0", "0s", "10s", "1m30s", "1.5h", "500ms", "576h"];
  assert.deepEqual(texts.map(parseDurationMs), [0, 0, 10_000, 90_000, 5_400_000, 500, 2_073_600_000]);
});

test("refuses a duration below the least that makes sense, and names it", () => {
  const parse = durationFrom("100ms");
  assert.deepEqual(["100ms", "0.1s", "1m"].map(parse), [100, 100, 60_000]);
  for (const text of ["0", "1ms", "99.9ms"]) {
    assert.throws(() => parse(text), { message: `"${text}" is too short; give it 100ms or more` });
  }
});

test("reads where to listen", () => {
  assert.deepEqual([":8443", "127.0.0.1:0", "localhost:65535", "[::1]:8443"].map(parseListenAddress), [
    { host: "", port: 8443 },
    { host: "127.0.0.1", port: 0 },
    { host: "localhost", port: 65_535 },
    { host: "::1", port: 8443 },
  ]);
  assert.throws(() => parseListenAddress("\u001b[2J"), /"\\u001b\[2J" is not HOST:PORT/, "shown escaped");
});

const chooseFormat = choiceOf(["json", "yaml"]);

test("takes choices, names of Kubernetes objects and of clients, and selectors as they are", () => {
  assert.equal(chooseFormat("json"), "json");
  assert.equal(parseName("a.b-1"), "a.b-1");
  assert.equal(parseClientName("system:kube-apiserver"), "system:kube-apiserver");
  assert.equal(parseLabelSelector("a.io/app=web,tier in (a, b),!test"), "a.io/app=web,tier in (a, b),!test");
});

for (const [what, parse, texts] of [
  ["a duration", parseDurationMs, ["", "10", "10 s", "-1s", "1d", "s", "1.s", "577h", "1s2", "99999999999s"]],
  [
    "an address",
    parseListenAddress,
    ["", "8443", "localhost", "::1:8443", "host:65536", "host:-1", "http://host:1", "a b:1"],
  ],
  ["one of the choices", chooseFormat, ["jsn", ""]],
  ["the name of an object", parseName, ["", "A", "-a", "a-", "a b", "a".repeat(254)]],
  ["the name of a client", parseClientName, ["", "a,b", ".a", "*.a", "a b"]],
  ["a label selector", parseLabelSelector, ["", "a=b=c", "a in b", "a,", "-a"]],
] as const) {
  test(`refuses what is not ${what}`, () => {
    for (const text of texts) assert.throws(() => parse(text), InvalidArgumentError, text);
  });
}
