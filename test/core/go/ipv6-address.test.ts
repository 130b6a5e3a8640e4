import assert from "node:assert/strict";
import { test } from "node:test";
import { isIPv6Address } from "../../../src/core/go/ipv6-address.ts";

const ADDRESSES = [
  ...`:: ::1 1:: fd00::1 FD00::A 1:2:3:4:5:6:7:8 1:2:3:4:5:6:7:: ::2:3:4:5:6:7:8 ::ffff:10.0.0.1
    1:2:3:4:5:6:10.0.0.1 1:2:3:4:5::10.0.0.1 fe80::1%eth0 0001:: ::255.255.255.255`.split(/\s+/),
  ...["fe80::1% "],
];
const OTHERS = [
  ...`: ::: 1 1::2::3 1:2:3:4:5:6:7 1:2:3:4:5:6:7:8:9 1:2:3:4:5:6:7:8:: 12345:: g:: ::1% 10.0.0.1
    10.0.0.1:: ::10.0.0 ::10.0.0.256 ::10.0.0.01 1:2:3:4:5:6:7:10.0.0.1 1:2:3:4:5:6::10.0.0.1 :1::2
    1::2: ::1:10.0.0.1:2`.split(/\s+/),
  ...[""],
];

for (const text of ADDRESSES) {
  test(`${JSON.stringify(text)} is an IPv6 address`, () => assert.equal(isIPv6Address(text), true));
}
for (const text of OTHERS) {
  test(`${JSON.stringify(text)} is no IPv6 address`, () => assert.equal(isIPv6Address(text), false));
}
