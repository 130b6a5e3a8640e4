/** A small seeded generator of random numbers. The same seed and stream give the same numbers on every machine. */

/** A stream of random choices. */
export interface Random {
  /** An integer from 0 to `limit - 1`. */
  below(limit: number): number;
  /** True with this probability (0 to 1). */
  chance(probability: number): boolean;
  /** One of `items`, which must not be empty. */
  pick<T>(items: readonly T[]): T;
}

/**
 * Gives the stream number `stream` of `seed` (both whole numbers below 2^53), independent of all its other streams.
 * @see the sfc32 generator of PractRand (public domain)
 */
export function randomStream(seed: number, stream: number): Random {
  let a = mix(seed >>> 0, 0x9e3779b9);
  let b = mix(Math.floor(seed / 2 ** 32), a);
  let c = mix(stream >>> 0, b);
  let counter = mix(Math.floor(stream / 2 ** 32), c) | 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round += 1) next();
  const below = (limit: number): number => Math.floor((next() / 2 ** 32) * limit);
  return {
    below,
    chance: (probability) => next() < probability * 2 ** 32,
    pick: <T>(items: readonly T[]): T => items[below(items.length)] as T,
  };
}

/** The finaliser of MurmurHash3, so that neighbouring numbers start far apart. */
function mix(value: number, salt: number): number {
  let hash = (value ^ salt) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) | 0;
}
