import assert from "node:assert/strict";
import { test } from "node:test";
import { toIndexKey } from "../../../src/core/kubelet/registry-url.ts";

for (const [key, indexKey] of [
  ["quay.io", "quay.io"],
  ["https://quay.io", "quay.io"],
  ["http://quay.io/", "quay.io"],
  ["https://user:pw@quay.io:443/team?q#f", "quay.io:443/team"],
  ["https://index.docker.io/v1/", "index.docker.io"],
  ["https://index.docker.io/v2/", "index.docker.io"],
  ["user@index.docker.io?x", "index.docker.io"],
  ["https://index.docker.io/v1", "index.docker.io/v1"],
  ["https://index.docker.io/v1//", "index.docker.io//"],
  ["INDEX.docker.io", "INDEX.docker.io"],
  ["index.docker.io:", "index.docker.io:"],
  ["quay.io/v1/team", "quay.io/team"],
  ["quay.io/v1/v2/", "quay.io/v2/"],
  ["quay.io/V1/", "quay.io/V1/"],
  ["quay.io/v3/", "quay.io/v3/"],
  ["quay.io/a/v1/", "quay.io/a/v1/"],
  ["HTTPS://reg.io", "HTTPS://reg.io"],
  ["docker://reg.io", "docker://reg.io"],
  ["//reg.io", "//reg.io"],
  ["reg.io/%2561", "reg.io/%61"],
  ["é.io", "\xc3\xa9.io"],
  ["", ""],
  ["https://", ""],
  ["/x", "/x"],
] as const) {
  test(`the registry key ${JSON.stringify(key)} is indexed as ${JSON.stringify(indexKey)}`, () => {
    assert.equal(toIndexKey(key), indexKey);
  });
}

for (const key of ["reg .io", " reg.io", "reg.io:80:80", "reg.io/%", "reg\n.io", "[reg.io]", "reg[0-9].io"]) {
  test(`the registry key ${JSON.stringify(key)} is ignored, as it is no URL`, () => {
    assert.equal(toIndexKey(key), undefined);
  });
}
