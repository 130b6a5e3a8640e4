/** Recognises templates that nothing filled in, such as `{{ .Values.password }}` and `${PASSWORD}`. */
import { CLOSE_BRACE, OPEN_BRACE } from "../go/ascii.ts";

const DOLLAR = 0x24;
const OPEN_PARENTHESIS = 0x28;
const LESS_THAN = 0x3c;
const PERCENT = 0x25;

/** Tells whether a text of ASCII has the marks of a template anywhere. */
export function hasTemplate(text: string): boolean {
  return /\{\{.*\}\}|<%.*%>|\$\{[^{}]*\}|\$\([^()]*\)/s.test(text);
}

/** A variable of a shell in capital letters, as in `$REGISTRY`. */
export const TEMPLATE_VARIABLE: RegExp = /^\$[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*(?=$|[/:])/;

/**
 * Tells whether a value as a whole is a template. A password may hold any character, so marks inside it say nothing, and no
 * string is made of it.
 */
export function isTemplate(value: Uint8Array): boolean {
  const [first, second] = value;
  const last = value.at(-1);
  if (first === OPEN_BRACE && second === OPEN_BRACE) return last === CLOSE_BRACE && value.at(-2) === CLOSE_BRACE;
  if (first === LESS_THAN && second === PERCENT) return last === LESS_THAN + 2 && value.at(-2) === PERCENT;
  if (first !== DOLLAR) return false;
  if (second === OPEN_BRACE) return last === CLOSE_BRACE;
  return second === OPEN_PARENTHESIS ? last === OPEN_PARENTHESIS + 1 : isVariable(value);
}

/** In capital letters, digits and underscores, one of which at least is inside: `$REGISTRY_PASSWORD`. */
function isVariable(value: Uint8Array): boolean {
  const name = value.subarray(1);
  const isCapital = (byte: number): boolean => byte >= 0x41 && byte <= 0x5a;
  const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
  return (
    isCapital(name[0] ?? 0) &&
    name.includes(0x5f) &&
    name.every((byte) => isCapital(byte) || isDigit(byte) || byte === 0x5f)
  );
}
