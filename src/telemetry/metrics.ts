/** Metrics in the Prometheus text format, by hand: counters, one shape of histogram, gauges by callback. Label values come from closed sets. */

/** Names and values of the labels of one series, in the order in which they are shown. */
export type Labels = Readonly<Record<string, string>>;

/** One series that a gauge reads at the moment it is shown. */
export interface GaugeReading {
  readonly labels?: Labels;
  readonly value: number;
}

/** Something that shows itself as lines of the exposition. */
interface Metric {
  render(): readonly string[];
}

/** Content type of the exposition. @see https://prometheus.io/docs/instrumenting/exposition_formats */
export const METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** A counter with one value for each set of labels; the callers keep the sets closed. */
export class Counter implements Metric {
  readonly #name: string;
  readonly #help: string;
  readonly #labelNames: readonly string[];
  readonly #series = new Map<string, { readonly labels: string; value: number }>();

  /** @param labelNames names of the labels, in the order in which `increment` is told their values */
  constructor(name: string, help: string, labelNames: readonly string[]) {
    this.#name = name;
    this.#help = help;
    this.#labelNames = labelNames;
  }

  /** Adds one. */
  increment(...labelValues: readonly string[]): void {
    const key = labelValues.join("\n");
    const known = this.#series.get(key);
    if (known === undefined) {
      const names = this.#labelNames.map((name, position) => [name, labelValues[position] ?? ""] as const);
      this.#series.set(key, { labels: renderLabels(Object.fromEntries(names)), value: 1 });
    } else {
      known.value += 1;
    }
  }

  render(): readonly string[] {
    const lines = [...this.#series.values()].map(({ labels, value }) => `${this.#name}${labels} ${value}`);
    return [...header(this.#name, this.#help, "counter"), ...lines.sort()];
  }
}

/** A histogram without labels, with fixed buckets. */
export class Histogram implements Metric {
  readonly #name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];
  /** How many values each bucket holds, not cumulated; the last one is open. */
  readonly #counts: number[];
  #sum = 0;

  /** @param bounds upper bounds of the buckets, ascending */
  constructor(name: string, help: string, bounds: readonly number[]) {
    this.#name = name;
    this.#help = help;
    this.#bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  /** Counts one value. */
  observe(value: number): void {
    const found = this.#bounds.findIndex((bound) => value <= bound);
    const bucket = found < 0 ? this.#bounds.length : found;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
  }

  render(): readonly string[] {
    let total = 0;
    const buckets = [...this.#bounds.map(String), "+Inf"].map((bound, index) => {
      total += this.#counts[index] ?? 0;
      return `${this.#name}_bucket{le="${bound}"} ${total}`;
    });
    const name = this.#name;
    return [
      ...header(name, this.#help, "histogram"),
      ...buckets,
      `${name}_sum ${this.#sum}`,
      `${name}_count ${total}`,
    ];
  }
}

/** A gauge that asks for its values when it is shown; one that has none to give is left out. */
export class Gauge implements Metric {
  readonly #name: string;
  readonly #help: string;
  readonly #read: () => readonly GaugeReading[];

  constructor(name: string, help: string, read: () => readonly GaugeReading[]) {
    this.#name = name;
    this.#help = help;
    this.#read = read;
  }

  render(): readonly string[] {
    const readings = this.#read();
    const lines = readings.map(({ labels, value }) => `${this.#name}${renderLabels(labels ?? {})} ${value}`);
    return lines.length === 0 ? [] : [...header(this.#name, this.#help, "gauge"), ...lines];
  }
}

/** Shows metrics one after the other. */
export function renderMetrics(metrics: readonly Metric[]): string {
  return `${metrics.flatMap((metric) => metric.render()).join("\n")}\n`;
}

function header(name: string, help: string, type: string): readonly string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function renderLabels(labels: Labels): string {
  const names = Object.keys(labels);
  return names.length === 0
    ? ""
    : `{${names.map((name) => `${name}="${escapeLabel(labels[name] ?? "")}"`).join(",")}}`;
}

function escapeLabel(value: string): string {
  return /["\\\n]/.test(value)
    ? value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")
    : value;
}
