/** Shows a report as JSON, one object to a line, so that long reports stream and can be searched by line. */
import type { Report } from "./report.ts";

/** @see Report */
export const renderJson: Report = async function* (items, { credentials, ignored }) {
  yield '{"objects":[';
  let separator = "\n";
  for await (const item of items) {
    if (item.type === "ignored") continue;
    yield separator + JSON.stringify(item.explained);
    separator = ",\n";
  }
  yield "\n]";
  for (const [name, values] of Object.entries({ credentials, ignored })) {
    yield `,\n"${name}":[${values.map((value) => `\n${JSON.stringify(value)}`).join(",")}\n]`;
  }
  yield "}\n";
};
