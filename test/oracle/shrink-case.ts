/** Makes a case that differs as small as it can be while it differs in the same aspect. */
import type { OracleCase } from "./oracle-case.ts";

/** Most cases tried for one difference; it bounds the time, not the outcome of the comparison. */
const MAX_TRIALS = 60_000;
const BATCH = 128;
/** Of longer texts, deep nestings mostly, only stretches side by side are taken out. */
const MAX_FINE_LENGTH = 1_500;

/**
 * Shrinks `example`.
 * @param findDiffering the position of the first of the cases that still differs in the same aspect; -1 when none does
 */
export async function shrinkCase(
  example: OracleCase,
  findDiffering: (cases: readonly OracleCase[]) => Promise<number>,
): Promise<OracleCase> {
  let smallest = example;
  let trials = 0;
  for (let improved = true; improved && trials < MAX_TRIALS; ) {
    improved = false;
    for (const batch of inBatches(smaller(smallest, "") as Generator<OracleCase>)) {
      trials += batch.length;
      const found = batch[await findDiffering(batch)];
      if (found !== undefined) {
        smallest = found;
        improved = true;
        break;
      }
    }
  }
  return smallest;
}

function* inBatches<T>(items: Iterable<T>): Generator<readonly T[]> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length === BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

const NULLABLE = new Set(["workload", "serviceAccount", "ineligible"]);
const NAMES = new Set(["name", "type", "kind", "listed", "imagePullSecrets", "injectedBefore"]);

/** Values that are simpler than `value` in one place, the boldest first: less of a text or a list, null, false. */
function* smaller(value: unknown, member: string): Generator<unknown> {
  if (NULLABLE.has(member) && value !== null) yield null;
  if (member === "kind" && value !== "Pod") yield "Pod";
  if (value === true) yield false;
  if (typeof value === "string" && !NAMES.has(member) && !NULLABLE.has(member)) yield* smallerTexts(value);
  if (Array.isArray(value)) {
    for (const at of value.keys()) if (member !== "images" || value.length > 1) yield value.toSpliced(at, 1);
    for (const [at, item] of value.entries()) for (const less of smaller(item, member)) yield value.with(at, less);
  } else if (typeof value === "object" && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      for (const less of smaller(inner, name)) yield { ...value, [name]: less };
    }
  }
}

/** The text without one stretch, longest first; then without two characters that only go together, such as quotes. */
function* smallerTexts(text: string): Generator<string> {
  const isLong = text.length > MAX_FINE_LENGTH;
  for (let length = text.length; length >= 1; length = Math.floor(length / 2)) {
    for (let at = 0; at + length <= text.length; at += isLong ? length : 1) {
      yield text.slice(0, at) + text.slice(at + length);
    }
  }
  for (let at = 0; !isLong && at < text.length; at += 1) {
    for (let end = at + 1; end < Math.min(text.length, at + 24); end += 1) {
      yield text.slice(0, at) + text.slice(at + 1, end) + text.slice(end + 1);
    }
  }
}
