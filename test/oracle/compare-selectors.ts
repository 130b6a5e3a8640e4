/** Compares label selectors with Kubernetes' own package, on random pairs of a selector and labels. */
import { matchesSelector, parseLabelSelector } from "../../src/core/labels/label-selector.ts";
import { GoProcess } from "./go-process.ts";
import { type Random, randomStream } from "./random.ts";

interface Pair {
  readonly selector: string;
  readonly labels: Readonly<Record<string, string>>;
}
interface Outcome {
  readonly parses: boolean;
  readonly matches: boolean;
}

/** Pairs asked for at once. */
const BATCH = 2_000;
/** Differences that are printed; more are only counted. */
const MAX_SHOWN = 5;

const KEYS = [
  "team",
  "stage",
  "a/b",
  "field.cattle.io/projectId",
  "in",
  "notin",
  "x",
  "A.b_c-d",
  "bad-",
  "/x",
  "a/",
  "UP/x",
  "a/b/c",
];
const VALUES = [
  "shop",
  "prod",
  "",
  "1",
  "42",
  "-7",
  "007",
  "9223372036854775807",
  "9223372036854775808",
  "in",
  "p-abc12",
  "a.b",
  "_x",
  "x".repeat(63),
  "y".repeat(64),
  "ä",
];
const PIECES = [
  "=",
  "==",
  "!=",
  "!",
  "(",
  ")",
  ",",
  ">",
  "<",
  " ",
  "\t",
  "\n",
  " in ",
  " notin ",
  "in",
  "notin",
  "\0",
  "*",
  "'",
];

/** Compares `count` pairs of `seed`, says what differs through `say`, and gives how many do. */
export async function compareSelectors(seed: number, count: number, say: (line: string) => void): Promise<number> {
  const kubernetes = new GoProcess<Pair, Outcome>("./labels");
  let [failed, parsed, matched] = [0, 0, 0];
  for (let first = 0; first < count; first += BATCH) {
    const length = Math.min(BATCH, count - first);
    const pairs = Array.from({ length }, (_, position) => makePair(randomStream(seed, first + position)));
    for (const [position, expected] of (await kubernetes.ask(pairs)).entries()) {
      const pair = pairs[position] as Pair;
      const found = outcomeOf(pair);
      parsed += expected.parses ? 1 : 0;
      matched += expected.matches ? 1 : 0;
      if (found.parses === expected.parses && found.matches === expected.matches) continue;
      failed += 1;
      const [text, answers] = [
        JSON.stringify(pair),
        `Kubernetes ${JSON.stringify(expected)}, the core ${JSON.stringify(found)}`,
      ];
      if (failed <= MAX_SHOWN) say(`Difference in a label selector: ${text}: ${answers}`);
    }
  }
  kubernetes.close();
  say(`${count} label selectors, of which ${parsed} parse and ${matched} match; ${failed} differ`);
  return failed;
}

function outcomeOf({ selector: text, labels }: Pair): Outcome {
  const { selector } = parseLabelSelector(text);
  return { parses: selector !== null, matches: selector !== null && matchesSelector(selector, labels) };
}

function makePair(random: Random): Pair {
  const labels = Object.fromEntries(
    Array.from({ length: random.below(4) }, () => [random.pick(KEYS), random.pick(VALUES)]),
  );
  const count = 1 + random.below(3);
  const selector = Array.from({ length: count }, () => makeRequirement(random, labels)).join(",");
  return { selector: random.chance(0.2) ? garble(random, selector) : selector, labels };
}

/** Often about labels that are there. */
function makeRequirement(random: Random, labels: Pair["labels"]): string {
  const [key = random.pick(KEYS), present = random.pick(VALUES)] = random.chance(0.6)
    ? (Object.entries(labels)[0] ?? [])
    : [];
  const space = (): string => (random.chance(0.2) ? random.pick([" ", "\t ", "\n"]) : "");
  const value = (): string => (random.chance(0.5) ? present : random.pick(VALUES));
  const list = (): string => Array.from({ length: random.below(4) }, () => space() + value() + space()).join(",");
  switch (random.below(6)) {
    case 0:
      return `${space()}${key}${space()}`;
    case 1:
      return `${space()}!${space()}${key}`;
    case 2:
      return `${key}${space()}${random.pick(["=", "==", "!="])}${space()}${value()}${space()}`;
    case 3:
      return `${key}${space()}${random.pick(["<", ">"])}${space()}${value()}`;
    default:
      return `${key} ${random.pick(["in", "notin"])}${space()}(${list()})${space()}`;
  }
}

/** Puts pieces of the grammar where they do not belong, and takes some away. */
function garble(random: Random, text: string): string {
  let garbled = text;
  for (let times = 1 + random.below(3); times > 0; times -= 1) {
    const at = random.below(garbled.length + 1);
    garbled =
      garbled.slice(0, at) + (random.chance(0.7) ? random.pick(PIECES) : "") + garbled.slice(at + random.below(2));
  }
  return garbled;
}
