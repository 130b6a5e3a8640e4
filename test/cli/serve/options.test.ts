import assert from "node:assert/strict";
import { test } from "node:test";
import { tlsSourceOf } from "../../../src/cli/serve/tls-options.ts";
import { parseServe } from "../parse-serve.ts";

test("gives defaults, values in every spelling and repeated values in order", async () => {
  const ports = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
  const args = ["-n", "a", "-nb", "--namespace=c", "--namespace", "d", "--drain-grace=0", ...ports];
  const options = await parseServe(args);
  assert.deepEqual(options.namespace, ["a", "b", "c", "d"]);
  assert.equal(options.drainGrace, 0);
  assert.deepEqual(options.listen, { host: "127.0.0.1", port: 0 });
  const defaults = await parseServe([]);
  assert.deepEqual(defaults.listen, { host: "", port: 8443 });
  assert.deepEqual([defaults.credentials, defaults.kubeconfig, defaults.tlsOverlap], [[], undefined, 60_000]);
});

test("a Pod without manifests and kubeconfig has a managed certificate, all else a local one, unless --tls says otherwise", async () => {
  for (const [args, source] of [
    [[], "managed"],
    [["--credentials", "x"], "local"],
    [["--kubeconfig", "x"], "local"],
    [["--kubeconfig", "x", "--tls", "managed"], "managed"],
    [["--tls", "files", "--tls-cert-file", "c", "--tls-key-file", "k"], "files"],
  ] as const) {
    assert.equal(tlsSourceOf(await parseServe(args), true), source, args.join(" "));
  }
  assert.equal(tlsSourceOf(await parseServe([])), "local", "this is no Pod");
});

test("refuses durations with which no certificate can be renewed in time", async () => {
  for (const [flag, error] of [
    ["--tls-poll=1ms", '--tls-poll: "1ms" is too short; give it 100ms or more'],
    ["--tls-overlap=0s", '--tls-overlap: "0s" is too short; give it 1s or more'],
    ["--tls-leaf-lifetime=1s", "--tls-leaf-lifetime is too short; give it 3s or more"],
    ["--tls-ca-lifetime=168h", "--tls-ca-lifetime is too short; give it twice --tls-leaf-lifetime or more"],
    [
      "--tls-overlap=500h --tls-ca-lifetime=3000h",
      "--tls-overlap is too long; give it less than a sixth of --tls-ca-lifetime",
    ],
  ] as const) {
    await assert.rejects(parseServe(["--tls", "managed", ...flag.split(" ")]), { errors: [error] }, flag);
  }
});
