/** Shows a report as YAML: the public JSON format in another notation. */
import { dump } from "js-yaml";
import type { IgnoredObject } from "./input.ts";
import type { ExplainedCredential, ReportItem } from "./report.ts";

/** @see Report */
export async function* renderYaml(
  items: AsyncIterable<ReportItem>,
  credentials: readonly ExplainedCredential[],
): AsyncGenerator<string, void, void> {
  const ignored: IgnoredObject[] = [];
  let isEmpty = true;
  for await (const item of items) {
    if (item.type === "ignored") {
      ignored.push(item.ignored);
    } else {
      yield (isEmpty ? "objects:\n" : "") + dumpPlain([item.explained]);
      isEmpty = false;
    }
  }
  yield isEmpty ? "objects: []\n" : "";
  for (const [name, values] of Object.entries({ credentials, ignored })) {
    yield values.length === 0 ? `${name}: []\n` : `${name}:\n${dumpPlain(values)}`;
  }
}

/** Without anchors, and without folding: a line is as long as its value. */
function dumpPlain(value: unknown): string {
  return dump(value, { noRefs: true, lineWidth: -1 });
}
