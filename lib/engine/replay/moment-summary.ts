import { nameOfBackup } from '../archive/listing.ts';
import { formatLsn } from '../pgoutput/lsn.ts';
import type { PlannedMoment, ShownTransaction } from './plan/moment.ts';
import { describe } from './plan/plan-moment.ts';

/** A moment as plans and reports tell of it, in JSON as well. */
export interface MomentSummary {
  /** What was asked for. */
  readonly asked: string;
  /** Exact: transactions whose commit record begins here or later are not part of it. */
  readonly lsn: string;
  readonly source: string;
  readonly epoch: number;
  /** `class/source/id` of the backup onto which changes are replayed. */
  readonly base: string;
  readonly lastTransaction: ShownTransaction | null;
  readonly nextTransaction: ShownTransaction | null;
  readonly transactions: number;
  readonly storedBytes: number;
  readonly rawBytes: number;
  /** What the base has and the changes do not cover: it is as the base shows it. */
  readonly notCovered: readonly string[];
  readonly notes: readonly string[];
}

export function momentSummary(moment: PlannedMoment): MomentSummary {
  const { target, until, source, log, base, last, next, changes, notes } = moment;
  return {
    asked: describe(target),
    lsn: formatLsn(until),
    source,
    epoch: log.epoch.record.epoch,
    base: nameOfBackup(base.place),
    lastTransaction: last ?? null,
    nextTransaction: next ?? null,
    ...changes,
    notCovered: notCoveredBy(moment),
    notes,
  };
}

/** Tables of the base that no change covers, and what else stays as the base shows it. */
export function notCoveredBy({ log, base }: PlannedMoment): string[] {
  const covered = new Set(log.epoch.record.tables.map(({ schema, name }) => `${schema}.${name}`));
  const tables = base.manifest.tables.map(({ schema, name }) => `${schema}.${name}`);
  return [
    ...tables.filter((name) => !covered.has(name)),
    ...(base.manifest.largeObjects.count > 0 ? ['large objects'] : []),
  ];
}
