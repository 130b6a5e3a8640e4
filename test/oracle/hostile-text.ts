/** Pieces of text that parsers stumble over, and small damage to text. All of it is driven by a seeded generator. */
import type { Random } from "./random.ts";

const CHARACTERS = [
  ..."azAZ09.:/*[]@%#?-_ \\^~!$&'()+,;=<>\"{}|`üſ世😀",
  ..."\u0000\t\n\r\u007f\u0085\u00a0\u212a\u2028\ufeff\ufffd",
  ..."%2F %3a %25 %41 %c3%bc %ff %00 %zz /v1/ /v2/ .. // ** [a-z] [^a] %255B ::1 https://".split(" "),
];

/** Changes `text` in one to three places: takes away, puts in, replaces, doubles or swaps. */
export function damageText(random: Random, text: string): string {
  let damaged = text;
  for (let round = random.pick([1, 1, 1, 2, 3]); round > 0; round -= 1) {
    damaged = damageOnce(random, damaged, random.pick(CHARACTERS));
  }
  return damaged;
}

function damageOnce(random: Random, text: string, piece: string): string {
  const at = random.below(text.length + 1);
  const end = Math.min(text.length, at + random.pick([1, 1, 1, 2, 5]));
  switch (random.below(7)) {
    case 0:
      return text.slice(0, at) + text.slice(end);
    case 1:
    case 2:
      return text.slice(0, at) + piece + text.slice(at);
    case 3:
      return text.slice(0, at) + piece + text.slice(end);
    case 4:
      return text.slice(0, end) + text.slice(at);
    case 5:
      return text.slice(0, at) + flipCase(text.slice(at, end)) + text.slice(end);
    default:
      return text.slice(0, at) + percentEncode(random, text.slice(at, end)) + text.slice(end);
  }
}

function flipCase(text: string): string {
  return text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase();
}

/** Writes every byte as `%XX`, sometimes with the percent sign itself encoded once more. */
export function percentEncode(random: Random, text: string): string {
  const percent = random.pick(["%", "%", "%", "%25", "%2525"]);
  return [...Buffer.from(text)]
    .map((byte) => {
      const hex = byte.toString(16).padStart(2, "0");
      return percent + (random.chance(0.5) ? hex.toUpperCase() : hex);
    })
    .join("");
}
