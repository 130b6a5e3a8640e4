/** Makes a case that differs as small as it can be while it differs in the same aspect. */
import type { OracleCase, OracleSecret, OracleWorkload } from "./oracle-case.ts";

/** Most cases tried for one difference; it bounds the time, not the outcome of the comparison. */
const MAX_TRIALS = 60_000;
const BATCH = 128;
/** Texts longer than this are not tried in every detail. */
const MAX_FINE_LENGTH = 1_500;
/** Characters before a place that have to repeat for the place to be inside of a repetition. */
const REPETITION_LENGTH = 32;

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
    for (const batch of inBatches(smallerCases(smallest))) {
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

/** Cases that are simpler in one place, the boldest first. */
function* smallerCases(example: OracleCase): Generator<OracleCase> {
  const { secrets, listed, images, workload } = example;
  if (workload !== null) {
    yield { ...example, workload: null };
    for (const smaller of smallerWorkloads(workload)) yield { ...example, workload: smaller };
  }
  for (const fewer of withoutOne(secrets)) yield { ...example, secrets: fewer };
  if (images.length > 1) for (const fewer of withoutOne(images)) yield { ...example, images: fewer };
  for (const fewer of withoutOne(listed)) yield { ...example, listed: fewer };
  for (const [position, image] of images.entries()) {
    for (const text of smallerTexts(image)) yield { ...example, images: images.with(position, text) };
  }
  for (const [position, secret] of secrets.entries()) {
    for (const smaller of smallerSecrets(secret)) {
      yield { ...example, secrets: secrets.with(position, smaller) };
    }
  }
}

function* smallerWorkloads(workload: OracleWorkload): Generator<OracleWorkload> {
  const { kind, serviceAccount, injectedBefore } = workload;
  if (kind !== "Pod") yield { ...workload, kind: "Pod" };
  if (serviceAccount !== null) {
    yield { ...workload, serviceAccount: null };
    if (serviceAccount.enforcesMountableSecrets) {
      yield { ...workload, serviceAccount: { ...serviceAccount, enforcesMountableSecrets: false } };
    }
    for (const imagePullSecrets of withoutOne(serviceAccount.imagePullSecrets)) {
      yield { ...workload, serviceAccount: { ...serviceAccount, imagePullSecrets } };
    }
  }
  for (const fewer of withoutOne(injectedBefore)) yield { ...workload, injectedBefore: fewer };
}

function* smallerSecrets(secret: OracleSecret): Generator<OracleSecret> {
  if (secret.aloof !== null) yield { ...secret, aloof: null };
  for (const [key, bytes] of Object.entries(secret.data)) {
    const others = Object.fromEntries(Object.entries(secret.data).filter(([other]) => other !== key));
    yield { ...secret, data: others };
    for (const text of smallerTexts(bytes)) yield { ...secret, data: { ...secret.data, [key]: text } };
  }
}

/** The text without one stretch, longest first; then with one letter or digit made plain. */
function* smallerTexts(text: string): Generator<string> {
  const isLong = text.length > MAX_FINE_LENGTH;
  for (let length = text.length; length >= 1; length = Math.floor(length / 2)) {
    const step = isLong && length > REPETITION_LENGTH ? length : 1;
    for (let at = 0; at + length <= text.length; at += step) {
      // Taking an element out of a deep nesting is as good in one place as in the next.
      if (!isLong || step > 1 || !isRepetition(text, at)) yield text.slice(0, at) + text.slice(at + length);
    }
  }
  if (text.length <= MAX_FINE_LENGTH) {
    // Pairs that only go together, such as quotes and brackets, with what stands between them left in place.
    for (let at = 0; at < text.length; at += 1) {
      for (let end = at + 1; end < Math.min(text.length, at + 24); end += 1) {
        yield text.slice(0, at) + text.slice(at + 1, end) + text.slice(end + 1);
      }
    }
    for (const [at, character] of [...text].entries()) {
      if (/^[b-zB-Z1-9]$/.test(character) && text.charAt(at) === character) {
        yield `${text.slice(0, at)}${plainOf(character)}${text.slice(at + 1)}`;
      }
    }
  }
}

function isRepetition(text: string, at: number): boolean {
  const before = text.slice(at - REPETITION_LENGTH, at);
  return (
    at > 2 * REPETITION_LENGTH &&
    text.slice(at - 2 * REPETITION_LENGTH, at + REPETITION_LENGTH).split(before).length > 2
  );
}

function plainOf(character: string): string {
  return character < "A" ? "0" : character < "a" ? "A" : "a";
}

function* withoutOne<T>(items: readonly T[]): Generator<readonly T[]> {
  for (const position of items.keys()) yield items.toSpliced(position, 1);
}
