import { Counter, Gauge, Histogram, Registry } from 'prom-client';

type Labels = Readonly<Record<string, string>>;

/** One reading of a metric that is counted elsewhere. */
export interface Reading {
  readonly value: number;
  readonly labels?: Labels;
}

interface Described {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

/**
 * The metrics of one agent, in a registry of their own. Hot paths count in plain numbers and are
 * read at scrape time through {@link Metrics.counted} and {@link Metrics.gauged}.
 */
export class Metrics {
  readonly #registry = new Registry();

  /** A counter whose value is read when asked for. */
  counted(described: Described, read: () => readonly Reading[]): void {
    new Counter({
      ...this.#registered(described),
      collect() {
        this.reset();
        for (const reading of read()) this.inc({ ...reading.labels }, reading.value);
      },
    });
  }

  /** A gauge whose value is read when asked for. */
  gauged(described: Described, read: () => readonly Reading[]): void {
    new Gauge({
      ...this.#registered(described),
      collect() {
        this.reset();
        for (const reading of read()) this.set({ ...reading.labels }, reading.value);
      },
    });
  }

  /** A histogram of durations in seconds; the returned function observes one. */
  histogram<L extends string>({
    buckets,
    ...described
  }: Described & { readonly labels: readonly L[]; readonly buckets: readonly number[] }): (
    seconds: number,
    labels: Readonly<Record<L, string>>,
  ) => void {
    const histogram = new Histogram({ ...this.#registered(described), buckets: [...buckets] });
    return (seconds, values) => histogram.observe({ ...values }, seconds);
  }

  /** Every metric in the Prometheus text format. */
  render(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Content type of {@link render}. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Names, types and help of every metric, by name. */
  describe(): readonly { readonly name: string; readonly help: string; readonly type: string }[] {
    return this.#registry
      .getMetricsAsArray()
      .map(({ name, help, type }) => ({ name, help, type: String(type) }))
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  #registered({ name, help, labels = [] }: Described) {
    return { name, help, labelNames: [...labels], registers: [this.#registry] };
  }
}
