/** Finds what a person should know of a plan: only where somebody has to act. */
import type { Keyring } from "../kubelet/keyring.ts";
import type { Finding } from "../verdicts/finding.ts";
import { isCandidateFor, type JudgedCredential } from "../verdicts/judged-credential.ts";
import { findNearMiss } from "../verdicts/near-miss.ts";
import type { Warning } from "../verdicts/warning.ts";
import { readWrittenKey } from "../verdicts/written-key.ts";
import { MAX_ADDED, type Plan } from "./plan.ts";
import { narrow, type PlannedImage, positionsOf, triedEntries } from "./trial.ts";

/** Gives the warnings of a plan; images and names that repeat are told once. */
export function warningsOf(plan: Plan, keyring: Keyring<JudgedCredential>): readonly Warning[] {
  const warnings = [
    ...plan.images.flatMap(warnOfUnreadableImage),
    ...warnOfMalformedListed(plan, keyring),
    ...warnOfUnservedImages(plan, keyring),
    ...warnOfOtherTrial(plan),
    ...warnOfLeftOut(plan),
  ];
  return warnings.length < 2
    ? warnings
    : [...new Map(warnings.map((warning) => [JSON.stringify(warning), warning])).values()];
}

/** An image of blanks is left to the API server: it refuses one in a Pod, and a template may be waiting for its own. */
function warnOfUnreadableImage({ image, error }: PlannedImage): readonly Warning[] {
  return error === null || image.trim() === "" ? [] : [{ code: "unreadable-image", image, error }];
}

function warnOfMalformedListed({ final }: Plan, keyring: Keyring): readonly Warning[] {
  if (keyring.unindexed.length === 0) return [];
  return [...new Set(final)]
    .filter((name) => keyring.credentials.get(name)?.status === "malformed")
    .map((secret) => ({ code: "malformed-listed", secret }));
}

/** A Secret that is not right with the reason why it may have been meant for an image. */
interface Suspect {
  readonly secret: string;
  readonly finding: Finding;
}

/**
 * Tells of images that a Secret was meant for, by its registry key. Where there are none, it tells of Secrets whose registries
 * nobody can tell: one of them may be why.
 */
function warnOfUnservedImages({ unserved, final }: Plan, keyring: Keyring<JudgedCredential>): readonly Warning[] {
  const [first] = unserved;
  if (first === undefined) return [];
  const ignored = findIgnored(keyring);
  const warnings = unserved.flatMap((image) =>
    warnOf(image, [...findVoid(image, keyring), ...(ignored.get(registryOf(image)) ?? [])]),
  );
  if (warnings.length > 0) return warnings;
  const nearMiss = warnOfNearMiss({ unserved, final }, keyring);
  return nearMiss.length > 0 ? nearMiss : warnOf(first, findUnclear(final, keyring));
}

/**
 * Tells of the first image whose registry has a port of its own. Public images come from registries without one, and nobody is
 * told of them at every deployment; `explain` tells of all. A key for another path may be right as it is.
 */
