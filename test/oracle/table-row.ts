/** Prints a difference as a row for the table of test/core/kubelet/oracle-findings.test.ts. */
import type { Compared } from "./comparison.ts";
import type { Outcome } from "./oracle-case.ts";

/** What a deep nesting repeats, as it stands in a literal. */
const REPEATED = /(\[\{\\"a\\":|\{\\"a\\":|\}\]|\[|\]|\})\1{63,}/g;

/** A row of TypeScript on one line, to be pasted as it is: the case and the outcome that the kubelet demands. */
export function toTableRow({ example, aspect }: Compared, demanded: Outcome): string {
  const title = `${aspect} of ${example.images.join(" ")}`;
  const row = `{ title: ${toLiteral(title)}, example: ${toLiteral(example)}, kubelet: ${toLiteral(demanded)} },`;
  return row
    .replace(REPEATED, (run, unit: string) => `" + "${unit}".repeat(${run.length / unit.length}) + "`)
    .replaceAll(' + "" + ', " + ");
}

/** JSON with everything but printable ASCII escaped, so that nothing is lost on a terminal. */
export function toLiteral(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
