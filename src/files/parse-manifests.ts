/**
 * Takes the Kubernetes objects out of the text of a manifest file, as `kubectl -f` does: documents of JSON or YAML one by one, so
 * that a broken one takes no other with it. Lists of every kind are unrolled. Errors and notes never quote the text.
 */
import { isObject, type JsonObject, memberOf, stringOf } from "../core/json-value.ts";
import { type ParsedDocument, parseJsonDocument, type RepeatedKey } from "./json-documents.ts";
import type { ManifestError } from "./manifest-error.ts";
import { type ManifestDocument, splitDocuments } from "./split-documents.ts";

/** The objects in order, what is wrong, and what is odd without being wrong. */
export interface ParsedManifests {
  readonly objects: JsonObject[];
  readonly errors: Omit<ManifestError, "path">[];
  readonly notes: Omit<ManifestError, "path">[];
}

/**
 * Parses `text`. A document that cannot be parsed has one error and no objects. Empty documents are ignored; what is no object,
 * or has no `kind`, is named by its position, counted from 1.
 * @param format as which the text was meant; either is read
 */
export async function parseManifests(text: string, format: "YAML" | "JSON" = "YAML"): Promise<ParsedManifests> {
  const parsed: ParsedManifests = { objects: [], errors: [], notes: [] };
  let position = 0;
  for (const document of splitDocuments(text)) {
    const { values, repeated } = await parseDocument(document, format, parsed);
    const line = values.length > 1 ? null : document.line;
    for (const value of values) {
      position += 1;
      if (value !== null && value !== undefined) collect(value, { line, place: `document ${position}` }, parsed);
    }
    const notes = repeated.map(({ key, line }) => ({ line: document.line + line - 1, reason: describeRepeated(key) }));
    parsed.notes.push(...notes);
  }
  return parsed;
}

const NOTHING: ParsedDocument = { values: [], repeated: [] };

/** JSON is tried first: it is read ten times as fast as YAML, of which it is a part. */
async function parseDocument(
  { text, line, hasTextAtStart }: ManifestDocument,
  format: "YAML" | "JSON",
  { errors }: ParsedManifests,
): Promise<ParsedDocument> {
  if (hasTextAtStart) {
    errors.push({
      line: line - 1,
      reason: "text stands behind ---, where kubectl takes none; put it on a line of its own",
    });
    return NOTHING;
  }
  if (text.trim() === "") return NOTHING;
  const json = parseJsonDocument(text);
  if (json !== undefined) return json;
  const { parseYamlDocument } = await import("./yaml-document.ts");
  const parsed = parseYamlDocument(text);
  if ("values" in parsed) return parsed;
  const reason = format === "JSON" ? parsed.reason.replace(/^not valid YAML/, "not valid JSON") : parsed.reason;
  errors.push({ line: parsed.line === null ? null : line + parsed.line - 1, reason });
  return NOTHING;
}

/** Fields of the Kubernetes API that are named in notes. Any other key may be part of what is secret. */
const KNOWN_FIELDS = new Set(
  (
    "apiVersion kind metadata name namespace labels annotations spec template jobTemplate selector matchLabels items " +
    "imagePullSecrets containers initContainers ephemeralContainers volumes image imagePullPolicy env serviceAccountName " +
    "type data stringData"
  ).split(" "),
);

function describeRepeated(key: RepeatedKey["key"]): string {
  return `${KNOWN_FIELDS.has(key) ? key : "a key"} stands twice in one object; the last one counts, as for kubectl`;
}

/** A document, or an item of it. */
interface Place {
  /** Line of the document, counted from 1; null in a stream of JSON. */
  readonly line: number | null;
  readonly place: string;
}

function collect(value: unknown, { line, place }: Place, into: ParsedManifests): void {
  const refuse = (reason: string) => into.errors.push({ line, reason });
  const kind = stringOf(memberOf(value, "kind"));
  const items = memberOf(value, "items") ?? [];
  if (!isObject(value)) {
    refuse(`${place} is not an object`);
  } else if (kind === undefined || kind === "") {
    refuse(`${place} ${reasonOfNoKind(value)}`);
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
      collect(typed, { line, place: `item ${index + 1} of ${place}` }, into);
    });
  }
}

/** What people take for a manifest most often, with what they want instead. */
function reasonOfNoKind(value: JsonObject): string {
  if (["auths", "credsStore", "credHelpers"].some((name) => Object.hasOwn(value, name))) {
    return (
      "is a Docker configuration and no Secret; make one of it with kubectl create secret generic NAME " +
      "--type=kubernetes.io/dockerconfigjson --from-file=.dockerconfigjson=FILE --dry-run=client -o yaml"
    );
  }
  return Array.isArray(memberOf(value, "resources"))
    ? "is a kustomization; pipe what kustomize build prints into -f -"
    : "has no kind";
}
