import assert from "node:assert/strict";
import { test } from "node:test";
import { proxyOf } from "../../src/registry/proxy.ts";

const HTTPS = { https_proxy: "http://proxy:3128" };

const ROWS: readonly (readonly [string, Readonly<Record<string, string>>, string | undefined])[] = [
  ["https://quay.io/", {}, undefined],
  ["https://quay.io/", HTTPS, "http://proxy:3128"],
  ["https://quay.io/", { HTTPS_PROXY: "proxy:3128" }, "http://proxy:3128"],
  ["http://quay.io/", HTTPS, undefined],
  ["http://quay.io/", { HTTP_PROXY: "socks5://proxy" }, "socks5://proxy"],
  ["https://localhost/", HTTPS, undefined],
  ["https://127.0.0.1:5000/", HTTPS, undefined],
  ["https://quay.io/", { ...HTTPS, NO_PROXY: "*" }, undefined],
  ["https://quay.io/", { ...HTTPS, no_proxy: "a.io, quay.io" }, undefined],
  ["https://cdn.quay.io/", { ...HTTPS, no_proxy: "quay.io" }, undefined],
  ["https://quay.io/", { ...HTTPS, no_proxy: ".quay.io" }, "http://proxy:3128"],
  ["https://xquay.io/", { ...HTTPS, no_proxy: "quay.io" }, "http://proxy:3128"],
  ["https://quay.io:5000/", { ...HTTPS, no_proxy: "quay.io:5000" }, undefined],
  ["https://quay.io/", { ...HTTPS, no_proxy: "quay.io:5000" }, "http://proxy:3128"],
];

for (const [url, environment, proxy] of ROWS) {
  test(`${url} with ${JSON.stringify(environment)} is asked ${proxy ? `through ${proxy}` : "directly"}`, () => {
    assert.equal(proxyOf(new URL(url), environment), proxy);
  });
}
