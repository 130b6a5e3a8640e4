/**
 * `npm run test:oracle`: compares src/core with the kubelet's own code on generated cases, and label selectors with Kubernetes'. Ends with status 1 and a minimal case
 * for each difference; 2 when the comparison cannot be made.
 */
import { parseArgs } from "node:util";
import { compareSelectors } from "./compare-selectors.ts";
import { type Compared, compareCases, demandedOutcome } from "./comparison.ts";
import { KubeletProcess } from "./kubelet-process.ts";
import { makeCase } from "./make-case.ts";
import { Tally, toLiteral, toTableRow } from "./report.ts";
import { shrinkCase } from "./shrink-case.ts";

const USAGE = `Usage: npm run test:oracle -- [--cases N] [--seed N] [--from N]
  --cases  how many cases (100000)
  --seed   whole number that makes the cases (a fresh one, which is printed)
  --from   number of the first case (0); with --cases 1 it repeats one case of a seed`;

/** Cases asked for at once. The kubelet works on the next batch while the answers to one are compared. */
const BATCH = 500;
/** Differences that are shrunk and printed; more are only counted. */
const MAX_SHRUNK = 5;
const PROGRESS_MS = 30_000;

interface Run {
  readonly seed: number;
  readonly from: number;
  readonly cases: number;
}

try {
  const run = parseRun(process.argv.slice(2));
  say(`seed ${run.seed}, ${run.cases} cases`);
  const oracle = new KubeletProcess();
  const failed = (await compareAll(oracle, run)) + (await compareSelectors(run.seed, run.cases, say));
  oracle.close();
  process.exitCode = failed === 0 ? 0 : 1;
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function parseRun(args: readonly string[]): Run {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ args: [...args], options: { seed: text, cases: text, from: text } });
  return {
    seed: values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : wholeNumber("--seed", values.seed),
    cases: wholeNumber("--cases", values.cases ?? "100000"),
    from: wholeNumber("--from", values.from ?? "0"),
  };
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (text === "" || !Number.isSafeInteger(number) || number < 0) {
    throw new Error(`${name} needs a whole number, not ${toLiteral(text)}\n${USAGE}`);
  }
  return number;
}

/** Compares all cases of `run`, says what differs, and gives the number of cases that do. */
async function compareAll(oracle: KubeletProcess, { seed, from, cases }: Run): Promise<number> {
  const started = Date.now();
  const tally = new Tally();
  const end = from + cases;
  const compareBatch = (first: number): Promise<readonly Compared[]> => {
    const count = Math.max(0, Math.min(BATCH, end - first));
    return compareCases(
      oracle,
      Array.from({ length: count }, (_, position) => makeCase(seed, first + position)),
    );
  };
  let failed = 0;
  let said = started;
  let next = compareBatch(from);
  for (let first = from; first < end; first += BATCH) {
    const batch = next;
    next = compareBatch(first + BATCH);
    // Should this batch fail, nobody waits for the next one.
    next.catch(() => undefined);
    for (const [position, compared] of (await batch).entries()) {
      tally.add(compared.example, compared.kubelet);
      if (compared.aspect !== null) {
        failed += 1;
        if (failed <= MAX_SHRUNK) await report(oracle, compared, first + position);
      }
    }
    if (Date.now() - said > PROGRESS_MS) {
      said = Date.now();
      const done = first + BATCH - from;
      say(`${done} cases, ${failed} failed, ${rate(done, started)} cases/s`);
    }
  }
  say(tally.toString());
  say(`seed ${seed}, ${rate(cases, started)} cases/s`);
  say(`${cases - failed} passed, ${failed} failed`);
  return failed;
}

function rate(cases: number, startedMs: number): number {
  return Math.round((cases * 1_000) / Math.max(1, Date.now() - startedMs));
}

/** Shrinks a case that differs and prints it. */
async function report(oracle: KubeletProcess, found: Compared, number: number): Promise<void> {
  const smallest = await shrinkCase(found.example, async (examples) => {
    const compared = await compareCases(oracle, examples);
    return compared.findIndex(({ aspect }) => aspect === found.aspect);
  });
  const [shrunk = found] = await compareCases(oracle, [smallest]);
  const row = toTableRow(shrunk, await demandedOutcome(oracle, shrunk));
  const core = shrunk.core instanceof Error ? shrunk.core.stack : toLiteral(shrunk.core);
  say(`\nDifference in ${shrunk.aspect} (case ${number}). A row for test/core/kubelet/oracle-findings.test.ts:`);
  say(`${row}\nThe core: ${core}\n`);
}
