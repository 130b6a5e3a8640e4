/** The certificate source `local` over real files, with the clock as an argument. */
import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeLocalCertificate } from "../../src/certificates/issue.ts";
import { openLocalCertificate } from "../../src/certificates/local-source.ts";
import { type Clock, SYSTEM_CLOCK } from "../../src/telemetry/clock.ts";
import { linesOf } from "../server/running-server.ts";
import { waitUntil } from "../wait-until.ts";
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

test("local: keeps what is good", async (context) => {
  const { directory, options } = prepare(context);
  const first = await openLocalCertificate(directory, options);
  const second = await openLocalCertificate(directory, { ...options, clock: ahead(() => 300 * DAY_MS) });
  assert.deepEqual(second.current(), first.current());
});

/** The machine's clock, ahead of the time. */
function ahead(ms: () => number): Clock {
  return { ...SYSTEM_CLOCK, now: () => Date.now() + ms() };
}

const REASONS_TO_REMAKE: readonly [
  title: string,
  spoil: (directory: string) => Promise<void> | void,
  aheadMs: number,
][] = [
  ["its end is near", () => undefined, 340 * DAY_MS],
  ["it has ended", () => undefined, 400 * DAY_MS],
  ["the key is garbage", (directory) => writeFileSync(join(directory, "tls.key"), "garbage"), 0],
  ["the CA is gone", (directory) => rmSync(join(directory, "ca.crt")), 0],
  ["the pair is of another CA", async (directory) => void (await writePair(directory)), 0],
  [
    "the key is of another pair",
    async (directory) => writeFileSync(join(directory, "tls.key"), (await makeLocalCertificate(Date.now())).key),
    0,
  ],
];

for (const [title, spoil, aheadMs] of REASONS_TO_REMAKE) {
  test(`local: is remade when ${title}`, async (context) => {
    const { directory, options, log } = prepare(context);
    const first = await openLocalCertificate(directory, { ...options, pollIntervalMs: 60_000 });
    await spoil(directory);
    const clock = ahead(() => aheadMs);
    const second = await openLocalCertificate(directory, { ...options, clock });
    assert.notEqual(second.current()?.cert, first.current()?.cert);
    assert.ok((second.current()?.expiresAtMs ?? 0) > clock.now() + 360 * DAY_MS);
    assert.equal(linesOf(log(), "Made a local certificate").length, 2);
  });
}

test("local: a running server follows the clock", { timeout: 20_000 }, async (context) => {
  const { directory, options } = prepare(context);
  let aheadMs = 0;
  const source = await openLocalCertificate(directory, { ...options, clock: ahead(() => aheadMs) });
  const certs: string[] = [];
  source.onChange(({ cert }) => certs.push(cert));
  aheadMs = 350 * DAY_MS;
  await waitUntil("the certificate", () => certs.length === 1);
  assert.equal(source.current()?.cert, certs[0]);
});

test("local: a directory that cannot be made is an error that names it", async (context) => {
  const { directory, options } = prepare(context);
  writeFileSync(join(directory, "file"), "");
  const path = join(directory, "file", "certs");
  await assert.rejects(openLocalCertificate(path, options), {
    code: "ERR_CERTIFICATE",
    path,
  });
});
