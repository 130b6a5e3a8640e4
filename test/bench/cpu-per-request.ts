/** Measures the CPU time that a target spends on a request: alternating rounds, so that noise falls on all targets alike. */
import type { Body } from "./bodies.ts";
import type { LoadProcess } from "./load-process.ts";
import type { Target } from "./target.ts";

/** How much is measured. */
export interface Effort {
  readonly rounds: number;
  readonly requests: number;
}

/** CPU microseconds per request, one figure for each round, by target name. */
export type CpuFigures = ReadonlyMap<string, readonly number[]>;

/** One target with the body that it gets. */
export interface Contestant {
  readonly target: Target;
  readonly body: Body;
}

/**
 * Measures contestants side by side; a first round that warms them up does not count.
 * @param ca PEM of the CA of the targets' certificate
 * @throws when a request fails
 */
export async function measureCpu(
  contestants: readonly Contestant[],
  { load, ca, effort }: { readonly load: LoadProcess; readonly ca: string; readonly effort: Effort },
): Promise<CpuFigures> {
  const figures = new Map<string, number[]>(contestants.map(({ target }) => [target.name, []]));
  for (let round = 0; round <= effort.rounds; round += 1) {
    for (const { target, body } of contestants) {
      const before = target.cpuMicroseconds();
      const burst = { port: target.port, ca, body: body.text, count: effort.requests, concurrency: 8 };
      const { failures } = await load.run(burst);
      if (failures > 0) {
        throw new Error(`${target.name} failed ${failures} of ${effort.requests} requests`);
      }
      if (round > 0) {
        figures.get(target.name)?.push((target.cpuMicroseconds() - before) / effort.requests);
      }
    }
  }
  return figures;
}
