/** What is said about a text that is no label selector. */
import type { Expected, SelectorError } from "../labels/label-selector.ts";
import { quoteText } from "../quoted-text.ts";

const WORDS: Readonly<Record<Exclude<Expected, "end">, string>> = {
  requirement: "a label, or ! in front of one",
  key: "the key of a label, such as team or example.com/team",
  operator: "one of = == != in notin < > or a comma",
  open: "(",
  "value-or-close": "a value or )",
  "comma-or-close": "a comma or )",
  value: "the value of a label: at most 63 letters, digits and - _ . between them",
  integer: "a whole number",
  "comma-or-end": "a comma or the end",
};

/** Longest piece that is shown, in characters. */
const QUOTE_LENGTH = 40;

/** Says where it is wrong, and what belongs there. Characters are counted from 1. */
export function sentenceOfSelectorError({ position, found, expected }: SelectorError): string {
  if (expected === "end") return `it is longer than ${position} characters, and is not read`;
  const what = found === "" ? "it ends" : `there is ${quoteText(found, QUOTE_LENGTH)}`;
  return `at character ${position + 1} ${what}; expected is ${WORDS[expected]}`;
}
