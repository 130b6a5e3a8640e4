/** Shows the objects of the input as YAML, each with the patch of pullring applied; the rest of them is as it was. */
import jsonPatch, { type Operation } from "fast-json-patch";
import { dump } from "js-yaml";
import type { ReportItem } from "./report.ts";

/** Secrets are left out: their data belongs in no terminal and no log of a build. @see Report */
export async function* renderManifests(items: AsyncIterable<ReportItem>): AsyncGenerator<string, void, void> {
  for await (const item of items) {
    if (item.object !== undefined && !isSecret(item)) {
      const patch: readonly Operation[] = item.type === "explained" ? item.explained.patch : [];
      const { newDocument } = jsonPatch.applyPatch(item.object, patch, true, false);
      yield `---\n${dump(newDocument, { noRefs: true, lineWidth: -1 })}`;
    }
  }
}

/** Whether the object is a Secret of any API group. */
export function isSecret(item: ReportItem): boolean {
  return (item.type === "explained" ? item.explained : item.ignored).kind === "Secret";
}
