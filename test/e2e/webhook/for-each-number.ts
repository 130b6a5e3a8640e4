/** Does the same work many times with a few workers at once. */

/** Runs `work` for each number below `count`, at most `workers` at a time. The first error ends it. */
export async function forEachNumber(
  count: number,
  workers: number,
  work: (number: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: Math.min(workers, count) }, worker));
}
