/** Runs cases by the core and by the kubelet and tells where the outcomes differ. */
import { isDeepStrictEqual } from "node:util";
import { type CoreResult, runCore } from "./core-outcome.ts";
import { finalList, kubeletOutcome, toQuestion } from "./kubelet-outcome.ts";
import type { KubeletProcess } from "./kubelet-process.ts";
import type { OracleCase, Outcome } from "./oracle-case.ts";

/** A case whose outcomes differ. */
export interface Difference {
  readonly example: OracleCase;
  /** The first part that differs: `thrown`, `secrets`, `error`, `repositories`, `tried` or `decision.` with its member. */
  readonly aspect: string;
  readonly kubelet: Outcome;
  /** The core's outcome, or what it threw. */
  readonly core: Outcome | Error;
}

/** A case with both outcomes. */
export interface Compared {
  readonly kubelet: Outcome;
  readonly difference: Difference | null;
}

/** Compares many cases; the results stand in the order of the cases. */
export async function compareCases(
  oracle: KubeletProcess,
  examples: readonly OracleCase[],
): Promise<readonly Compared[]> {
  const results = examples.map((example) => {
    const core = runGuarded(example);
    return { example, core, final: core instanceof Error ? example.listed : core.final };
  });
  const answers = await oracle.ask(results.map(({ example, final }) => toQuestion(example, final)));
  return results.map(({ example, core, final }, position) => {
    const answer = answers[position];
    if (answer === undefined) throw new Error("the oracle left a case unanswered");
    const kubelet = kubeletOutcome(example, final, answer);
    const outcome = core instanceof Error ? core : core.outcome;
    const aspect = firstDifference(outcome, kubelet);
    return { kubelet, difference: aspect === null ? null : { example, aspect, kubelet, core: outcome } };
  });
}

/** The kubelet's outcome of a case had its decision been right, for a table to demand. */
export async function demandedOutcome(
  oracle: KubeletProcess,
  { example, kubelet }: Difference,
): Promise<Outcome> {
  const final = finalList(example, kubelet);
  const [answer] = await oracle.ask([toQuestion(example, final)]);
  if (answer === undefined) throw new Error("the oracle left a case unanswered");
  return kubeletOutcome(example, final, answer);
}

/** An exception is an answer too: a wrong one, whatever the kubelet says. */
function runGuarded(example: OracleCase): CoreResult | Error {
  try {
    return runCore(example);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function firstDifference(core: Outcome | Error, kubelet: Outcome): string | null {
  if (core instanceof Error) return "thrown";
  for (const part of ["secrets", "error", "repositories", "tried"] as const) {
    if (!isDeepStrictEqual(core[part], kubelet[part])) return part;
  }
  for (const part of ["added", "fromServiceAccount", "injects", "credentials", "brokenLaws"] as const) {
    if (!isDeepStrictEqual(core.decision?.[part], kubelet.decision?.[part])) return `decision.${part}`;
  }
  return null;
}
