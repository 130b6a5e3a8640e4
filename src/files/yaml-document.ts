/**
 * Reads a YAML document as kubectl does, whose parser is of YAML 1.1: `yes` is a boolean and `0644` is octal, dates are texts, and
 * of a key that stands twice the last counts. The parser is loaded only when this is imported.
 * @see go.yaml.in/yaml/v2 resolve.go, decode.go
 */
import {
  boolYaml11Tag,
  CORE_SCHEMA,
  constructFromEvents,
  defineScalarTag,
  EVENT_ID,
  floatCoreTag,
  intCoreTag,
  mergeTag,
  NOT_RESOLVED,
  parseEvents,
  YAMLException,
} from "js-yaml";
import type { ParsedDocument, RepeatedKey } from "./json-documents.ts";
import { countLines } from "./split-documents.ts";

/** Deepest nesting of a YAML document; Kubernetes objects have about 15 levels, schemas of CRDs some 60. */
const MAX_DEPTH = 200;

/** Lines that are indented for the parser in one document; more are refused. */
const MAX_INDENTED_LINES = 100;

/** Most values in a document with aliases; nine lines of them can stand for a billion. */
const MAX_NODES = 1_000_000;

/** What is wrong with a document. */
export interface YamlError {
  /** Line in the document, counted from 1; null where it is of no line. */
  readonly line: number | null;
  /** A constant of the parser, or of ours: it never quotes the document. */
  readonly reason: string;
}

const intTag = defineScalarTag<number>(intCoreTag.tagName, { ...intCoreTag, resolve: resolveInteger });
const floatTag = defineScalarTag<number>(floatCoreTag.tagName, {
  ...floatCoreTag,
  resolve: (source, isExplicit, tagName) => floatCoreTag.resolve(withoutUnderscores(source), isExplicit, tagName),
});
const SCHEMA = CORE_SCHEMA.withTags(mergeTag, boolYaml11Tag, intTag, floatTag);

/** Go's strconv.ParseInt with base 0; numbers may have underscores. */
function resolveInteger(source: string): number | typeof NOT_RESOLVED {
  const [, sign = "", digits = ""] =
    /^([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/.exec(withoutUnderscores(source)) ?? [];
  if (digits === "") return NOT_RESOLVED;
  const value = Number(/^0[0-7]/.test(digits) ? `0o${digits}` : digits);
  return sign === "-" ? -value : value;
}

function withoutUnderscores(source: string): string {
  return /^[-+.0-9]/.test(source) ? source.replaceAll("_", "") : source;
}

/** Parses one document. */
export function parseYamlDocument(text: string): ParsedDocument | YamlError {
  try {
    const { source, events } = parse(text);
    const values = constructFromEvents(events, { source, schema: SCHEMA, json: true });
    const hasAliases = events.some(({ type }) => type === EVENT_ID.ALIAS);
    return hasAliases && !(countNodes(values, new Map()) <= MAX_NODES)
      ? {
          line: null,
          reason: "not valid YAML: an alias stands in what it names, or aliases make the document too large",
        }
      : { values, repeated: findRepeatedKeys(source, events) };
  } catch (error) {
    if (!(error instanceof YAMLException)) return { line: null, reason: "not readable as YAML" };
    const line = error.mark === undefined ? null : error.mark.line + 1;
    return { line, reason: `not valid YAML: ${reasonOf(error, text)}` };
  }
}

/**
 * In quotes, brackets and braces it is no matter to kubectl where a line begins, or with what blanks. js-yaml wants such lines
 * indented: they are, one after the other.
 */
function parse(text: string): { readonly source: string; readonly events: ReturnType<typeof parseEvents> } {
  let source = text;
  let firstError: unknown;
  for (let indented = 0; indented <= MAX_INDENTED_LINES; indented += 1) {
    try {
      return { source, events: parseEvents(source, { maxDepth: MAX_DEPTH }) };
    } catch (error) {
      firstError ??= error;
      if (!(error instanceof YAMLException) || error.reason !== "deficient indentation" || !error.mark) break;
      const lines = source.split("\n");
      const line = lines[error.mark.line] ?? "";
      lines[error.mark.line] = " ".repeat(2 * MAX_DEPTH) + line.trimStart();
      source = lines.join("\n");
    }
  }
  throw firstError;
}

function reasonOf({ reason, mark }: YAMLException, text: string): string {
  if (/\{\{.*\}\}/.test(text)) {
    return "it is a template that is not rendered yet; pipe what helm template prints into -f -";
  }
  const line = text.split("\n")[mark?.line ?? -1] ?? "";
  if (/^ *\t/.test(line)) return "a tab begins the line; indent it with spaces";
  // Constant but for names from the text, which stand in double quotes, in `!<>` or behind a colon.
  return reason.replace(/(?:"|!<|: ).*/s, "").trimEnd();
}

/** How many values `value` has in it, each as often as aliases name it; NaN where one stands in what it names. */
function countNodes(value: unknown, known: Map<unknown, number>): number {
  if (typeof value !== "object" || value === null) return 1;
  const before = known.get(value);
  if (before !== undefined) return before;
  known.set(value, Number.NaN);
  const count = Object.values(value).reduce((sum: number, member) => sum + countNodes(member, known), 1);
  known.set(value, count);
  return count;
}

/** A mapping or sequence that is open; `keys` are those of a mapping. */
interface OpenNode {
  readonly keys: Set<string> | undefined;
  isKeyNext: boolean;
}

function findRepeatedKeys(source: string, events: ReturnType<typeof parseEvents>): readonly RepeatedKey[] {
  const repeated: RepeatedKey[] = [];
  const open: OpenNode[] = [];
  for (const event of events) {
    const parent = open.at(-1);
    if (event.type === EVENT_ID.POP) {
      open.pop();
      continue;
    }
    if (event.type === EVENT_ID.SCALAR && parent?.keys !== undefined && parent.isKeyNext) {
      const key = source.slice(event.valueStart, event.valueEnd);
      if (parent.keys.has(key)) repeated.push({ key, line: countLines(source.slice(0, event.valueStart)) + 1 });
      parent.keys.add(key);
    }
    if (parent !== undefined) parent.isKeyNext = !parent.isKeyNext;
    if (event.type === EVENT_ID.MAPPING) open.push({ keys: new Set(), isKeyNext: true });
    else if (event.type !== EVENT_ID.SCALAR && event.type !== EVENT_ID.ALIAS)
      open.push({ keys: undefined, isKeyNext: false });
  }
  return repeated;
}
