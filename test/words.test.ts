/** Words that the field does not use, and names that have been replaced by its own, stay away. Prose is free to use them. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

/** Old words of identifiers and files, with what the field says instead. A word is a part of a name, as in `isFaulty`. */
const WORDS: Readonly<Record<string, string>> = {
  afresh: "live read",
  aloof: "ineligible",
  anew: "again",
  answerer: "handler",
  census: "secret versions",
  coordinates: "object key",
  fault: "error, reason or condition",
  faults: "errors",
  faulty: "malformed",
  fresher: "live read",
  gather: "batch window",
  hasty: "hedged",
  look: "live read, poll or check",
  looks: "live reads",
  mend: "fix",
  regulars: "answered",
  room: "connection limit",
  screening: "filtering",
  silence: "idle timeout",
  stall: "idle timeout",
  strangers: "unanswered",
  surroundings: "dependencies",
  suspicious: "hedge",
  tell: "report",
  told: "reported",
  useless: "unusable",
  whoever: "any client",
};

/** Old names, as they were written. */
const NAMES = [
  "AnswerWriter ApiAgent BodyBudget ClientAuthority CompactContent CountedBody Everything Knowledge KeptForm NamedObject",
  "askedAtMs carryOver conclude giveUp isHeldBack isNews makeRoom moveTo openServed passedOver putAhead",
  "reasonToLeaveAlone refuseGuess tryTwice turnedAway",
].flatMap((line) => line.split(" "));

/** Old flags, metrics and values of labels, which nothing may name any more, documents included. */
const TEXTS = [
  "--look-budget pullring_fresh_looks_total pullring_turned_away_clients_total no-room body-bytes body-time",
  "other-name passedOver",
].flatMap((line) => line.split(" "));

interface Text {
  readonly path: string;
  readonly text: string;
}

function filesIn(folder: string, ending: RegExp): readonly Text[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => ending.test(path))
    .map((path) => ({ path: `${folder}/${path}`, text: readFileSync(`${folder}/${path}`, "utf8") }));
}

const SOURCES = filesIn("src", /\.ts$/);

/** The names in a program, without those in comments, texts and regular expressions. */
function namesIn(text: string): ReadonlySet<string> {
  const code = text
    .replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, "")
    .replace(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g, '""')
    .replace(/`(?:\\[\s\S]|\$\{[^{}`]*\}|[^`\\])*`/g, (template) =>
      [...template.matchAll(/\$\{([^{}`]*)\}/g)].map(([, inner]) => inner).join(),
    );
  return new Set(code.match(/[A-Za-z_$][\w$]*/g) ?? []);
}

/** The words of a name, such as `is` and `faulty`; looking something up is one word. */
function wordsOf(name: string): readonly string[] {
  const text = name.replace(/look-?_?up/gi, "lookup").replace(/([a-z0-9])([A-Z])/g, "$1 $2");
  return text.toLowerCase().split(/[^a-z]+/);
}

function isOld(name: string): boolean {
  return NAMES.includes(name) || wordsOf(name).some((word) => Object.hasOwn(WORDS, word));
}

test("names are cut into words", () => {
  assert.deepEqual(wordsOf("lookUpImages"), ["lookup", "images"]);
  assert.deepEqual(wordsOf("live-look.ts"), ["live", "look", "ts"]);
  assert.deepEqual([...namesIn(`const a = "look"; // look\nf(\`look \${b}\`)`)], ["const", "a", "f", "b"]);
});

test("no identifier has a word that is gone", () => {
  const found = SOURCES.flatMap(({ path, text }) => [...namesIn(text)].filter(isOld).map((name) => `${path}: ${name}`));
  assert.deepEqual(found, []);
});

test("no file has a word that is gone in its name", () => {
  const paths = [...SOURCES, ...filesIn("manifests", /\.\w+$/)].map(({ path }) => path);
  assert.deepEqual(paths.filter(isOld), []);
});

test("no flag, metric or member of a report goes by a name that is gone", () => {
  const files = [...SOURCES, ...filesIn("docs", /\.md$/), ...filesIn("manifests", /\.(?:ya?ml|md|json)$/)];
  files.push({ path: "README.md", text: readFileSync("README.md", "utf8") });
  const found = files.flatMap(({ path, text }) =>
    TEXTS.filter((word) => new RegExp(`(?<![\\w-])${word}(?![\\w-])`).test(text)).map((word) => `${path}: ${word}`),
  );
  assert.deepEqual(found, []);
});
