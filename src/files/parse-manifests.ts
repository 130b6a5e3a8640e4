/**
 * Takes the Kubernetes objects out of the text of a manifest file: JSON, or YAML with any number of documents. Lists of every
 * kind are unrolled. Errors never quote the text.
 */
import { isObject, type JsonObject, memberOf, stringOf } from "../core/json-value.ts";
import type { ManifestError } from "./manifest-error.ts";

/** The objects in order, and what is wrong. */
export interface ParsedManifests {
  readonly objects: JsonObject[];
  readonly errors: Omit<ManifestError, "path">[];
}

/** Deepest nesting of a YAML document; Kubernetes objects have about 15 levels, schemas of CRDs some 60. */
const MAX_DEPTH = 200;

/**
 * Parses `text`. Text that cannot be parsed has one error and no objects. Empty documents are ignored; what is no object, or
 * has no `kind`, is named by its position, counted from 1.
 */
export async function parseManifests(text: string): Promise<ParsedManifests> {
  const parsed: ParsedManifests = { objects: [], errors: [] };
  const documents = parseJson(text) ?? (await parseYaml(text, parsed));
  documents.forEach((document, index) => {
    if (document !== null && document !== undefined) collect(document, `document ${index + 1}`, parsed);
  });
  return parsed;
}

/**
 * JSON.parse is tried first where the text looks like JSON: it is ten times as fast. What it refuses is read as YAML, of which
 * JSON is a part, so that an error has its line.
 */
function parseJson(text: string): readonly unknown[] | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return [JSON.parse(text)];
  } catch {
    return undefined;
  }
}

async function parseYaml(text: string, { errors }: ParsedManifests): Promise<readonly unknown[]> {
  const { CORE_SCHEMA, loadAll, mergeTag, YAMLException } = await import("js-yaml");
  try {
    return loadAll(text, { schema: CORE_SCHEMA.withTags(mergeTag), maxDepth: MAX_DEPTH });
  } catch (error) {
    if (error instanceof YAMLException) {
      const line = error.mark === undefined ? null : error.mark.line + 1;
      // Constant but for names from the text, which stand in double quotes, in `!<>` or behind a colon.
      const reason = error.reason.replace(/(?:"|!<|: ).*/s, "").trimEnd();
      errors.push({ line, reason: `not valid YAML: ${reason}` });
    } else {
      errors.push({ line: null, reason: "not readable as YAML" });
    }
    return [];
  }
}

function collect(value: unknown, place: string, into: ParsedManifests): void {
  const refuse = (reason: string) => into.errors.push({ line: null, reason });
  const kind = stringOf(memberOf(value, "kind"));
  const items = memberOf(value, "items") ?? [];
  if (!isObject(value)) {
    refuse(`${place} is not an object`);
  } else if (kind === undefined || kind === "") {
    refuse(`${place} has no kind`);
  } else if (!kind.endsWith("List")) {
    into.objects.push(value);
  } else if (!Array.isArray(items)) {
    refuse(`the items of ${place} are not a list`);
  } else {
    // The items of a `PodList`, as the API server sends it, have no kind of their own; those of a `List` always have one.
    const itemKind = kind.slice(0, -"List".length);
    const inherited = itemKind === "" ? {} : { apiVersion: memberOf(value, "apiVersion"), kind: itemKind };
    items.forEach((item: unknown, index) => {
      const typed = isObject(item) && memberOf(item, "kind") === undefined ? { ...inherited, ...item } : item;
      collect(typed, `item ${index + 1} of ${place}`, into);
    });
  }
}
