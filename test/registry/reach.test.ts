import assert from "node:assert/strict";
import { test } from "node:test";
import { reachOf } from "../../src/registry/reach.ts";

const ROWS = [
  ["8.8.8.8", 0],
  ["2001:db8::1", 0],
  ["172.15.0.1", 0],
  ["10.1.2.3", 1],
  ["172.16.0.1", 1],
  ["192.168.1.1", 1],
  ["100.64.0.1", 1],
  ["fd00:ec2::254", 1],
  ["::ffff:10.0.0.1", 1],
  ["127.0.0.1", 2],
  ["0.0.0.0", 2],
  ["169.254.169.254", 2],
  ["::1", 2],
  ["fe80::1", 2],
  ["::ffff:169.254.169.254", 2],
] as const;

for (const [address, reach] of ROWS) {
  test(`${address} is ${["on the internet", "in a private network", "this machine or its link"][reach]}`, () => {
    assert.equal(reachOf(address), reach);
  });
}
