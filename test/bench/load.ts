/** The load: a process of its own that sends reviews over TLS with keep-alive, as told by its parent, and tells what it saw. */
import { COUNTER } from "./bodies.ts";
import { type Connections, openConnections, requestBytes } from "./connections.ts";

/** One burst of requests. */
export interface Burst {
  readonly port: number;
  /** PEM of the CA that signed the target's certificate. */
  readonly ca: string;
  /** Where COUNTER stands in it, each request has its number, so that the target gets other values each time. */
  readonly body: string;
  readonly count: number;
  readonly concurrency: number;
  /** Requests per second that start whatever the answers do (open loop); undefined to send the next when one is answered. */
  readonly rate?: number | undefined;
}

/** What a burst saw; times in milliseconds. */
export interface BurstResult {
  readonly seconds: number;
  readonly failures: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

const TIMER_STEP_MS = 1;

/** They stay open from burst to burst. */
const connectionsByPort = new Map<number, Connections>();

async function run(burst: Burst): Promise<BurstResult> {
  const latencies: number[] = [];
  const counts = { started: 0, failed: 0 };
  const requests = requestsOf(burst);
  const connections = connectionsTo(burst);
  const sendNext = async (plannedAt: number): Promise<void> => {
    const bytes = requests[counts.started % requests.length] as Buffer;
    counts.started += 1;
    const ok = await connections.send(bytes);
    // Waiting for a late start counts too, so that a stalled target cannot hide behind the load it held up.
    latencies.push(performance.now() - plannedAt);
    counts.failed += ok ? 0 : 1;
  };
  const { rate } = burst;
  const begin = performance.now();
  if (rate === undefined) {
    const worker = async (): Promise<void> => {
      while (counts.started < burst.count) {
        await sendNext(performance.now());
      }
    };
    await Promise.all(Array.from({ length: burst.concurrency }, worker));
  } else {
    await openLoop(burst.count, rate, sendNext);
  }
  const sorted = Float64Array.from(latencies).sort();
  const quantile = (q: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
  const seconds = (performance.now() - begin) / 1000;
  return { seconds, failures: counts.failed, p50: quantile(0.5), p99: quantile(0.99), p999: quantile(0.999) };
}

/** Made before the first is sent, as making them takes as long as sending them. */
function requestsOf({ body, count }: Burst): readonly Buffer[] {
  return body.includes(COUNTER)
    ? Array.from({ length: count }, (_, index) => requestBytes(body.replaceAll(COUNTER, String(index))))
    : [requestBytes(body)];
}

async function openLoop(
  count: number,
  rate: number,
  sendNext: (plannedAt: number) => Promise<void>,
): Promise<void> {
  const begin = performance.now();
  const pending: Promise<void>[] = [];
  while (pending.length < count) {
    const due = Math.min(count, Math.floor(((performance.now() - begin) / 1000) * rate) + 1);
    while (pending.length < due) {
      pending.push(sendNext(begin + (pending.length / rate) * 1000));
    }
    await until(begin + (pending.length / rate) * 1000);
  }
  await Promise.all(pending);
}

/** A timer alone would start a millisecond's requests together, and be late. */
async function until(time: number): Promise<void> {
  const left = time - performance.now();
  await new Promise((resolve) =>
    left > 2 * TIMER_STEP_MS ? setTimeout(resolve, left - TIMER_STEP_MS) : setImmediate(resolve),
  );
}

function connectionsTo({ port, ca, concurrency }: Burst): Connections {
  const known = connectionsByPort.get(port) ?? openConnections({ port, ca }, Math.max(concurrency, 16));
  connectionsByPort.set(port, known);
  return known;
}

process.on("message", (burst: Burst) => {
  run(burst).then((result) => process.send?.(result));
});
