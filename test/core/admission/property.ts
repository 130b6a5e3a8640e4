/** Runs a property with a seed of its own; a failure tells the seed and the smallest example that fails. */
import fc from "fast-check";

/** Checks `property` on `runs` examples. @throws Error with seed, path and counterexample when one fails */
export function checkProperty<Example extends [unknown, ...unknown[]]>(
  property: fc.IProperty<Example>,
  runs = 300,
): void {
  const seed = Number(process.env.PULLRING_TEST_SEED ?? Date.now() % 2 ** 31);
  fc.assert(property, { seed, numRuns: runs });
}
