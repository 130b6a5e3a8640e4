import assert from "node:assert/strict";
import { test } from "node:test";
import { tlsSourceOf } from "../../../src/cli/serve/tls-options.ts";
import { parseServe } from "../parse-serve.ts";

test("gives defaults, values in every spelling and repeated values in order", async () => {
  const ports = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
  const options = await parseServe([
    "-n",
    "a",
    "-nb",
    "--namespace=c",
    "--namespace",
    "d",
    "--drain-grace=0",
    ...ports,
  ]);
  assert.deepEqual(options.namespace, ["a", "b", "c", "d"]);
  assert.equal(options.drainGrace, 0);
  assert.deepEqual(options.listen, { host: "127.0.0.1", port: 0 });
  const defaults = await parseServe([]);
  assert.deepEqual(defaults.listen, { host: "", port: 8443 });
  assert.deepEqual([defaults.credentials, defaults.kubeconfig, defaults.tlsOverlap], [[], undefined, 60_000]);
});

test("manifests or a kubeconfig mean a local certificate, a cluster a managed one, unless --tls says otherwise", async () => {
  for (const [args, source] of [
    [[], "managed"],
    [["--credentials", "x"], "local"],
    [["--kubeconfig", "x"], "local"],
    [["--kubeconfig", "x", "--tls", "managed"], "managed"],
    [["--tls", "files", "--tls-cert-file", "c", "--tls-key-file", "k"], "files"],
  ] as const) {
    assert.equal(tlsSourceOf(await parseServe(args)), source, args.join(" "));
  }
});

test("refuses durations with which no certificate can be renewed in time", async () => {
  await assert.rejects(parseServe(["--tls-leaf-lifetime", "1s"]), /the durations of --tls managed: /);
});
