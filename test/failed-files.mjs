/**
 * A reporter of Node's test runner that adds the path of each file with a failure, once, to the file that PULLRING_FAILED_FILES
 * names. It prints nothing. In JavaScript, because the runner loads its reporters before tsx.
 */
import { appendFileSync } from "node:fs";

// biome-ignore lint/style/noDefaultExport: the runner takes the default export of a reporter
export default async function* failedFiles(events) {
  const known = new Set();
  for await (const { type, data } of events) {
    // A file that ended badly has no test of its own that failed: it is named itself.
    const file = data.file ?? data.name;
    if (type !== "test:fail" || known.has(file)) continue;
    known.add(file);
    appendFileSync(process.env.PULLRING_FAILED_FILES, `${file}\n`);
  }
  yield "";
}
