/** Shows a report as JSON, one object to a line, so that long reports stream and can be searched by line. */
import type { IgnoredObject } from "./input.ts";
import type { ExplainedCredential, ReportItem } from "./report.ts";

/** @see Report */
export async function* renderJson(
  items: AsyncIterable<ReportItem>,
  credentials: readonly ExplainedCredential[],
): AsyncGenerator<string, void, void> {
  const ignored: IgnoredObject[] = [];
  yield '{"objects":[';
  let separator = "\n";
  for await (const item of items) {
    if (item.type === "ignored") {
      ignored.push(item.ignored);
    } else {
      yield separator + JSON.stringify(item.explained);
      separator = ",\n";
    }
  }
  yield "\n]";
  for (const [name, values] of Object.entries({ credentials, ignored })) {
    yield `,\n"${name}":[${values.map((value) => `\n${JSON.stringify(value)}`).join(",")}\n]`;
  }
  yield "}\n";
}
