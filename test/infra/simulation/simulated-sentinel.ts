import type { SeededRandom } from '../../support/seeded-random.ts';
import { type Metrics, PERIOD_MS } from './metrics.ts';
import type { FunctionIds } from './simulated-source.ts';
import { seriesName } from './template-alarms.ts';

/** A source, or its replica: what the sentinel publishes of it. */
export interface Watched {
  publish(atMs: number): void;
}

/** What becomes of the sentinel's run at a moment. */
export type Watching = (atMs: number) => 'looks' | 'fails' | 'is not started';

/** Scheduler's precision is a minute (EventBridge Scheduler User Guide, "Schedule types"). */
const PRECISION_MS = 59_000;
/** Lambda's metrics are some time on their way. */
const COUNTED_AFTER_MS = 2 * 60_000;

/** The sentinel: it runs at once when it is deployed, then every five minutes, each time within the minute. */
export class SimulatedSentinel {
  readonly #sources: readonly Watched[];
  readonly #watching: Watching;
  readonly #random: SeededRandom;
  readonly #count: Readonly<Record<'Invocations' | 'Throttles' | 'Errors', ReturnType<Metrics['publisher']>>>;
  #uncounted: Array<{ readonly atMs: number; readonly hasFailed: boolean }> = [];
  #dueMs: number;
  /** When it runs next. */
  nextMs: number;

  constructor(
    sources: readonly Watched[],
    ids: FunctionIds,
    watching: Watching,
    random: SeededRandom,
    times: { readonly deployedAtMs: number; readonly metrics: Metrics },
  ) {
    this.#sources = sources;
    this.#watching = watching;
    this.#random = random;
    const lambda = (metric: string) =>
      times.metrics.publisher(seriesName('AWS/Lambda', metric, ids.function), 'Sum');
    this.#count = {
      Invocations: lambda('Invocations'),
      Throttles: lambda('Throttles'),
      Errors: lambda('Errors'),
    };
    this.#dueMs = times.deployedAtMs;
    this.nextMs = this.#dueMs + random.below(PRECISION_MS);
  }

  run(): void {
    const atMs = this.nextMs;
    const outcome = this.#watching(atMs);
    if (outcome !== 'is not started') this.#uncounted.push({ atMs, hasFailed: outcome === 'fails' });
    if (outcome === 'looks') for (const source of this.#sources) source.publish(atMs);
    this.#dueMs += PERIOD_MS;
    this.nextMs = this.#dueMs + this.#random.below(PRECISION_MS);
  }

  /** Lets CloudWatch see the runs that it would have been told of by now. */
  count(nowMs: number): void {
    for (let [run] = this.#uncounted; run && run.atMs + COUNTED_AFTER_MS <= nowMs; [run] = this.#uncounted) {
      this.#uncounted.shift();
      this.#count.Invocations(run.atMs, 1);
      this.#count.Throttles(run.atMs, 0);
      this.#count.Errors(run.atMs, run.hasFailed ? 1 : 0);
    }
  }
}
