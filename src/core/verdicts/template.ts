/** Recognises templates that nothing filled in, such as `{{ .Values.password }}`, `${PASSWORD}` and `<password>`. */
import { CLOSE_BRACE, OPEN_BRACE } from "../go/ascii.ts";
import { type ByteSpan, byteAt, bytesOfSpan } from "../go/byte-span.ts";

const DOLLAR = 0x24;
const OPEN_PARENTHESIS = 0x28;
const CLOSE_PARENTHESIS = 0x29;
const LESS_THAN = 0x3c;
const GREATER_THAN = 0x3e;
const UNDERSCORE = 0x5f;

/** Tells whether a text of ASCII has the marks of a template anywhere. */
export function hasTemplate(text: string): boolean {
  return /\{\{.*\}\}|<[^<>]*>|\$\{[^{}]*\}|\$\([^()]*\)/s.test(text);
}

/** A variable of a shell in capital letters, as in `$REGISTRY`. */
export const TEMPLATE_VARIABLE: RegExp = /^\$[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*(?=$|[/:])/;

/**
 * Tells whether a value as a whole is a template. A password may hold any character, so marks inside it say nothing, and no
 * string is made of it.
 */
export function isTemplate(value: ByteSpan): boolean {
  const first = byteAt(value, 0);
  if (first !== OPEN_BRACE && first !== LESS_THAN && first !== DOLLAR) return false;
  const [second, last, beforeLast] = [byteAt(value, 1), byteAt(value, -1), byteAt(value, -2)];
  if (first === OPEN_BRACE) return second === OPEN_BRACE && last === CLOSE_BRACE && beforeLast === CLOSE_BRACE;
  if (first === LESS_THAN) return last === GREATER_THAN;
  if (second === OPEN_BRACE) return last === CLOSE_BRACE;
  return second === OPEN_PARENTHESIS ? last === CLOSE_PARENTHESIS : isVariable(bytesOfSpan(value).subarray(1));
}

/** In capital letters, digits and underscores, one of which at least is inside: `$REGISTRY_PASSWORD`. */
function isVariable(name: Uint8Array): boolean {
  const isCapital = (byte: number): boolean => byte >= 0x41 && byte <= 0x5a;
  const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
  return (
    isCapital(name[0] ?? 0) &&
    name.includes(UNDERSCORE) &&
    name.every((byte) => isCapital(byte) || isDigit(byte) || byte === UNDERSCORE)
  );
}
