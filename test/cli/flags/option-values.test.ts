import assert from "node:assert/strict";
import { test } from "node:test";
import { InvalidArgumentError } from "commander";
import {
  choiceOf,
  parseClientName,
  parseDurationMs,
  parseListenAddress,
  parseName,
} from "../../../src/cli/flags/option-values.ts";

test("reads durations as Go writes them, in milliseconds", () => {
  for (const [text, ms] of [
    ["0", 0],
    ["0s", 0],
    ["10s", 10_000],
    ["1m30s", 90_000],
    ["1.5h", 5_400_000],
    ["500ms", 500],
    ["576h", 2_073_600_000],
  ] as const) {
    assert.equal(parseDurationMs(text), ms, text);
  }
});

test("refuses what is not a duration", () => {
  for (const text of ["", "10", "10 s", "-1s", "1d", "s", "1.s", "577h", "1s2", "99999999999s"]) {
    assert.throws(() => parseDurationMs(text), InvalidArgumentError, text);
  }
});

test("reads where to listen", () => {
  for (const [text, host, port] of [
    [":8443", "", 8443],
    ["127.0.0.1:0", "127.0.0.1", 0],
    ["localhost:65535", "localhost", 65_535],
    ["[::1]:8443", "::1", 8443],
  ] as const) {
    assert.deepEqual(parseListenAddress(text), { host, port }, text);
  }
});

test("refuses what is not an address and shows it escaped", () => {
  for (const text of ["", "8443", "localhost", "::1:8443", "host:65536", "host:-1", "http://host:1", "a b:1"]) {
    assert.throws(() => parseListenAddress(text), InvalidArgumentError, text);
  }
  assert.throws(() => parseListenAddress("\u001b[2J"), /"\\u001b\[2J" is not HOST:PORT/);
});

test("takes one of its choices", () => {
  assert.equal(choiceOf(["json", "yaml"])("json"), "json");
  for (const text of ["jsn", ""]) {
    assert.throws(() => choiceOf(["json", "yaml"])(text), /is not one of json, yaml$/, text);
  }
});

test("takes names of Kubernetes objects and of clients, and no lists or patterns", () => {
  assert.equal(parseName("a.b-1"), "a.b-1");
  assert.equal(parseClientName("system:kube-apiserver"), "system:kube-apiserver");
  for (const text of ["", "A", "-a", "a-", "a b", "a".repeat(254)]) {
    assert.throws(() => parseName(text), InvalidArgumentError, text);
  }
  for (const text of ["", "a,b", ".a", "*.a", "a b"]) {
    assert.throws(() => parseClientName(text), InvalidArgumentError, text);
  }
});
