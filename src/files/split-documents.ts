/** Cuts the text of a manifest file into its documents, as kubectl does: at the lines that begin with `---`. */

/** One document. */
export interface ManifestDocument {
  readonly text: string;
  /** Line of its first character, counted from 1. */
  readonly line: number;
  /** Whether something else than a comment stands behind its `---`, which kubectl refuses. */
  readonly hasTextAtStart: boolean;
}

/**
 * Gives the documents in order, empty ones too.
 * @see k8s.io/apimachinery pkg/util/yaml YAMLReader.Read
 */
export function splitDocuments(text: string): readonly ManifestDocument[] {
  const documents: ManifestDocument[] = [];
  let line = 1;
  let start = 0;
  let hasTextAtStart = false;
  for (const { 0: separator, 1: rest = "", index } of text.matchAll(/^---(.*)(?:\n|$)/gm)) {
    const document = text.slice(start, index);
    documents.push({ text: document, line, hasTextAtStart });
    line += countLines(document) + 1;
    start = index + separator.length;
    hasTextAtStart = /^\s*[^\s#]/.test(rest);
  }
  documents.push({ text: text.slice(start), line, hasTextAtStart });
  return documents;
}

/** Gives how many lines end in `text`. */
export function countLines(text: string): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines += 1;
  return lines;
}
