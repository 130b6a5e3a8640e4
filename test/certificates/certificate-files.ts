/** Folders with pairs of certificate and key, for tests of the sources that read them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { PollOptions } from "../../src/certificates/followed-file.ts";
import { makeLocalCertificate } from "../../src/certificates/issue.ts";
import { SYSTEM_CLOCK } from "../../src/telemetry/clock.ts";
import { collectLog } from "../server/running-server.ts";

/** Pause between two polls of files, for sources of tests. */
export const POLL_MS = 20;

/** A folder of the test's own, and what a source over it is opened with. */
export interface Prepared {
  readonly directory: string;
  readonly log: () => string;
  readonly options: PollOptions;
}

/** Makes the folder; it goes with the test, as does what was opened with the options. */
export function prepare(context: TestContext): Prepared {
  const directory = mkdtempSync(join(tmpdir(), "pullring-"));
  const ended = new AbortController();
  context.after(() => {
    ended.abort();
    rmSync(directory, { recursive: true, force: true });
  });
  const { logger, log } = collectLog("debug");
  const options = { pollIntervalMs: POLL_MS, clock: SYSTEM_CLOCK, signal: ended.signal, logger };
  return { directory, log, options };
}

/** Writes a new pair, as `tls.crt` and `tls.key`. @returns the certificate */
export async function writePair(directory: string, nowMs: number = Date.now()): Promise<string> {
  const { cert, key } = await makeLocalCertificate(nowMs);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "tls.crt"), cert);
  writeFileSync(join(directory, "tls.key"), key);
  return cert;
}

/** The paths of the pair in a folder. */
export function filesIn(directory: string): { readonly certPath: string; readonly keyPath: string } {
  return { certPath: join(directory, "tls.crt"), keyPath: join(directory, "tls.key") };
}
