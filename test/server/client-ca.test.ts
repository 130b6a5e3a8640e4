/** The file of --client-ca-file: what is refused at the start and what replaces what later. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { AppError } from "../../src/core/app-error.ts";
import { openClientCa } from "../../src/server/client-certificates.ts";
import { prepare } from "../certificates/certificate-files.ts";
import { issue, makeCa } from "./client-certificates.ts";
import { linesOf } from "./running-server.ts";

const root = await makeCa("root");
const below = await makeCa("below", { parent: root });
const ended = await makeCa("ended", { notAfter: new Date(Date.now() - 1000) });
const leaf = await issue(root, "kube-apiserver");
const damaged = root.cert.replace(/[A-Za-z0-9+/]{20}/, "A".repeat(20));

async function open(context: TestContext, text: string | undefined) {
  const prepared = prepare(context);
  const path = join(prepared.directory, "ca.crt");
  if (text !== undefined) writeFileSync(path, text);
  return { ...prepared, path, ca: await openClientCa(path, prepared.options) };
}

for (const [what, text, message] of [
  ["a missing file", undefined, /^file \S+ca\.crt cannot be read/],
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
] as const) {
  test(`${what} is refused at the start, by the name of the file and with the remedy`, async (context) => {
    await assert.rejects(open(context, text), (error: AppError) => {
      return error.code === "ERR_CERTIFICATE" && message.test(error.message);
    });
  });
}

test("comments, and CAs that have ended beside one in force, are fine", async (context) => {
  const { ca } = await open(context, `# two\n${ended.cert}\nbetween\n${root.cert}`);
  assert.equal(ca.current(), `${ended.cert}${root.cert}`);
});

test("a new file replaces the old one; a broken one never does, and is logged once", async (context) => {
  const { ca, log, path, poll } = await open(context, root.cert);
  const seen: string[] = [];
  ca.onChange((text) => seen.push(text));
  writeFileSync(path, damaged);
  for (let count = 0; count < 4; count += 1) await poll();
  assert.equal(linesOf(log(), "Kept the last good CAs of clients").length, 1);
  assert.deepEqual([ca.current(), seen], [root.cert, []]);
  writeFileSync(path, `${root.cert}${below.cert}`);
  await poll();
  assert.deepEqual(seen, [`${root.cert}${below.cert}`]);
});
