import { METRIC_NAMESPACE, METRICS, type MetricDefinition } from '../../../lib/contract/metric-names.ts';
import { ageSeconds } from '../../../lib/engine/watch/age.ts';
import { consecutiveDrillFailures, type DrillPeriod } from '../../../lib/engine/watch/drill-failures.ts';
import { type Metrics, PERIOD_MS } from './metrics.ts';
import { slotsOf } from './slots.ts';
import { seriesName } from './template-alarms.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A source as bin/environments.ts describes it, its defaults filled in. */
export interface SourcePlan {
  readonly name: string;
  readonly schedule: string;
  readonly drillSchedule: string;
  readonly timeZone: string;
  readonly drill: 'function' | 'elsewhere' | 'off';
  readonly drillAfterBackup: boolean;
}

/** Where its functions publish: logical ids of the template. */
export interface FunctionIds {
  readonly function: string;
  readonly deadLetters: string;
}

export type Outcome = 'succeeds' | 'fails' | 'never begins';

/** What becomes of a run whose slot is `atMs`. */
export interface Fate {
  readonly backup: (atMs: number) => Outcome;
  readonly drill: (atMs: number) => Outcome;
}

/** How long things take: each answers with a part of the most that it is given. */
export interface Delays {
  of(mostMs: number): number;
}

/** Something that happens, for everybody to see from `atMs` on. */
export interface Happening {
  readonly atMs: number;
  readonly happen: () => void;
}

interface Times {
  readonly deployedAtMs: number;
  readonly endMs: number;
}

/** As long as lib/infra/functions/time-limits.ts allows, and not a minute longer. */
const MOST_MS = {
  handover: 15 * MINUTE_MS - 1000,
  backupWait: 30 * MINUTE_MS - 1000,
  drillWait: 60 * MINUTE_MS - 1000,
  run: 15 * MINUTE_MS - 1000,
  elsewhere: 24 * HOUR_MS - 1000,
};
/** How long SQS goes on reporting on a queue that nobody touches. */
const REPORTED_PERIODS = (6 * HOUR_MS) / PERIOD_MS;

type Publish = (atMs: number, value: number) => void;

interface Seal {
  readonly sealedAtMs: number;
}

/** Runs the backups and drills of one source, and answers the sentinel that looks at it. */
export class SimulatedSource {
  /** Slots of backups and of drills that were not as they should be. */
  readonly missed: { readonly backups: number[]; readonly drills: number[] } = { backups: [], drills: [] };
  readonly happenings: Happening[] = [];
  readonly #plan: SourcePlan;
  readonly #metrics: Metrics;
  readonly #ages: Readonly<Record<'backup' | 'proven' | 'recovery' | 'disk' | 'failures', Publish>>;
  readonly #times: Times;
  readonly #letters = new Map<string, number>();
  #newestSealMs: number | undefined;
  #newestProven: { sealedAtMs: number; provenAtMs: number } | undefined;
  #drills: Array<{ startsAt: Date; started: number; succeeded: number; failed: number }> = [];

