/**
 * `npm run test:oracle`: compares src/core with the kubelet's own code on generated cases. Ends with status 1 and a minimal case
 * for each difference; 2 when the comparison cannot be made.
 */
import { parseArgs } from "node:util";
import { type Compared, compareCases, type Difference, demandedOutcome } from "./comparison.ts";
import { KubeletProcess } from "./kubelet-process.ts";
import { makeCase } from "./make-case.ts";
import type { OracleCase } from "./oracle-case.ts";
import { findOracleProgram } from "./oracle-program.ts";
import { shrinkCase } from "./shrink-case.ts";
import { toLiteral, toTableRow } from "./table-row.ts";
import { Tally } from "./tally.ts";

const USAGE = `Usage: npm run test:oracle -- [--cases N] [--seed N] [--from N]
  --cases  how many cases (100000)
  --seed   whole number that makes the cases (a fresh one, which is printed)
  --from   number of the first case (0); with --cases 1 it repeats one case of a seed`;

/** Cases asked for at once, and such batches under way: enough that neither process waits for the other. */
const BATCH = 200;
const BATCHES_UNDER_WAY = 4;
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
  const program = findOracleProgram(say);
  say(`seed ${run.seed}, ${run.cases} cases, kubelet ${program.kubernetesVersion} with ${program.goVersion}`);
  const oracle = new KubeletProcess(program.path);
  const failed = await compareAll(oracle, run);
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
    seed:
      values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : wholeNumber("--seed", values.seed),
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

interface Batch {
  readonly first: number;
  readonly examples: readonly OracleCase[];
  readonly compared: Promise<readonly Compared[]>;
}

/** Compares all cases of `run`, says what differs, and gives the number of cases that do. */
async function compareAll(oracle: KubeletProcess, run: Run): Promise<number> {
  const started = Date.now();
  const tally = new Tally();
  const underWay: Batch[] = [];
  let passed = 0;
  let failed = 0;
  let told = started;
  let next = run.from;
  const end = run.from + run.cases;
  while (next < end || underWay.length > 0) {
    while (next < end && underWay.length < BATCHES_UNDER_WAY) {
      const batch = startBatch(oracle, run.seed, { first: next, count: Math.min(BATCH, end - next) });
      underWay.push(batch);
      next += batch.examples.length;
    }
    const batch = underWay.shift();
    for (const [position, { kubelet, difference }] of ((await batch?.compared) ?? []).entries()) {
      const example = batch?.examples[position];
      if (example !== undefined) tally.add(example, kubelet);
      if (difference === null) {
        passed += 1;
      } else {
        failed += 1;
        if (failed <= MAX_SHRUNK) await report(oracle, difference, (batch?.first ?? 0) + position);
      }
    }
    if (Date.now() - told > PROGRESS_MS) {
      told = Date.now();
      say(`${passed + failed} cases, ${failed} failed, ${rate(passed + failed, started)} cases/s`);
    }
  }
  say(tally.toString());
  say(`seed ${run.seed}, ${rate(passed + failed, started)} cases/s`);
  say(`${passed} passed, ${failed} failed`);
  return failed;
}

function startBatch(
  oracle: KubeletProcess,
  seed: number,
  { first, count }: { readonly first: number; readonly count: number },
): Batch {
  const examples = Array.from({ length: count }, (_, position) => makeCase(seed, first + position));
  return { first, examples, compared: compareCases(oracle, examples) };
}

function rate(cases: number, startedMs: number): number {
  return Math.round((cases * 1_000) / Math.max(1, Date.now() - startedMs));
}

/** Shrinks a difference and prints it. */
async function report(oracle: KubeletProcess, difference: Difference, number: number): Promise<void> {
  const smallest = await shrinkCase(difference.example, async (examples) => {
    const compared = await compareCases(oracle, examples);
    return compared.findIndex((one) => one.difference?.aspect === difference.aspect);
  });
  const [again] = await compareCases(oracle, [smallest]);
  const shrunk = again?.difference ?? difference;
  say(
    `\nDifference in ${shrunk.aspect} (case ${number}). A row for test/core/kubelet/oracle-findings.test.ts:`,
  );
  say(toTableRow(shrunk, await demandedOutcome(oracle, shrunk)));
  say(`The core: ${shrunk.core instanceof Error ? shrunk.core.stack : toLiteral(shrunk.core)}\n`);
}
