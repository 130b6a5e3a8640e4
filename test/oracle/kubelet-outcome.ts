/** The side of the kubelet: what to ask the oracle about a case, and the outcome that its answers demand. It asks the core nothing. */
import type { KubeletAnswer, KubeletListAnswer, KubeletQuestion } from "./kubelet-process.ts";
import {
  type DecisionOutcome,
  distinct,
  encodeData,
  type OracleCase,
  type OracleWorkload,
  type Outcome,
} from "./oracle-case.ts";

/** Most names that are added to one object. */
const MAX_ADDED = 16;

/**
 * The question for a case. Lists, in order: the list of the case; for a workload also the list without pullring, all candidates
 * together, the list in the end, the list without pullring and each candidate, the same and each two of them, and the list in the
 * end without each addition.
 * @param final the list that the decision under test ends in
 */
export function toQuestion(example: OracleCase, final: readonly string[]): KubeletQuestion {
  const { secrets, listed, images, workload } = example;
  const asked = secrets.map(({ name, type, data }) => ({ name, type, data: encodeData(data) }));
  if (workload === null) return { secrets: asked, lists: [listed], images };
  const effective = effectiveList(listed, workload);
  const candidates = candidatesOf(example, workload);
  const lists = [
    listed,
    effective,
    candidates,
    final,
    ...candidates.map((name) => [...effective, name]),
    ...pairsOf(candidates).map((pair) => [...effective, ...pair]),
    ...final.slice(effective.length).map((name) => final.filter((other) => other !== name)),
  ];
  return { secrets: asked, lists, images };
}

/** The outcome of a case by the kubelet's answer to {@link toQuestion}. */
export function kubeletOutcome(example: OracleCase, answer: KubeletAnswer): Outcome {
  const [listed] = answer.lists;
  if (listed === undefined) throw new Error("the oracle answered no list");
  return {
    secrets: answer.secrets,
    error: listed.error,
    repositories: answer.repositories,
    tried: listed.tried.map(distinct),
    decision: example.workload === null ? null : judge(example, example.workload, answer),
  };
}

/** The list that a case ought to end in, by the kubelet's outcome. */
export function finalList({ listed, workload }: OracleCase, { decision }: Outcome): readonly string[] {
  return workload === null ? listed : [...effectiveList(listed, workload), ...(decision?.added ?? [])];
}

/** The names of a Pod without pullring: those listed; the ServiceAccount's too where nobody but pullring filled the list. */
function effectiveList(listed: readonly string[], workload: OracleWorkload): readonly string[] {
  return [...listed, ...completion(listed, workload)];
}

function completion(listed: readonly string[], workload: OracleWorkload): readonly string[] {
  const byPerson = listed.some((name) => !workload.injectedBefore.includes(name));
  const given = workload.serviceAccount?.imagePullSecrets ?? [];
  return byPerson || (isLeftAlone(workload) && listed.length > 0) ? [] : given.filter((name) => !listed.includes(name));
}

/** A template whose ServiceAccount does not exist, or allows no pull secrets but its own; its Pods are handled. */
function isLeftAlone({ kind, serviceAccount }: OracleWorkload): boolean {
  return kind !== "Pod" && serviceAccount?.enforcesMountableSecrets !== false;
}

/** Names that may be added as far as metadata tells, sorted by bytes; the oracle tells which of them parse and serve. */
function candidatesOf({ secrets }: OracleCase, workload: OracleWorkload): readonly string[] {
  if (isLeftAlone(workload)) return [];
  const { serviceAccount } = workload;
  const mountable = serviceAccount?.enforcesMountableSecrets === true ? serviceAccount.imagePullSecrets : undefined;
  return secrets
    .filter(({ ineligible, name }) => ineligible === null && mountable?.includes(name) !== false)
    .map(({ name }) => name)
    .sort(compareNames);
}

