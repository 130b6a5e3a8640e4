import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, canonicalHost } from "../../src/registry/image-address.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const ROWS = [
  ["nginx", "registry-1.docker.io library/nginx latest"],
  ["acme/web:1", "registry-1.docker.io acme/web 1"],
  ["quay.io/acme/web", "quay.io acme/web latest"],
  ["corp.io:5000/web:2", "corp.io:5000 web 2"],
  ["corp.io:5000/web", "corp.io:5000 web latest"],
  [`quay.io/acme/web:1@${DIGEST}`, `quay.io acme/web ${DIGEST}`],
  ["quay.io/Acme", undefined],
] as const;

for (const [image, expected] of ROWS) {
  test(`${image} is at ${expected}`, () => {
    const address = addressOf(image);
    assert.equal(address && `${address.host} ${address.path} ${address.reference}`, expected);
  });
}

test("a host is the same with and without the port of HTTPS, and in either case", () => {
  const hosts = [
    "registry.corp.io:443",
    "Registry.corp.io",
    "registry.corp.io:80",
    "[::1]:443",
    "localhost:5000",
    "a:99999",
  ];
  assert.deepEqual(hosts.map(canonicalHost), [
    "registry.corp.io",
    "registry.corp.io",
    "registry.corp.io:80",
    "[::1]",
    "localhost:5000",
    "a:99999",
  ]);
});
