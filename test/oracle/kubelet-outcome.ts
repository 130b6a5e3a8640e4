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

/**
 * The question for a case. Lists, in order: the list of the case; for a workload also the list without pullring, all candidates
 * together, the list in the end, that list without each added name, and each candidate alone.
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
    ...final.slice(effective.length).map((name) => final.filter((other) => other !== name)),
    ...candidates.map((name) => [name]),
  ];
  return { secrets: asked, lists, images };
}

/** The outcome of a case by the kubelet's answer to {@link toQuestion}. */
export function kubeletOutcome(example: OracleCase, final: readonly string[], answer: KubeletAnswer): Outcome {
  const [listed] = answer.lists;
  if (listed === undefined) throw new Error("the oracle answered no list");
  return {
    secrets: answer.secrets,
    error: listed.error,
    repositories: answer.repositories,
    tried: listed.tried.map(distinct),
    decision: example.workload === null ? null : judge(example, example.workload, { final, answer }),
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
  return byPerson ? [] : given.filter((name) => !listed.includes(name));
}

/** Names that may be added as far as metadata tells, sorted by bytes; the oracle tells which of them parse. */
function candidatesOf({ secrets }: OracleCase, { serviceAccount }: OracleWorkload): readonly string[] {
  return secrets
    .filter(({ ineligible, name }) => {
      const isMountable =
        serviceAccount?.enforcesMountableSecrets !== true || serviceAccount.imagePullSecrets.includes(name);
      return ineligible === null && isMountable;
    })
    .map(({ name }) => name)
    .sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
}

function judge(
  example: OracleCase,
  workload: OracleWorkload,
  { final, answer }: { readonly final: readonly string[]; readonly answer: KubeletAnswer },
): DecisionOutcome {
  const [, effective, together, inTheEnd, ...others] = answer.lists;
  if (effective === undefined || together === undefined || inTheEnd === undefined) {
    throw new Error("the oracle answered too few lists");
  }
  const given = completion(example.listed, workload);
  const additions = final.length - example.listed.length - given.length;
  const added = distinct(together.tried.filter((_, image) => effective.tried[image]?.length === 0).flat());
  const fromServiceAccount = added.length > 0 || example.listed.length > 0 ? given : [];
  return {
    injects: fromServiceAccount.length + added.length > 0,
    fromServiceAccount,
    added,
    credentials: inTheEnd.tried.map((names) => (inTheEnd.error ? [] : distinct(names))),
    brokenLaws: brokenLaws({
      effective,
      inTheEnd,
      without: others.slice(0, additions),
      alone: others.slice(additions),
    }),
  };
}

/** The laws, each on the kubelet's answers alone. */
function brokenLaws(lists: {
  readonly effective: KubeletListAnswer;
  readonly inTheEnd: KubeletListAnswer;
  readonly without: readonly KubeletListAnswer[];
  readonly alone: readonly KubeletListAnswer[];
}): readonly string[] {
  const { effective, inTheEnd, without, alone } = lists;
  const broken: string[] = [];
  if (inTheEnd.tried.some((names, image) => names.length === 0 && alone.some((one) => serves(one, image)))) {
    broken.push("an image that a usable credential covers is left without any");
  }
  const changes = (one: KubeletListAnswer): boolean =>
    inTheEnd.tried.some((names, image) => !serves(effective, image) && String(names) !== String(one.tried[image]));
  if (!without.every(changes)) broken.push("an added name changes nothing for any image that was unserved");
  if (inTheEnd.error && !effective.error) broken.push("an added name makes the kubelet's keyring an error");
  return broken;
}

function serves(list: KubeletListAnswer, image: number): boolean {
  return (list.tried[image]?.length ?? 0) > 0;
}
