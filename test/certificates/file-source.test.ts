/** The certificate source `files` over real files. */
import assert from "node:assert/strict";
import { readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openFileCertificate } from "../../src/certificates/file-source.ts";
import type { CertificateError } from "../../src/certificates/followed-file.ts";
import { linesOf } from "../server/running-server.ts";
import { prepare, writePair } from "./certificate-files.ts";

const KEPT = "Kept the last good certificate";
const WATCHED = { timeout: 20_000 } as const;

function prepareFiles(context: TestContext) {
  const prepared = prepare(context);
  const at = (name: string): string => join(prepared.directory, name);
  const open = () => openFileCertificate({ certPath: at("tls.crt"), keyPath: at("tls.key") }, prepared.options);
  return { ...prepared, at, open };
}

test("files: follows the symlink swap of a mounted Secret", WATCHED, async (context) => {
  const { at, open, poll } = prepareFiles(context);
  const first = await writePair(at("..one"));
  symlinkSync("..one", at("..data"));
  symlinkSync("..data/tls.crt", at("tls.crt"));
  symlinkSync("..data/tls.key", at("tls.key"));
  const source = await open();
  assert.equal(source.current()?.cert, first);
  const second = await writePair(at("..two"));
  symlinkSync("..two", at("..data_tmp"));
  renameSync(at("..data_tmp"), at("..data"));
  await poll();
  assert.equal(source.current()?.cert, second);
});

test("files: takes no half of a pair that is replaced by renaming, and that is no error", WATCHED, async (context) => {
  const { at, directory, log, open, poll } = prepareFiles(context);
  const first = await writePair(directory);
  const source = await open();
  const taken: string[] = [];
  source.onChange(({ cert }) => taken.push(cert));
  const second = await writePair(at("next"));
  for (const name of ["tls.crt", "tls.key"]) {
    assert.equal(source.current()?.cert, first);
    renameSync(at(`next/${name}`), at(name));
    await poll();
  }
  assert.deepEqual([source.current()?.cert, taken], [second, [second]]);
  assert.deepEqual(linesOf(log(), KEPT), []);
});

test("files: a broken pair is kept out, logged once, and replaced by the next good one", WATCHED, async (context) => {
  const { at, directory, log, open, poll } = prepareFiles(context);
  const first = await writePair(directory);
  const source = await open();
  const oldKey = readFileSync(at("tls.key"), "utf8");
  await writePair(directory);
  writeFileSync(at("tls.key"), oldKey);
  for (let count = 0; count < 4; count += 1) await poll();
  const [line, ...others] = linesOf(log(), KEPT);
  assert.equal(others.length, 0);
  assert.match(JSON.stringify(line), /tls\.key does not belong to certificate .*tls\.crt; write both/);
  assert.ok(!log().includes("PRIVATE KEY"));
  assert.equal(source.current()?.cert, first);
  const last = await writePair(directory);
  await poll();
  assert.equal(source.current()?.cert, last);
});

for (const [title, spoil, message] of [
  [
    "is missing",
    (directory: string) => rmSync(join(directory, "tls.crt")),
    /tls\.crt cannot be read \(ENOENT\); check/,
  ],
  ["is empty", (directory: string) => writeFileSync(join(directory, "tls.crt"), ""), /tls\.crt holds no PEM .*; write/],
  ["has ended", (directory: string) => writePair(directory, 0), /tls\.crt ended at .*; renew it/],
  ["has no key in PEM", (directory: string) => writeFileSync(join(directory, "tls.key"), "x"), /tls\.key holds no PEM/],
] as const) {
  test(`files: a certificate that ${title} is an error at the start, with a remedy`, async (context) => {
    const { directory, open } = prepareFiles(context);
    await writePair(directory);
    await spoil(directory);
    await assert.rejects(
      open(),
      (error: CertificateError) => error.code === "ERR_CERTIFICATE" && message.test(error.message),
    );
  });
}
