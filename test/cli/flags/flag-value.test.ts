import assert from "node:assert/strict";
import { test } from "node:test";
import { FlagFault } from "../../../src/cli/flags/flag.ts";
import { parseChoice, parseDurationMs, parseListenAddress } from "../../../src/cli/flags/flag-value.ts";
import { nearestName } from "../../../src/cli/flags/nearest-name.ts";

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

test("refuses what is no duration", () => {
  for (const text of ["", "10", "10 s", "-1s", "1d", "s", "1.s", "577h", "1s2", "99999999999s"]) {
    assert.throws(() => parseDurationMs(text), FlagFault, text);
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

test("refuses what is no address and shows it escaped", () => {
  for (const text of [
    "",
    "8443",
    "localhost",
    "::1:8443",
    "host:65536",
    "host:-1",
    "http://host:1",
    "a b:1",
  ]) {
    assert.throws(() => parseListenAddress(text), FlagFault, text);
  }
  assert.throws(() => parseListenAddress("\u001b[2J"), /"\\u001b\[2J" is not HOST:PORT/);
});

test("takes one of its choices and suggests the nearest", () => {
  assert.equal(parseChoice("json", ["json", "yaml"]), "json");
  assert.throws(
    () => parseChoice("jsn", ["json", "yaml"]),
    /"jsn" is none of json, yaml; did you mean json\?/,
  );
  assert.throws(() => parseChoice("", ["json", "yaml"]), /none of json, yaml$/);
});

test("finds the nearest name within two edits", () => {
  for (const [typed, nearest] of [
    ["lisen", "listen"],
    ["explian", "explain"],
    ["tls", "tls"],
    ["xyzzy", undefined],
    ["", undefined],
  ] as const) {
    assert.equal(nearestName(typed, ["listen", "explain", "tls"]), nearest, typed);
  }
});
