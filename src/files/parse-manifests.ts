/** Parses the text of a manifest file, JSON or YAML with any number of documents. Errors never quote the text. */

/** The documents in order, or the first error. */
export type ParsedManifests =
  | { readonly documents: readonly unknown[]; readonly error: null }
  | { readonly documents: null; readonly error: { readonly line: number | null; readonly reason: string } };

/** Deepest nesting of a YAML document; Kubernetes objects have about 15 levels, schemas of CRDs some 60. */
const MAX_DEPTH = 200;

/**
 * Parses `text`. JSON.parse is tried first where the text looks like JSON: it is ten times as fast. What it refuses is read as
 * YAML, of which JSON is a part, so that an error has its line. An empty document is null.
 */
export async function parseManifests(text: string): Promise<ParsedManifests> {
  const documents = parseJson(text);
  return documents === undefined ? parseYaml(text) : { documents, error: null };
}

function parseJson(text: string): readonly unknown[] | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return [JSON.parse(text)];
  } catch {
    return undefined;
  }
}

async function parseYaml(text: string): Promise<ParsedManifests> {
  const { CORE_SCHEMA, loadAll, mergeTag, YAMLException } = await import("js-yaml");
  try {
    const schema = CORE_SCHEMA.withTags(mergeTag);
    return { documents: loadAll(text, { schema, maxDepth: MAX_DEPTH }), error: null };
  } catch (error) {
    if (error instanceof YAMLException) {
      const line = error.mark === undefined ? null : error.mark.line + 1;
      return { documents: null, error: { line, reason: `not valid YAML: ${withoutQuotes(error.reason)}` } };
    }
    return { documents: null, error: { line: null, reason: "not readable as YAML" } };
  }
}

/** The parser's reasons are constant but for names from the text, which stand in double quotes, in `!<>` or behind a colon. */
function withoutQuotes(reason: string): string {
  const end = reason.search(/"|!<|: /);
  return end < 0 ? reason : reason.slice(0, end).trimEnd();
}
