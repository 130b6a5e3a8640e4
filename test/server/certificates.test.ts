/** Certificate sources over real files, with the clock as an argument. */
import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { CertificateError } from "../../src/core/app-error.ts";
import { openFileCertificate } from "../../src/server/file-certificate.ts";
import { openLocalCertificate } from "../../src/server/local-certificate.ts";
import { makeLocalCertificate } from "../../src/server/make-certificate.ts";
import { collectLog, linesOf } from "./running-server.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const POLL_MS = 20;
const KEPT = "Kept the last good certificate";

function prepare(context: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), "pullring-"));
  const ended = new AbortController();
  context.after(() => {
    ended.abort();
    rmSync(directory, { recursive: true, force: true });
  });
  const { logger, log } = collectLog("debug");
  return { directory, log, options: { pollIntervalMs: POLL_MS, signal: ended.signal, logger } };
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) {
    await sleep(5);
  }
}

async function writePair(directory: string, nowMs = Date.now()): Promise<string> {
  const { cert, key } = await makeLocalCertificate(nowMs);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "tls.crt"), cert);
  writeFileSync(join(directory, "tls.key"), key);
  return cert;
}

const filesIn = (directory: string) => ({
  certPath: join(directory, "tls.crt"),
  keyPath: join(directory, "tls.key"),
});

test("local: makes a P-256 certificate for this machine, signed by the authority beside it", async (context) => {
  const { directory, options } = prepare(context);
  const source = await openLocalCertificate(join(directory, "new"), { ...options, now: Date.now });
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
  const first = await openLocalCertificate(directory, { ...options, now: Date.now });
  const second = await openLocalCertificate(directory, { ...options, now: () => Date.now() + 300 * DAY_MS });
  assert.deepEqual(second.current(), first.current());
});

const REASONS_TO_REMAKE: readonly [
  title: string,
  spoil: (directory: string) => Promise<void> | void,
  aheadMs: number,
][] = [
  ["its end is near", () => undefined, 340 * DAY_MS],
  ["it has ended", () => undefined, 400 * DAY_MS],
  ["the key is garbage", (directory) => writeFileSync(join(directory, "tls.key"), "garbage"), 0],
  ["the authority is gone", (directory) => rmSync(join(directory, "ca.crt")), 0],
  ["the pair is of another authority", async (directory) => void (await writePair(directory)), 0],
  [
    "the key is of another pair",
    async (directory) =>
      writeFileSync(join(directory, "tls.key"), (await makeLocalCertificate(Date.now())).key),
    0,
  ],
];

for (const [title, spoil, aheadMs] of REASONS_TO_REMAKE) {
  test(`local: is remade when ${title}`, async (context) => {
    const { directory, options, log } = prepare(context);
    const first = await openLocalCertificate(directory, {
      ...options,
      pollIntervalMs: 60_000,
      now: Date.now,
    });
    await spoil(directory);
    const now = () => Date.now() + aheadMs;
    const second = await openLocalCertificate(directory, { ...options, now });
    assert.notEqual(second.current()?.cert, first.current()?.cert);
    assert.ok((second.current()?.expiresAtMs ?? 0) > now() + 360 * DAY_MS);
    assert.equal(linesOf(log(), "Made a local certificate").length, 2);
  });
}

test("local: a running server follows the clock", { timeout: 20_000 }, async (context) => {
  const { directory, options } = prepare(context);
  let aheadMs = 0;
  const source = await openLocalCertificate(directory, { ...options, now: () => Date.now() + aheadMs });
  const certs: string[] = [];
  source.onChange(({ cert }) => certs.push(cert));
  aheadMs = 350 * DAY_MS;
  await until(() => certs.length === 1);
  assert.equal(source.current()?.cert, certs[0]);
});

test("local: a directory that cannot be made is an error that names it", async (context) => {
  const { directory, options } = prepare(context);
  writeFileSync(join(directory, "file"), "");
  const path = join(directory, "file", "certs");
  await assert.rejects(openLocalCertificate(path, { ...options, now: Date.now }), {
    code: "ERR_CERTIFICATE",
    path,
  });
});

test("files: follows the symlink swap of a mounted Secret", { timeout: 20_000 }, async (context) => {
  const { directory, options } = prepare(context);
  const at = (name: string) => join(directory, name);
  const first = await writePair(at("..one"));
  symlinkSync("..one", at("..data"));
  symlinkSync("..data/tls.crt", at("tls.crt"));
  symlinkSync("..data/tls.key", at("tls.key"));
  const source = await openFileCertificate(filesIn(directory), { ...options, now: Date.now });
  assert.equal(source.current()?.cert, first);
  const second = await writePair(at("..two"));
  symlinkSync("..two", at("..data_tmp"));
  renameSync(at("..data_tmp"), at("..data"));
  await until(() => source.current()?.cert === second);
});

test("files: a broken pair is kept out, told once, and healed", { timeout: 20_000 }, async (context) => {
  const { directory, options, log } = prepare(context);
  const first = await writePair(directory);
  const source = await openFileCertificate(filesIn(directory), { ...options, now: Date.now });
  const oldKey = readFileSync(join(directory, "tls.key"), "utf8");
  await writePair(directory);
  writeFileSync(join(directory, "tls.key"), oldKey);
  await until(() => linesOf(log(), KEPT).length > 0);
  await sleep(10 * POLL_MS);
  const [line, ...others] = linesOf(log(), KEPT);
  assert.equal(others.length, 0);
  assert.match(JSON.stringify(line), /tls\.key does not belong to certificate .*tls\.crt; write both/);
  assert.ok(!log().includes("PRIVATE KEY"));
  assert.equal(source.current()?.cert, first);
  const last = await writePair(directory);
  await until(() => source.current()?.cert === last);
});

const BROKEN: readonly [
  title: string,
  spoil: (directory: string) => Promise<void> | void,
  message: RegExp,
][] = [
  [
    "is missing",
    (directory) => rmSync(join(directory, "tls.crt")),
    /tls\.crt cannot be read \(ENOENT\); check/,
  ],
  [
    "is empty",
    (directory) => writeFileSync(join(directory, "tls.crt"), ""),
    /tls\.crt holds no PEM certificate; write/,
  ],
  ["has ended", async (directory) => void (await writePair(directory, 0)), /tls\.crt ended at .*; renew it/],
  [
    "has a key that is none",
    (directory) => writeFileSync(join(directory, "tls.key"), "x"),
    /tls\.key holds no PEM/,
  ],
];

for (const [title, spoil, message] of BROKEN) {
  test(`files: a certificate that ${title} is an error at the start, with a remedy`, async (context) => {
    const { directory, options } = prepare(context);
    await writePair(directory);
    await spoil(directory);
    await assert.rejects(
      openFileCertificate(filesIn(directory), { ...options, now: Date.now }),
      (error: CertificateError) => error.code === "ERR_CERTIFICATE" && message.test(error.message),
    );
  });
}
