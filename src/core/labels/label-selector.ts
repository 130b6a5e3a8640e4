/**
 * Label selectors as `kubectl get -l` takes them: equality and sets, read as Kubernetes reads them.
 * @see k8s.io/apimachinery pkg/labels/selector.go (Parse, NewRequirement, Requirement.Matches)
 */
import { isObjectName } from "../object-metadata.ts";

/** Labels of an object. */
export type Labels = Readonly<Record<string, string>>;

/** What a label has to be. */
export type Requirement =
  | { readonly key: string; readonly operator: "exists" | "does-not-exist" }
  | { readonly key: string; readonly operator: "in" | "not-in"; readonly values: ReadonlySet<string> }
  | { readonly key: string; readonly operator: "greater" | "less"; readonly than: bigint };

/** All of them have to hold; none holds for everything. */
export type LabelSelector = readonly Requirement[];

/** What stands where something else has to. */
export interface SelectorError {
  /** Of the first character that is wrong; the length of the text where more is missing. */
  readonly position: number;
  /** "" at the end of the text. */
  readonly found: string;
  readonly expected: Expected;
}

/** What is expected instead; core/sentences has the words. */
export type Expected =
  | "requirement"
  | "key"
  | "operator"
  | "open"
  | "value-or-close"
  | "comma-or-close"
  | "value"
  | "integer"
  | "comma-or-end"
  | "end";

/** @example parseLabelSelector("team=shop,stage notin (prod)") */
export function parseLabelSelector(
  text: string,
):
  | { readonly selector: LabelSelector; readonly error: null }
  | { readonly selector: null; readonly error: SelectorError } {
  const tokens = new Tokens(text);
  const selector: Requirement[] = [];
  try {
    while (!tokens.isNext("end")) {
      selector.push(readRequirement(tokens));
      if (tokens.isNext("end")) break;
      tokens.take([","], "comma-or-end");
      if (!tokens.isNext("word", "!")) tokens.fail("requirement");
    }
    return { selector, error: null };
  } catch (error) {
    if (error instanceof Mismatch) return { selector: null, error: error.cause };
    throw error;
  }
}

/** Tells whether labels meet all requirements. */
export function matchesSelector(selector: LabelSelector, labels: Labels): boolean {
  return selector.every((requirement) => meets(requirement, labels));
}

function meets(requirement: Requirement, labels: Labels): boolean {
  const label = Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined;
  switch (requirement.operator) {
    case "exists":
      return label !== undefined;
    case "does-not-exist":
      return label === undefined;
    case "in":
      return label !== undefined && requirement.values.has(label);
    case "not-in":
      return label === undefined || !requirement.values.has(label);
    default: {
      const number = label === undefined ? undefined : parseInteger(label);
      if (number === undefined) return false;
      return requirement.operator === "greater" ? number > requirement.than : number < requirement.than;
    }
  }
}

type Symbol = "=" | "==" | "!=" | "!" | "(" | ")" | "," | ">" | "<";

interface Token {
  /** Two words are operators where an operator stands, and values anywhere else. */
  readonly type: Symbol | "word" | "end";
  readonly text: string;
  readonly position: number;
}

class Mismatch extends Error {
  override readonly cause: SelectorError;

  constructor(cause: SelectorError) {
    super("not a label selector");
    this.cause = cause;
  }
}

/** The tokens of a text, of which the next one can be looked at. */
class Tokens {
  readonly #text: string;
  #position = 0;
  #next: Token;

  constructor(text: string) {
    this.#text = text;
    this.#next = this.#read();
  }

