/** Words the warnings of a plan: only where a person should act, each under 120 characters, as Kubernetes advises. */
import type { Keyring } from "../kubelet/keyring.ts";
import { quoteText } from "../quoted-text.ts";
import { MAX_ADDED, type Plan } from "./plan.ts";
import { type PlannedImage, positionsOf, triedEntries } from "./trial.ts";

/** Longest name or image that a warning quotes, in characters: two of them and the longest sentence stay under 120. */
const QUOTE_LENGTH = 31;

/** Gives the warnings of a plan; images and names that repeat are told once. */
export function warningsOf(plan: Plan, keyring: Keyring): readonly string[] {
  const warnings = [
    ...plan.images.flatMap(warnOfUnreadableImage),
    ...warnOfMalformedListed(plan, keyring),
    ...warnOfUnservedImage(plan, keyring),
    ...plan.unserved.flatMap(warnOfVoidEntry),
    ...warnOfOtherTrial(plan),
    ...warnOfLeftOut(plan),
  ];
  return warnings.length === 0 ? warnings : [...new Set(warnings)];
}

/** An image of blanks is left to the API server: it refuses one in a Pod, and a template may be waiting for its own. */
function warnOfUnreadableImage({ image, error }: PlannedImage): readonly string[] {
  return error === null || image.trim() === "" ? [] : [`image ${quote(image)} cannot be pulled: ${error}`];
}

function warnOfMalformedListed({ final }: Plan, keyring: Keyring): readonly string[] {
  if (keyring.malformed.length === 0) return [];
  return [...new Set(final)]
    .filter((name) => keyring.credentials.get(name)?.status === "malformed")
    .map((name) => `listed Secret ${quote(name)} is malformed, so the kubelet cannot pull any image`);
}

/** The malformed Secret might be the one that was meant for the image. One that is listed has a warning of its own. */
function warnOfUnservedImage(plan: Plan, keyring: Keyring): readonly string[] {
  const [image] = plan.unserved;
  if (image === undefined || keyring.malformed.length === 0) return [];
  const unlisted = keyring.malformed.filter((name) => !plan.final.includes(name));
  const [malformed] = unlisted;
  if (malformed === undefined) return [];
  const others = unlisted.length > 1 ? ` (and ${unlisted.length - 1} more)` : "";
  return [`no credential for ${quote(image.image)}; Secret ${quote(malformed)} is malformed${others}`];
}

/** An entry with neither user name nor password was hardly meant so. */
function warnOfVoidEntry({ image, lookup: { matches, fallback } }: PlannedImage): readonly string[] {
  const entry = [...matches, ...fallback].find(({ isVoid }) => isVoid);
  return entry === undefined
    ? []
    : [`no credential for ${quote(image)}; the entry of Secret ${quote(entry.credential.name)} is empty`];
}

/** An addition with a better key, or one for docker.io where Docker Hub's stood in, comes before a credential that served. */
function warnOfOtherTrial(plan: Plan): readonly string[] {
  // Where nothing served before, nothing is tried before it now.
  if (plan.added.length === 0 || plan.effective.length === 0) return [];
  const before = positionsOf(plan.effective);
  const after = positionsOf(plan.final);
  return plan.images.flatMap(({ lookup }) => {
    const served = triedEntries(lookup, before)[0]?.credential.name;
    const first = triedEntries(lookup, after)[0]?.credential.name;
    return served === undefined || first === undefined || first === served
      ? []
      : [`Secret ${quote(first)} was added and is now tried before or instead of ${quote(served)}`];
  });
}

/** Credentials that would serve and are not added. */
function warnOfLeftOut({ leftOut }: Plan): readonly string[] {
  const conflicts = leftOut.conflicts.map(
    ({ name, listed }) => `Secret ${quote(name)} was left out: with it the kubelet would not use ${quote(listed)}`,
  );
  return leftOut.tooMany === 0
    ? conflicts
    : [
        ...conflicts,
        `${MAX_ADDED + leftOut.tooMany} credentials serve; ${MAX_ADDED} of them were added, the most an object gets`,
      ];
}

function quote(text: string): string {
  return quoteText(text, QUOTE_LENGTH);
}
