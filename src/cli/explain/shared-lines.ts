/** Shows which Secrets of an object come from another namespace, a line for each. */
import { sentenceOfShared } from "../../core/sentences/sharing.ts";
import type { Explained } from "./report.ts";
import type { TableLine } from "./text-table.ts";

/** None where all are the namespace's own. */
export function linesOfShared({ shared }: Pick<Explained, "shared">): readonly TableLine[] {
  return shared.map(({ secret, from, isThere }) => ({
    note: `  ${sentenceOfShared(secret, from, isThere)}`,
    style: "dim",
  }));
}
