/** Five minutes: the rhythm of the sentinel, and the period of every alarm. */
export const PERIOD_MS = 300_000;

/** Series of data points by period, from a first one on. */
export class Metrics {
  readonly #startMs: number;
  readonly #periods: number;
  readonly #series = new Map<string, Float64Array>();

  /** `startMs` is where a period begins. */
  constructor(startMs: number, periods: number) {
    if (startMs % PERIOD_MS !== 0) throw new Error('periods begin where the clock does');
    this.#startMs = startMs;
    this.#periods = periods;
  }

  series(name: string): Float64Array {
    const known = this.#series.get(name) ?? new Float64Array(this.#periods).fill(Number.NaN);
    this.#series.set(name, known);
    return known;
  }

  /** Puts values into one series; CloudWatch sums up, or takes the largest of, what falls into one period. */
  publisher(name: string, statistic: 'Sum' | 'Maximum'): (atMs: number, value: number) => void {
    const series = this.series(name);
    return (atMs, value) => {
      const index = Math.floor((atMs - this.#startMs) / PERIOD_MS);
      if (index < 0 || index >= this.#periods) return;
      const before = series[index] ?? Number.NaN;
      if (Number.isNaN(before)) series[index] = value;
      else series[index] = statistic === 'Sum' ? before + value : Math.max(before, value);
    };
  }
}
