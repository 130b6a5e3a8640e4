/** Writes JSON documents as byte strings that a strict parser may or may not accept: odd escapes, white space, broken UTF-8, nesting. */
import type { Random } from "./random.ts";

const BROKEN_UTF8 = "\x80 \xc3 \xc0\xaf \xed\xa0\x80 \xf4\x90\x80\x80 \xf0\x9f\x98 \xff \xe2\x82".split(" ");
const ODD_ESCAPES = String.raw`\ud83d \ude00 \ud83d\ud83d \ud83d\u0041 \uD83D\uDE00 \u0000 \/ \b`.split(" ");
const BAD_ESCAPES = ["\\x41", "\\u12", "\\u12g4", "\\'", "\\", "\n", "\x00", "\x1f", "\t"];
const WHITE_SPACE = [" ", "\n", "\t", "\r\n", "  "];
const ODD_VALUES =
  'null true false 0 -0 -1.5e+3 1e999999 123456789012345678901234567890 "" "x" [] {} [null,[],{}] {"a":{"b":[1]}}'.split(
    " ",
  );
const BAD_VALUES = [...`01 +1 .5 1. 1e - tru nul NaN Null 'x' [1,] {,} {1:2} {"a"} 0x1`.split(" "), ...["", "[1 2]"]];

/** Tells whether something rare happens; most of a document is sound, or nothing would ever get past the syntax. */
function rarely(random: Random): boolean {
  return random.chance(0.004);
}

/** Writes a string, each character as itself or escaped, sometimes with something odd in it. */
export function writeString(random: Random, text: string): string {
  const style = random.below(12);
  let written = "";
  for (const character of text) written += writeCharacter(character, style === 0 ? random.chance(0.5) : style === 1);
  if (random.chance(0.02)) {
    const at = random.below(written.length + 1);
    // A cut inside an escape is a syntax error more, which is as good.
    written = written.slice(0, at) + random.pick(random.chance(0.7) ? BROKEN_UTF8 : ODD_ESCAPES) + written.slice(at);
  }
  return `"${written}${rarely(random) ? random.pick(BAD_ESCAPES) : ""}"`;
}

function writeCharacter(character: string, escaped: boolean): string {
  if (escaped || character < " " || character === '"' || character === "\\") {
    return [...Array(character.length).keys()]
      .map((unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, "0")}`)
      .join("");
  }
  return character < "\u0080" ? character : Buffer.from(character).toString("latin1");
}

/** Writes an object from members that are JSON already, in order, doubles and all. */
export function writeObject(random: Random, members: readonly (readonly [string, string])[]): string {
  const written = members.map(
    ([name, value]) => `${space(random)}${writeString(random, name)}${space(random)}:${space(random)}${value}`,
  );
  return `{${written.join(rarely(random) ? random.pick([",,", ";", "", ", ,"]) : ",")}${rarely(random) ? "," : ""}${space(random)}}`;
}

/** Nothing most of the time, else JSON white space, very rarely what only looks like it. */
export function space(random: Random): string {
  if (rarely(random)) return random.pick(["\v", "\f", "\xc2\xa0", "\xef\xbb\xbf", "/**/", "\x00"]);
  return random.chance(0.05) ? random.pick(WHITE_SPACE) : "";
}

/** A value of any type. */
export function writeOddValue(random: Random): string {
  return random.pick(random.chance(0.97) ? ODD_VALUES : BAD_VALUES);
}

/** A value that is nested about as deep as Go allows: 10,000 levels, less those that the caller is in already. */
export function writeDeepValue(random: Random): string {
  const depth = 9_995 + random.below(8);
  const [open, close, inner] = random.pick([
    ["[", "]", ""],
    ['{"a":', "}", "1"],
    ['[{"a":', "}]", "null"],
  ] as const);
  const times = open.startsWith("[{") ? depth / 2 : depth;
  return open.repeat(times) + inner + close.repeat(times - (random.chance(0.05) ? 1 : 0));
}

/** Damages a document in its bytes: cuts, doubles, replaces, adds in front or behind. */
export function damageBytes(random: Random, bytes: string): string {
  const at = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + random.pick([1, 1, 2, 4, 9]));
  const piece = random.pick([...'"\\{}[],:1=a \n\xff\xc3\x00=', "null"]);
  return random.pick([
    bytes.slice(0, at) + bytes.slice(end),
    bytes.slice(0, at) + piece + bytes.slice(at),
    bytes.slice(0, at) + piece + bytes.slice(end),
    bytes.slice(0, end) + bytes.slice(at),
    bytes.slice(0, at),
    `\xef\xbb\xbf${bytes}`,
    bytes + piece,
    piece + bytes,
  ]);
}
