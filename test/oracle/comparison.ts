/** Runs cases by the core and by the kubelet and tells where the outcomes differ. */
import { isDeepStrictEqual } from "node:util";
import { type CoreResult, runCore } from "./core-outcome.ts";
import { finalList, kubeletOutcome, toQuestion } from "./kubelet-outcome.ts";
import type { KubeletProcess } from "./kubelet-process.ts";
import type { OracleCase, Outcome } from "./oracle-case.ts";

/** A case with both outcomes. */
export interface Compared {
  readonly example: OracleCase;
  readonly kubelet: Outcome;
  /** The core's outcome, or what it threw. */
  readonly core: Outcome | Error;
  /** The first part that differs: `thrown`, `secrets`, `error`, `repositories`, `tried` or `decision.` with its member; or null. */
  readonly aspect: string | null;
}

/** Compares many cases; the results stand in the order of the cases. */
export async function compareCases(
  oracle: KubeletProcess,
  examples: readonly OracleCase[],
): Promise<readonly Compared[]> {
  const results = examples.map(runGuarded);
  const kubelets = await askKubelet(
    oracle,
    examples,
    results.map(({ final }) => final),
  );
  return kubelets.map((kubelet, position) => {
    const example = examples[position] as OracleCase;
    const { outcome: core } = results[position] as { readonly outcome: Outcome | Error };
    return { example, kubelet, core, aspect: firstDifference(core, kubelet) };
  });
}

/** The kubelet's outcome of a case had its decision been right, for a table to demand. */
export async function demandedOutcome(oracle: KubeletProcess, { example, kubelet }: Compared): Promise<Outcome> {
  const [outcome] = await askKubelet(oracle, [example], [finalList(example, kubelet)]);
  return outcome ?? kubelet;
}

async function askKubelet(
  oracle: KubeletProcess,
  examples: readonly OracleCase[],
  finals: readonly (readonly string[])[],
): Promise<readonly Outcome[]> {
  const finalOf = (position: number): readonly string[] => finals[position] ?? [];
  const answers = await oracle.ask(examples.map((example, position) => toQuestion(example, finalOf(position))));
  return answers.map((answer, position) => kubeletOutcome(examples[position] as OracleCase, answer));
}

/** An exception is an answer too: a wrong one, whatever the kubelet says. */
function runGuarded(example: OracleCase): CoreResult | { readonly outcome: Error; readonly final: readonly string[] } {
  try {
    return runCore(example);
  } catch (error) {
    return { outcome: error instanceof Error ? error : new Error(String(error)), final: example.listed };
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