  isNext(...types: readonly Token["type"][]): boolean {
    return types.includes(this.#next.type);
  }

  /** Takes the next token, which is one of `types`. @throws Mismatch */
  take(types: readonly Token["type"][], expected: Expected): Token {
    const token = this.#next;
    if (!types.includes(token.type)) this.fail(expected);
    this.#next = this.#read();
    return token;
  }

  /** The word that is left out in front of the next token. */
  empty(): Token {
    return { type: "word", text: "", position: this.#next.position };
  }

  /** @throws Mismatch */
  fail(expected: Expected, { text, position }: Token = this.#next): never {
    throw new Mismatch({ position, found: text, expected });
  }

  #read(): Token {
    while (/[ \t\r\n]/.test(this.#text[this.#position] ?? "")) this.#position += 1;
    const position = this.#position;
    const [text = "", symbol] = TOKEN.exec(this.#text.slice(position)) ?? [];
    this.#position += text.length;
    // Go's reader takes a NUL for the end of a token, and for that of the whole text where none has begun.
    if (text !== "" && this.#text[this.#position] === "\0") this.#position += 1;
    const type = text === "" ? "end" : ((symbol as Symbol | undefined) ?? "word");
    return { type, text, position };
  }
}

/** One of the symbols, or a word. */
const TOKEN = /^(?:(!=|==|[=!(),<>])|[^=!(),<> \t\r\n\0]+)/;

function readRequirement(tokens: Tokens): Requirement {
  const isNegated = tokens.isNext("!");
  if (isNegated) tokens.take(["!"], "requirement");
  const word = tokens.take(["word"], isNegated ? "key" : "requirement");
  const key = word.text;
  if (!isLabelKey(key)) tokens.fail("key", word);
  if (isNegated) return { key, operator: "does-not-exist" };
  if (tokens.isNext("end", ",")) return { key, operator: "exists" };
  const operator = tokens.take(["=", "==", "!=", "<", ">", "word"], "operator");
  switch (operator.text) {
    case "in":
      return { key, operator: "in", values: readValues(tokens) };
    case "notin":
      return { key, operator: "not-in", values: readValues(tokens) };
    case "=":
    case "==":
      return { key, operator: "in", values: new Set([readValue(tokens).text]) };
    case "!=":
      return { key, operator: "not-in", values: new Set([readValue(tokens).text]) };
    case ">":
    case "<": {
      const value = readValue(tokens);
      const than = parseInteger(value.text);
      if (than === undefined) tokens.fail("integer", value);
      return { key, operator: operator.text === ">" ? "greater" : "less", than };
    }
    default:
      return tokens.fail("operator", operator);
  }
}

/** A value that is left out is an empty one. */
function readValue(tokens: Tokens): Token {
  if (tokens.isNext("end", ",")) return tokens.empty();
  const value = tokens.take(["word"], "value");
  if (!isLabelValue(value.text)) tokens.fail("value", value);
  return value;
}

/** Between two commas, and before and behind one, stands an empty value. */
function readValues(tokens: Tokens): ReadonlySet<string> {
  const values = new Set<string>();
  tokens.take(["("], "open");
  let isOpen = true;
  while (!tokens.isNext(")")) {
    const token = tokens.take(["word", ","], "value-or-close");
    if (token.type === ",") {
      if (isOpen) values.add("");
      isOpen = true;
    } else {
      if (!isOpen) tokens.fail("comma-or-close", token);
      if (!isLabelValue(token.text)) tokens.fail("value", token);
      values.add(token.text);
      isOpen = false;
    }
  }
  if (isOpen) values.add("");
  tokens.take([")"], "value-or-close");
  return values;
}

const NAME = /^(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const MAX_NAME = 63;

/** @see k8s.io/apimachinery pkg/util/validation IsQualifiedName */
function isLabelKey(text: string): boolean {
  const [name = "", prefix, ...others] = text.split("/").reverse();
  const hasPrefix = prefix === undefined || isObjectName(prefix);
  return others.length === 0 && hasPrefix && name.length <= MAX_NAME && NAME.test(name);
}

/** @see k8s.io/apimachinery pkg/util/validation IsValidLabelValue */
function isLabelValue(text: string): boolean {
  return text === "" || (text.length <= MAX_NAME && NAME.test(text));
}

const MAX_INTEGER = 2n ** 63n - 1n;

/** As strconv.ParseInt reads it with base 10 and 64 bits; undefined when it is none. */
function parseInteger(text: string): bigint | undefined {
  if (!/^[-+]?[0-9]+$/.test(text)) return undefined;
  const number = BigInt(text.replace("+", ""));
  return number > MAX_INTEGER || number < -MAX_INTEGER - 1n ? undefined : number;
}
