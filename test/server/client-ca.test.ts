/** The file of --client-ca-file: what is refused at the start and what replaces what later. */
import assert from "node:assert/strict";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { FollowedContent } from "../../src/certificates/followed-file.ts";
import type { AppError } from "../../src/core/app-error.ts";
import { openClientCa } from "../../src/server/client-certificates.ts";
import { SYSTEM_CLOCK } from "../../src/telemetry/clock.ts";
import { makeDirectory } from "../files/temporary-directory.ts";
import { waitUntil } from "../wait-until.ts";
import { issue, makeCa } from "./client-certificates.ts";
import { collectLog, linesOf } from "./running-server.ts";

const root = await makeCa("root");
const below = await makeCa("below", { parent: root });
const ended = await makeCa("ended", { notAfter: new Date(Date.now() - 1000) });
const leaf = await issue(root, "kube-apiserver");
const damaged = root.cert.replace(/[A-Za-z0-9+/]{20}/, "A".repeat(20));

interface Opened {
  readonly ca: FollowedContent<string>;
  readonly log: () => string;
  readonly path: string;
}

async function open(context: TestContext, text: string): Promise<Opened> {
  const path = join(makeDirectory(context), "ca.crt");
  writeFileSync(path, text);
  const ending = new AbortController();
  context.after(() => ending.abort());
  const { logger, log } = collectLog("info");
  const options = { pollIntervalMs: 10, signal: ending.signal, logger, clock: SYSTEM_CLOCK };
  return { ca: await openClientCa(path, options), log, path };
}

const BROKEN: readonly [what: string, text: string, message: RegExp][] = [
  ["an empty file", "", /^file \S+ca\.crt holds no PEM certificate; write/],
  ["a key", root.key, /^file \S+ca\.crt holds no PEM certificate; write/],
  ["a damaged certificate", `${root.cert}${damaged}`, /^certificate 2 in \S+ca\.crt cannot be read; write/],
  [
    "the client's own certificate",
    `${root.cert}${leaf.cert}`,
    /^certificate 2 in \S+ca\.crt is no CA certificate; write/,
  ],
  ["a CA that has ended", ended.cert, /^every CA in \S+ca\.crt has ended; write/],
  ["a CA without its root", below.cert, /^the issuer of certificate 1 in \S+ca\.crt is not there; add it/],
];

for (const [what, text, message] of BROKEN) {
  test(`${what} is refused at the start, by the name of the file and with the remedy`, async (context) => {
    await assert.rejects(
      open(context, text),
      ({ code, message: told }: AppError) => code === "ERR_CERTIFICATE" && message.test(told),
    );
  });
}

test("a missing file is refused at the start", async () => {
  const { logger } = collectLog("silent");
  const options = { pollIntervalMs: 10, signal: new AbortController().signal, logger, clock: SYSTEM_CLOCK };
  await assert.rejects(
    openClientCa("/nowhere/ca.crt", options),
    /^CertificateError: file \/nowhere\/ca.crt cannot be read/,
  );
});

test("comments, and CAs that have ended beside one in force, are fine", async (context) => {
  const { ca } = await open(context, `# two\n${ended.cert}\nbetween\n${root.cert}`);
  assert.equal(ca.current(), `${ended.cert}${root.cert}`);
});

test("a new file replaces the old one; a broken one never does, and is logged once", async (context) => {
  const { ca, log, path } = await open(context, root.cert);
  const seen: string[] = [];
  ca.onChange((text) => seen.push(text));
  const replace = (text: string): void => {
    writeFileSync(`${path}.next`, text);
    renameSync(`${path}.next`, path);
  };
  replace(damaged);
  await waitUntil("a line about it", () => linesOf(log(), "Kept the last good CAs of clients").length > 0);
  await sleep(50);
  assert.equal(linesOf(log(), "Kept the last good CAs of clients").length, 1);
  assert.deepEqual([ca.current(), seen], [root.cert, []]);
  replace(`${root.cert}${below.cert}`);
  await waitUntil("the new file", () => seen.length > 0);
  assert.deepEqual(seen, [`${root.cert}${below.cert}`]);
});
