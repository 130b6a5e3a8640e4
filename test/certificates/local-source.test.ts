/** The certificate source `local` over real files, with the clock as an argument. */
import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeLocalCertificate } from "../../src/certificates/issue.ts";
import { openLocalCertificate } from "../../src/certificates/local-source.ts";
import { linesOf } from "../server/running-server.ts";
import { prepare, writePair } from "./certificate-files.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

test("local: makes a P-256 certificate for this machine, signed by the CA beside it", async (context) => {
  const { directory, options } = prepare(context);
  const source = await openLocalCertificate(join(directory, "new"), options);
  const read = (name: string) => readFileSync(join(directory, "new", name), "utf8");
  const leaf = new X509Certificate(read("tls.crt"));
  const ca = new X509Certificate(read("ca.crt"));
  assert.equal(source.current()?.cert, read("tls.crt"));
  assert.ok(leaf.checkHost("localhost") && leaf.checkIP("127.0.0.1") && leaf.checkIP("::1"));
  assert.ok(ca.ca && !leaf.ca && leaf.checkIssued(ca) && leaf.verify(ca.publicKey));
  assert.ok(leaf.checkPrivateKey(createPrivateKey(read("tls.key"))));
  assert.equal(leaf.publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
  assert.equal(statSync(join(directory, "new", "tls.key")).mode & 0o777, 0o600);
  assert.throws(() => read("ca.key"), { code: "ENOENT" });
});

const writeKey = (directory: string, key: string) => writeFileSync(join(directory, "tls.key"), key);

for (const [title, spoil, aheadMs] of [
  ["is kept while it is good", () => undefined, 300 * DAY_MS],
  ["is remade when its end is near", () => undefined, 340 * DAY_MS],
  ["is remade when it has ended", () => undefined, 400 * DAY_MS],
  ["is remade when the key is garbage", (directory: string) => writeKey(directory, "garbage"), 0],
  ["is remade when the CA is gone", (directory: string) => rmSync(join(directory, "ca.crt")), 0],
  ["is remade when the pair is of another CA", (directory: string) => writePair(directory), 0],
  [
    "is remade when the key is of another pair",
    async (directory: string) => writeKey(directory, (await makeLocalCertificate(Date.now())).key),
    0,
  ],
] as const) {
  test(`local: a certificate ${title} by a running server`, async (context) => {
    const { directory, options, log, poll } = prepare(context);
    let ahead = 0;
    options.clock.now = () => Date.now() + ahead;
    const running = await openLocalCertificate(directory, options);
    const first = running.current();
    ahead = aheadMs;
    await spoil(directory);
    await poll();
    const started = await openLocalCertificate(directory, options);
    assert.deepEqual(started.current(), running.current());
    const isRemade = title.includes("remade");
    assert.equal(running.current()?.cert !== first?.cert, isRemade);
    assert.equal(linesOf(log(), "Made a local certificate").length, isRemade ? 2 : 1);
    if (isRemade) assert.ok((running.current()?.expiresAtMs ?? 0) > options.clock.now() + 360 * DAY_MS);
  });
}

test("local: a directory that cannot be made is an error that names it", async (context) => {
  const { directory, options } = prepare(context);
  writeFileSync(join(directory, "file"), "");
  const path = join(directory, "file", "certs");
  await assert.rejects(openLocalCertificate(path, options), { code: "ERR_CERTIFICATE", path });
});
