/** A directory for one test. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** Makes an empty directory that is gone after the test. */
export function makeDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "pullring-test-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