  constructor(
    plan: SourcePlan,
    ids: { readonly backup: FunctionIds; readonly drill: FunctionIds | undefined },
    fate: Fate,
    delays: Delays,
    surroundings: Times & { readonly metrics: Metrics; readonly environment: string },
  ) {
    this.#plan = plan;
    this.#metrics = surroundings.metrics;
    const ours = ({ name }: MetricDefinition) =>
      this.#metrics.publisher(
        seriesName(METRIC_NAMESPACE, name, surroundings.environment, plan.name),
        'Maximum',
      );
    this.#ages = {
      backup: ours(METRICS.backupAge),
      proven: ours(METRICS.provenAge),
      recovery: ours(METRICS.recoveryTime),
      disk: ours(METRICS.drillDisk),
      failures: ours(METRICS.consecutiveDrillFailures),
    };
    this.#times = surroundings;
    const seals = this.#runBackups(ids.backup, fate, delays);
    if (plan.drill === 'function' && ids.drill) this.#runDrills(ids.drill, seals, fate, delays);
    if (plan.drill === 'elsewhere') this.#drillElsewhere(seals, fate, delays);
  }

  /** What the sentinel publishes of it: lib/engine/watch/look-at-source.ts and lambda/sentinel/source-watch.ts. */
  publish(atMs: number): void {
    const now = new Date(atMs);
    const deployedAt = new Date(this.#times.deployedAtMs);
    const moment = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms));
    this.#ages.backup(atMs, ageSeconds(now, moment(this.#newestSealMs), deployedAt));
    const proven = this.#newestProven;
    this.#ages.proven(atMs, ageSeconds(now, moment(proven?.sealedAtMs), deployedAt));
    if (proven) this.#ages.recovery(atMs, 60);
    if (this.#newestSealMs !== undefined) this.#ages.disk(atMs, 1e9);
    if (this.#plan.drill !== 'function') return;
    const failures = this.#drills.length === 0 ? 0 : this.#failures(now, moment(proven?.provenAtMs));
    this.#ages.failures(atMs, failures);
  }

  #failures(now: Date, provenAt: Date | undefined): number {
    return consecutiveDrillFailures(this.#drills satisfies DrillPeriod[], now, provenAt);
  }

  #runBackups(ids: FunctionIds, fate: Fate, delays: Delays): Seal[] {
    const seals: Seal[] = [];
    for (const slotMs of this.#slots(this.#plan.schedule)) {
      const outcome = fate.backup(slotMs);
      if (outcome !== 'succeeds') this.missed.backups.push(slotMs);
      if (outcome === 'never begins') continue;
      const beginsMs = slotMs + delays.of(MOST_MS.handover) + delays.of(MOST_MS.backupWait);
      const endsMs = beginsMs + delays.of(MOST_MS.run);
      this.#endRun(ids, beginsMs, endsMs, outcome);
      if (outcome === 'fails') continue;
      seals.push({ sealedAtMs: endsMs });
      this.#at(endsMs, () => {
        this.#newestSealMs = Math.max(this.#newestSealMs ?? 0, endsMs);
      });
    }
    return seals.sort((a, b) => a.sealedAtMs - b.sealedAtMs);
  }

  #runDrills(ids: FunctionIds, seals: readonly Seal[], fate: Fate, delays: Delays): void {
    const asked = [
      ...this.#slots(this.#plan.drillSchedule).map((slotMs) => ({ slotMs, seal: undefined })),
      ...(this.#plan.drillAfterBackup ? seals.map((seal) => ({ slotMs: seal.sealedAtMs, seal })) : []),
    ];
    for (const { slotMs, seal } of asked.sort((a, b) => a.slotMs - b.slotMs)) {
      const outcome = fate.drill(slotMs);
      if (outcome !== 'succeeds') this.missed.drills.push(slotMs);
      if (outcome === 'never begins') continue;
      const beginsMs = slotMs + delays.of(MOST_MS.handover) + delays.of(MOST_MS.drillWait);
      const drilled = seal ?? seals.findLast(({ sealedAtMs }) => sealedAtMs <= beginsMs);
      // There is nothing to drill yet: an answer, and no drill (lambda/restore-drill.ts).
      if (!drilled) continue;
      const endsMs = beginsMs + delays.of(MOST_MS.run);
      this.#at(beginsMs, () => this.#count(beginsMs, 'started'));
      this.#endRun(ids, beginsMs, endsMs, outcome);
      this.#at(endsMs, () => {
        this.#count(endsMs, outcome === 'fails' ? 'failed' : 'succeeded');
        if (outcome === 'succeeds') this.#prove(drilled, endsMs);
      });
    }
  }

  /** A machine that has all the time it is given, and tells nobody but the vault. */
  #drillElsewhere(seals: readonly Seal[], fate: Fate, delays: Delays): void {
    for (const slotMs of this.#slots(this.#plan.drillSchedule)) {
      const drilled = seals.findLast(({ sealedAtMs }) => sealedAtMs <= slotMs);
      const outcome = fate.drill(slotMs);
      if (outcome !== 'succeeds') this.missed.drills.push(slotMs);
      if (!drilled || outcome !== 'succeeds') continue;
      const endsMs = slotMs + delays.of(MOST_MS.elsewhere);
      this.#at(endsMs, () => this.#prove(drilled, endsMs));
    }
  }

  /** The newest backup that is proven counts, not the newest proof. */
  #prove({ sealedAtMs }: Seal, provenAtMs: number): void {
    if (sealedAtMs < (this.#newestProven?.sealedAtMs ?? 0)) return;
    this.#newestProven = {
      sealedAtMs,
      provenAtMs: this.#newestProven?.sealedAtMs === sealedAtMs ? this.#newestProven.provenAtMs : provenAtMs,
    };
  }

  #count(atMs: number, what: 'started' | 'succeeded' | 'failed'): void {
    const startsMs = Math.floor(atMs / PERIOD_MS) * PERIOD_MS;
    const last = this.#drills.at(-1);
    const period =
      last?.startsAt.getTime() === startsMs
        ? last
        : { startsAt: new Date(startsMs), started: 0, succeeded: 0, failed: 0 };
    period[what] += 1;
    // What came before a success counts no more.
    if (what === 'succeeded') this.#drills = [period];
    else if (period !== last) this.#drills.push(period);
  }

  /** Lambda dates all of a run by its beginning and publishes it at its end. A failed run is a dead letter. */
  #endRun(ids: FunctionIds, beginsMs: number, endsMs: number, outcome: Outcome): void {
    this.#at(endsMs, () => {
      const lambda = (metric: string, value: number) =>
        this.#metrics.publisher(seriesName('AWS/Lambda', metric, ids.function), 'Sum')(beginsMs, value);
      lambda('Invocations', 1);
      lambda('Throttles', 0);
      lambda('Errors', outcome === 'fails' ? 1 : 0);
      if (outcome !== 'fails') return;
      const letters = (this.#letters.get(ids.deadLetters) ?? 0) + 1;
      this.#letters.set(ids.deadLetters, letters);
      const series = seriesName('AWS/SQS', 'ApproximateNumberOfMessagesVisible', ids.deadLetters);
      const report = this.#metrics.publisher(series, 'Maximum');
      for (let period = 0; period < REPORTED_PERIODS; period += 1) {
        report(endsMs + period * PERIOD_MS, letters);
      }
    });
  }

  #slots(expression: string): number[] {
    return slotsOf(expression, this.#plan.timeZone, this.#times);
  }

  #at(atMs: number, happen: () => void): void {
    this.happenings.push({ atMs, happen });
  }
}
