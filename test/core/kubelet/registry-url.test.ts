import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRegistryUrl, toIndexKey } from "../../../src/core/kubelet/registry-url.ts";

for (const [rest, host, path] of [
  ["quay.io", "quay.io", ""],
  ["quay.io/", "quay.io", "/"],
  ["", "", ""],
  ["/x", "", "/x"],
  ["user@quay.io:443/a%20b?q#f", "quay.io:443", "/a b"],
  ["a@b@quay.io", "quay.io", ""],
  ["us%65r:p%40@quay.io", "quay.io", ""],
  ["quay.io:", "quay.io:", ""],
  ["quay.io:99999", "quay.io:99999", ""],
  ["Quay.IO//a/../b/*\\ ", "Quay.IO", "//a/../b/*\\ "],
  ["quay.io/a%2Fb%00", "quay.io", "/a/b\0"],
  ["quay.io?q%zz", "quay.io", ""],
  ["quay.io?a/b#", "quay.io", ""],
  ["quay.io#a\n", "quay.io", ""],
  ["quay.io#%41", "quay.io", ""],
  ["%C3%A9.io", "\xc3\xa9.io", ""],
  ["\xc3\xa9.io", "\xc3\xa9.io", ""],
  ["a%25b.io", "a%b.io", ""],
  ["[::1]", "[::1]", ""],
  ["[FD00::1]:5000/x", "[FD00::1]:5000", "/x"],
  ["[fe80::1%25eth0]", "[fe80::1%eth0]", ""],
  ["[fe80::1%25a%20b%5D]", "[fe80::1%a b]]", ""],
  ["[fe80::1%25a%25]", "[fe80::1%a%]", ""],
  ["[::1]:", "[::1]:", ""],
  ["!$&'()*+,;=~_\"<>]", "!$&'()*+,;=~_\"<>]", ""],
] as const) {
  test(`the URL https://${rest} has the host ${JSON.stringify(host)} and the path ${JSON.stringify(path)}`, () => {
    assert.deepEqual(parseRegistryUrl(rest), { host, path });
  });
}

for (const rest of [
  ...`quay.io/% quay.io/%4 quay.io/%zz quay.io#%zz quay.io:80:80 quay.io:http a[b [::1 [::1]x [::1]:x
    [10.0.0.1] [nonsense] [::1%25] [fe80::1%eth0] [fe80::1%25a%2F] [fe80::1%25%zz] [::%41] x[::1] %41.io
    a%2eb % a%2 a^b a{b} a|b us%zzr@quay.io [@quay.io`.split(/\s+/),
  ...[
    "quay.io\n",
    "quay.io/\x7f",
    "quay.io?\x00",
    "qu ay.io",
    "[fe80::1%25a b]",
    "a\\b",
    "a`b",
    "us er@quay.io",
    "us\xe9r@quay.io",
  ],
]) {
  test(`https://${JSON.stringify(rest).slice(1, -1)} is no URL`, () => {
    assert.equal(parseRegistryUrl(rest), undefined);
  });
}

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
