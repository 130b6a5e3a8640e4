/** Folders with pairs of certificate and key, for tests of the sources that read them. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { PollOptions } from "../../src/certificates/followed-file.ts";
import { makeLocalCertificate } from "../../src/certificates/issue.ts";
import { makeDirectory } from "../files/temporary-directory.ts";
import { ManualClock } from "../manual-clock.ts";
import { collectLog } from "../server/running-server.ts";
import { waitUntil } from "../wait-until.ts";

/** A folder of the test's own, and what a source over it is opened with. */
export interface Prepared {
  readonly directory: string;
  readonly log: () => string;
  readonly options: PollOptions;
  /** Lets one poll happen. */
  poll(): Promise<void>;
}

/** Makes the folder; it goes with the test. Polls happen when the test says so. */
export function prepare(context: TestContext): Prepared {
  const { logger, log } = collectLog("debug");
  const clock = new TodayClock();
  const poll = async (): Promise<void> => {
    const { length } = clock.delays;
    clock.advance(1);
    await waitUntil("the end of a poll", () => clock.delays.length > length, { intervalMs: 1 });
  };
  const options = { pollIntervalMs: 1, clock, signal: new AbortController().signal, logger };
  return { directory: makeDirectory(context), log, options, poll };
}

class TodayClock extends ManualClock {
  override now(): number {
    return Date.now();
  }
}

/** Writes a new pair, as `tls.crt` and `tls.key`. @returns the certificate */
export async function writePair(directory: string, nowMs: number = Date.now()): Promise<string> {
  const { cert, key } = await makeLocalCertificate(nowMs);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "tls.crt"), cert);
  writeFileSync(join(directory, "tls.key"), key);
  return cert;
}
