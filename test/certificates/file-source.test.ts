/** The certificate source `files` over real files, with the clock as an argument. */
import assert from "node:assert/strict";
import { readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openFileCertificate } from "../../src/certificates/file-source.ts";
import type { CertificateError } from "../../src/certificates/followed-file.ts";
import { SYSTEM_CLOCK } from "../../src/telemetry/clock.ts";
import { linesOf } from "../server/running-server.ts";
import { waitUntil } from "../wait-until.ts";
import { filesIn, POLL_MS, prepare, writePair } from "./certificate-files.ts";

const KEPT = "Kept the last good certificate";

test("files: follows the symlink swap of a mounted Secret", { timeout: 20_000 }, async (context) => {
  const { directory, options } = prepare(context);
  const at = (name: string) => join(directory, name);
  const first = await writePair(at("..one"));
  symlinkSync("..one", at("..data"));
  symlinkSync("..data/tls.crt", at("tls.crt"));
  symlinkSync("..data/tls.key", at("tls.key"));
  const source = await openFileCertificate(filesIn(directory), options);
  assert.equal(source.current()?.cert, first);
  const second = await writePair(at("..two"));
  symlinkSync("..two", at("..data_tmp"));
  renameSync(at("..data_tmp"), at("..data"));
  await waitUntil("the certificate", () => source.current()?.cert === second);
});

test("files: follows files that are replaced by renaming, and takes no half of a pair", {
  timeout: 20_000,
}, async (context) => {
  const { directory, options } = prepare(context);
  const first = await writePair(directory);
  const source = await openFileCertificate(filesIn(directory), options);
  const taken: string[] = [];
  source.onChange(({ cert }) => taken.push(cert));
  const second = await writePair(join(directory, "next"));
  for (const name of ["tls.crt", "tls.key"]) {
    assert.equal(source.current()?.cert, first);
    renameSync(join(directory, "next", name), join(directory, name));
    await sleep(5 * POLL_MS);
  }
  await waitUntil("the certificate", () => source.current()?.cert === second);
  assert.deepEqual(taken, [second]);
});

test("files: a broken pair is kept out, logged once, and replaced by the next good one", {
  timeout: 20_000,
}, async (context) => {
  const { directory, options, log } = prepare(context);
  const first = await writePair(directory);
  const source = await openFileCertificate(filesIn(directory), options);
  const oldKey = readFileSync(join(directory, "tls.key"), "utf8");
  await writePair(directory);
  writeFileSync(join(directory, "tls.key"), oldKey);
  await waitUntil("the certificate", () => linesOf(log(), KEPT).length > 0);
  await sleep(10 * POLL_MS);
  const [line, ...others] = linesOf(log(), KEPT);
  assert.equal(others.length, 0);
  assert.match(JSON.stringify(line), /tls\.key does not belong to certificate .*tls\.crt; write both/);
  assert.ok(!log().includes("PRIVATE KEY"));
  assert.equal(source.current()?.cert, first);
  const last = await writePair(directory);
  await waitUntil("the certificate", () => source.current()?.cert === last);
});

test("files: a pair that is caught between two writes is no error", async (context) => {
  const { directory, options, log } = prepare(context);
  const polls = new StepClock();
  const clock = { ...SYSTEM_CLOCK, delay: polls.delay };
  await writePair(directory);
  const source = await openFileCertificate(filesIn(directory), { ...options, clock });
  const second = await writePair(join(directory, "next"));
  for (const name of ["tls.crt", "tls.key"]) {
    renameSync(join(directory, "next", name), join(directory, name));
    await polls.step();
  }
  assert.equal(source.current()?.cert, second);
  assert.deepEqual(linesOf(log(), KEPT), []);
});

/** Delays that end when the test says so. */
class StepClock {
  #end: () => void = () => undefined;
  #begun: () => void = () => undefined;

  readonly delay = (): Promise<void> => {
    this.#begun();
    return new Promise((resolve) => {
      this.#end = resolve;
    });
  };

  /** Ends the delay and returns when the next one begins. */
  async step(): Promise<void> {
    const next = new Promise<void>((resolve) => {
      this.#begun = resolve;
    });
    this.#end();
    await next;
  }
}

const BROKEN: readonly [title: string, spoil: (directory: string) => Promise<void> | void, message: RegExp][] = [
  ["is missing", (directory) => rmSync(join(directory, "tls.crt")), /tls\.crt cannot be read \(ENOENT\); check/],
  [
    "is empty",
    (directory) => writeFileSync(join(directory, "tls.crt"), ""),
    /tls\.crt holds no PEM certificate; write/,
  ],
  ["has ended", async (directory) => void (await writePair(directory, 0)), /tls\.crt ended at .*; renew it/],
  ["has a key that is not PEM", (directory) => writeFileSync(join(directory, "tls.key"), "x"), /tls\.key holds no PEM/],
];

for (const [title, spoil, message] of BROKEN) {
  test(`files: a certificate that ${title} is an error at the start, with a remedy`, async (context) => {
    const { directory, options } = prepare(context);
    await writePair(directory);
    await spoil(directory);
    await assert.rejects(
      openFileCertificate(filesIn(directory), options),
      (error: CertificateError) => error.code === "ERR_CERTIFICATE" && message.test(error.message),
    );
  });
}
