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

/** Where the process was started with `--expose-gc`, as `startLoad` does. */
function collectGarbage(): void {
  (globalThis as { gc?: (options: { type: "minor" }) => void }).gc?.({ type: "minor" });
}

/** They stay open from burst to burst. */
const connectionsByPort = new Map<number, Connections>();

async function run(burst: Burst): Promise<BurstResult> {
  const requests = requestsOf(burst);
  const connections = connectionsTo(burst);
  // What the burst before left behind would be collected amid this one, and its requests would wait for that.
  collectGarbage();
  const begin = performance.now();
  const { latencies, failures } = await new Promise<Outcome>((resolve) => {
    const sender = new Sender(requests, burst.count, connections, resolve);
    if (burst.rate === undefined) {
      sender.sendInTurns(burst.concurrency);
    } else {
      sender.sendAtRate(burst.rate);
    }
  });
  const seconds = (performance.now() - begin) / 1000;
  const sorted = latencies.sort();
  const quantile = (q: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
  return { seconds, failures, p50: quantile(0.5), p99: quantile(0.99), p999: quantile(0.999) };
}

interface Outcome {
  /** In milliseconds, one for each request. */
  readonly latencies: Float64Array;
  readonly failures: number;
}

/** Sends the requests of one burst. It keeps nothing of them but a number, so that its own garbage collector has no work. */
class Sender {
  readonly #requests: readonly Buffer[];
  readonly #connections: Connections;
  readonly #latencies: Float64Array;
  readonly #onEnd: (outcome: Outcome) => void;
  #started = 0;
  #ended = 0;
  #failures = 0;

  constructor(
    requests: readonly Buffer[],
    count: number,
    connections: Connections,
    onEnd: (outcome: Outcome) => void,
  ) {
    this.#requests = requests;
    this.#connections = connections;
    this.#latencies = new Float64Array(count);
    this.#onEnd = onEnd;
  }

  /** Closed loop: each answer starts the next request. */
  sendInTurns(concurrency: number): void {
    const sendNext = (): void => {
      if (this.#started < this.#latencies.length) {
        this.#send(performance.now(), sendNext);
      }
    };
    for (let turn = 0; turn < concurrency; turn += 1) {
      sendNext();
    }
  }

  /** Open loop: requests start at their times, `rate` in each second, whatever the answers do. */
  sendAtRate(rate: number): void {
    const begin = performance.now();
    const timeOf = (index: number): number => begin + (index / rate) * 1000;
    const sendDue = (): void => {
      const now = performance.now();
      while (this.#started < this.#latencies.length && timeOf(this.#started) <= now) {
        this.#send(timeOf(this.#started));
      }
      if (this.#started < this.#latencies.length) {
        callAt(timeOf(this.#started), sendDue);
      }
    };
    sendDue();
  }

  #send(plannedAt: number, onResponse?: () => void): void {
    const bytes = this.#requests[this.#started % this.#requests.length] as Buffer;
    this.#started += 1;
    this.#connections.send(bytes, (ok) => {
      // Waiting for a late start counts too, so that a stalled target cannot hide behind the load it held up.
      this.#latencies[this.#ended] = performance.now() - plannedAt;
      this.#failures += ok ? 0 : 1;
      this.#ended += 1;
      if (this.#ended === this.#latencies.length) {
        this.#onEnd({ latencies: this.#latencies, failures: this.#failures });
      }
      onResponse?.();
    });
  }
}

/** A timer alone would start a millisecond's requests together, and be late. */
function callAt(time: number, callback: () => void): void {
  const left = time - performance.now();
  if (left > 2 * TIMER_STEP_MS) {
    setTimeout(callback, left - TIMER_STEP_MS);
  } else {
    setImmediate(callback);
  }
}

/** Made before the first is sent, as making them takes as long as sending them. */
function requestsOf({ body, count }: Burst): readonly Buffer[] {
  return body.includes(COUNTER)
    ? Array.from({ length: count }, (_, index) => requestBytes(body.replaceAll(COUNTER, String(index))))
    : [requestBytes(body)];
}

function connectionsTo({ port, ca, concurrency }: Burst): Connections {
  const known = connectionsByPort.get(port) ?? openConnections({ port, ca }, Math.max(concurrency, 16));
  connectionsByPort.set(port, known);
  return known;
}

process.on("message", (burst: Burst) => {
  run(burst).then((result) => process.send?.(result));
});