function judge(example: OracleCase, workload: OracleWorkload, answer: KubeletAnswer): DecisionOutcome {
  const [, effective, together, inTheEnd, ...others] = answer.lists;
  if (effective === undefined || together === undefined || inTheEnd === undefined) {
    throw new Error("the oracle answered too few lists");
  }
  const candidates = candidatesOf(example, workload);
  const withOne = new Map(candidates.map((name, at) => [name, others[at] as KubeletListAnswer]));
  const pairs = pairsOf(candidates);
  const withTwo = new Map(pairs.map((pair, at) => [pair.join(), others[candidates.length + at] as KubeletListAnswer]));
  const { needed, leftOut } = findNeeded({ candidates, effective, together, withOne, withTwo });
  const added = needed.slice(0, MAX_ADDED);
  const harmless = candidates.filter((name) => !leftOut.has(name) && !isHarmful(effective, withOne.get(name)));
  const given = completion(example.listed, workload);
  const fromServiceAccount = added.length > 0 || example.listed.length > 0 ? given : [];
  const broken = brokenLaws({
    effective,
    inTheEnd,
    without: others.slice(candidates.length + pairs.length),
    withHarmless: added.length === MAX_ADDED ? [] : harmless.map((name) => withOne.get(name) as KubeletListAnswer),
  });
  return {
    injects: fromServiceAccount.length + added.length > 0,
    fromServiceAccount,
    added,
    credentials: inTheEnd.tried.map((names) => (inTheEnd.error ? [] : distinct(names))),
    brokenLaws: broken,
  };
}

/** What is needed, in order, and the candidates that would put a needed one out of use. */
function findNeeded(lists: {
  readonly candidates: readonly string[];
  readonly effective: KubeletListAnswer;
  readonly together: KubeletListAnswer;
  readonly withOne: ReadonlyMap<string, KubeletListAnswer>;
  readonly withTwo: ReadonlyMap<string, KubeletListAnswer>;
}): { readonly needed: readonly string[]; readonly leftOut: ReadonlySet<string> } {
  const { candidates, effective, together, withOne, withTwo } = lists;
  const needed = new Set<string>();
  const leftOut = new Set<string>();
  const uses: { readonly image: number; readonly name: string }[] = [];
  /** Whether the kubelet tries `name` for the image with the other in the list as well. */
  const isTried = (name: string, image: number, other: string): boolean =>
    name === other || withTwo.get([name, other].sort(compareNames).join())?.tried[image]?.includes(name) === true;
  for (const [image, names] of together.tried.entries()) {
    const helps = (name: string): boolean => !effective.served[image] && withOne.get(name)?.served[image] === true;
    const tried = distinct(names.filter(helps));
    // Where none of those tried helps they are void, and only Docker Hub's own key is left to help.
    for (const name of tried.length > 0 ? tried : candidates.filter(helps)) {
      if (isHarmful(effective, withOne.get(name)) || ![...needed].every((other) => isTried(name, image, other)))
        continue;
      if (uses.every((use) => isTried(use.name, use.image, name))) {
        needed.add(name);
        uses.push({ image, name });
      } else leftOut.add(name);
    }
  }
  return { needed: [...needed], leftOut };
}

/** All pairs of the names, which are sorted. */
function pairsOf(names: readonly string[]): readonly (readonly [string, string])[] {
  return names.flatMap((first, at) => names.slice(at + 1).map((second) => [first, second] as const));
}

function compareNames(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

/** With it the kubelet no longer tries what serves an image now: Docker Hub's own key stands in only where none matches. */
function isHarmful(effective: KubeletListAnswer, withOne: KubeletListAnswer | undefined): boolean {
  return effective.tried.some(
    (names, image) => effective.served[image] && !names.every((name) => withOne?.tried[image]?.includes(name)),
  );
}

/** The laws, each on the kubelet's answers alone. */
function brokenLaws(lists: {
  readonly effective: KubeletListAnswer;
  readonly inTheEnd: KubeletListAnswer;
  readonly without: readonly KubeletListAnswer[];
  readonly withHarmless: readonly KubeletListAnswer[];
}): readonly string[] {
  const { effective, inTheEnd, without, withHarmless } = lists;
  const broken: string[] = [];
  if (inTheEnd.tried.some((names, image) => names.length === 0 && withHarmless.some(({ served }) => served[image]))) {
    broken.push("an image that a usable credential serves is left without any");
  }
  if (effective.served.some((served, image) => served && !inTheEnd.served[image])) {
    broken.push("an image that was served is served no more");
  }
  const changes = (one: KubeletListAnswer): boolean =>
    inTheEnd.tried.some((names, image) => !effective.served[image] && String(names) !== String(one.tried[image]));
  if (!without.every(changes)) broken.push("an added name changes nothing for any image that was unserved");
  if (inTheEnd.error && !effective.error) broken.push("an added name makes the kubelet's keyring an error");
  return broken;
}