function warnOfNearMiss(
  { unserved, final }: Pick<Plan, "unserved" | "final">,
  keyring: Keyring<JudgedCredential>,
): readonly Warning[] {
  const image = unserved.find(({ repository }) => /^[^/]*:\d+\//.test(String(repository)));
  const nearMiss = image && findNearMiss(keyring, image, isCandidateFor(new Set(final), keyring));
  return image === undefined || nearMiss === undefined || nearMiss.code === "path" || nearMiss.code === "letters"
    ? []
    : [{ code: "near-miss", image: image.image, nearMiss }];
}

function warnOf({ image }: PlannedImage, suspects: readonly Suspect[]): readonly Warning[] {
  const [suspect] = suspects;
  return suspect === undefined ? [] : [{ code: "unserved-image", image, ...suspect, others: suspects.length - 1 }];
}

/** Images that Docker publishes for everybody. */
const OFFICIAL = /^docker\.io\/library\//;

/** Secrets whose entry for the image holds neither user name nor password. */
function findVoid({ repository, lookup }: PlannedImage, keyring: Keyring<JudgedCredential>): readonly Suspect[] {
  if (OFFICIAL.test(String(repository))) return [];
  return narrow(lookup, ({ isVoid }) => isVoid).map(({ credential: { name } }) => {
    const { findings } = keyring.credentials.get(name) as JudgedCredential;
    const ofEntry = findings.find(({ code }) => code === "void-entry" || code === "token-not-read");
    // Of a Secret that is still encrypted nothing is said about its entries.
    return { secret: name, finding: ofEntry ?? (findings[0] as Finding) };
  });
}

/** Host and port of an image. */
function registryOf({ repository }: PlannedImage): string {
  return String(repository).split("/", 1).join();
}

/** Most Secrets of which it is asked what they may have been meant for. */
const MAX_ASKED = 1_000;

/** Secrets whose keys the kubelet ignores, as none is a URL, by the registries that they were meant for. */
function findIgnored({ unindexed, credentials }: Keyring<JudgedCredential>): ReadonlyMap<string, readonly Suspect[]> {
  const suspects = new Map<string, Suspect[]>();
  for (const secret of unindexed.slice(0, MAX_ASKED)) {
    for (const finding of (credentials.get(secret) as JudgedCredential).findings) {
      if (finding.code !== "key-not-a-url") continue;
      const { host, port } = readWrittenKey(finding.registry);
      const registry = host === "index.docker.io" ? "docker.io" : host + port;
      suspects.set(registry, [...(suspects.get(registry) ?? []), { secret, finding }]);
    }
  }
  return suspects;
}

/** What hides the registries of a Secret that has keys. */
const HIDES_REGISTRIES: ReadonlySet<string> = new Set(["auths-unexpected", "template"]);

/**
 * Secrets whose registries nobody can tell. One that is listed and malformed has a warning of its own, and one without any entry
 * may be empty on purpose.
 */
function findUnclear(final: readonly string[], { credentials }: Keyring<JudgedCredential>): readonly Suspect[] {
  const suspects: Suspect[] = [];
  for (const { name: secret, status, reason, findings } of credentials.values()) {
    const [finding] = findings;
    if (finding === undefined || finding.code === "no-entries" || finding.code.startsWith("key-")) continue;
    const isUnindexed = status === "malformed" || status === "empty";
    const isUnclear = isUnindexed || (finding === reason && HIDES_REGISTRIES.has(finding.code));
    const isReported = status === "malformed" && final.includes(secret);
    if (isUnclear && !isReported) suspects.push({ secret, finding });
  }
  return suspects;
}

/** An addition with a better key, or one for docker.io where Docker Hub's stood in, comes before a credential that served. */
function warnOfOtherTrial(plan: Plan): readonly Warning[] {
  // Where nothing served before, nothing is tried before it now.
  if (plan.added.length === 0 || plan.effective.length === 0) return [];
  const before = positionsOf(plan.effective);
  const after = positionsOf(plan.final);
  return plan.images.flatMap(({ lookup }) => {
    const served = triedEntries(lookup, before)[0]?.credential.name;
    const secret = triedEntries(lookup, after)[0]?.credential.name;
    return served === undefined || secret === undefined || secret === served
      ? []
      : [{ code: "tried-before", secret, served }];
  });
}

/** Credentials that would serve and are not added. */
function warnOfLeftOut({ leftOut: { conflicts, tooMany } }: Plan): readonly Warning[] {
  const warnings: Warning[] = conflicts.map(({ name, ...others }) => ({ code: "conflict", secret: name, ...others }));
  if (tooMany > 0) warnings.push({ code: "too-many", serving: MAX_ADDED + tooMany, added: MAX_ADDED });
  return warnings;
}
