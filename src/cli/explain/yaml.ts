/** Shows a report as YAML: the public JSON format in another notation, or the objects with what would be injected. */
import jsonPatch, { type Operation } from "fast-json-patch";
import { dump } from "js-yaml";
import type { JsonObject } from "../../core/json-value.ts";
import { withoutLastApplied } from "./applied-object.ts";
import type { Report } from "./report.ts";

/** @see Report */
export const renderYaml: Report = async function* (items, { credentials, ignored }) {
  let isEmpty = true;
  for await (const item of items) {
    if (item.type === "ignored") continue;
    yield (isEmpty ? "objects:\n" : "") + dumpPlain([item.explained]);
    isEmpty = false;
  }
  yield isEmpty ? "objects: []\n" : "";
  for (const [name, values] of Object.entries({ credentials, ignored })) {
    yield values.length === 0 ? `${name}: []\n` : `${name}:\n${dumpPlain(values)}`;
  }
};

/**
 * Shows the objects of the input, each with the patch of pullring applied; the rest of them is as it was. Secrets of any API
 * group are left out: their data belongs in no terminal and no log of a build. @see Report
 */
export const renderManifests: Report = async function* (items) {
  for await (const item of items) {
    const { kind } = item.type === "explained" ? item.explained : item.ignored;
    if (item.object !== undefined && kind !== "Secret") {
      const patch: readonly Operation[] = item.type === "explained" ? item.explained.patch : [];
      const { newDocument } = jsonPatch.applyPatch(item.object, patch, true, false);
      yield `---\n${dumpPlain(withoutLastApplied(newDocument as JsonObject))}`;
    }
  }
};

/** Without anchors, and without folding: a line is as long as its value. */
function dumpPlain(value: unknown): string {
  return dump(value, { noRefs: true, lineWidth: -1 });
}
