import type { BackupPlace } from '../archive/keys.ts';
import { LifeboatError } from '../ground/errors.ts';
import { formatLsn, parseLsn } from '../pgoutput/lsn.ts';
import type { PlannedMoment } from '../replay/plan/moment.ts';
import { planMoment } from '../replay/plan/plan-moment.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { BackupToRestore } from './archived/read-backup.ts';
import type { RestoreScope } from './archived/restore-scope.ts';
import { isExisting } from './load/load-existing.ts';
import type { RestorePlan } from './plan/restore-plan.ts';
import type { LedgerHead, UnfinishedRestore } from './target/ledger.ts';

interface MomentRequest extends RestoreScope {
  readonly store: ObjectStore;
  readonly place: BackupPlace;
  readonly moment?: PlannedMoment | undefined;
  readonly resume?: boolean | undefined;
}

/**
 * The moment that a restore leads to: the one that was planned, or that of the restore that it continues. Throws
 * `restore-resumes-another` if both are there and differ, and `restore-to-options` for options that cannot be used with it.
 */
export async function momentOfRestore(
  { store, place, moment, resume, ...scope }: MomentRequest,
  unfinished: UnfinishedRestore | undefined,
  signal: AbortSignal,
): Promise<PlannedMoment | undefined> {
  if (moment) refuseUnfit(scope);
  if (!resume || !unfinished) return moment;
  const begun = unfinished.moment;
  if (moment && begun?.lsn !== formatLsn(moment.until)) {
    throw refusal(
      'restore-resumes-another',
      `The unfinished restore leads to ${begun ? `LSN ${begun.lsn}` : 'the moment of its backup'}, not to LSN ${formatLsn(moment.until)}.`,
      'Leave out the moment: --resume takes it from the unfinished restore.',
    );
  }
  if (moment || !begun) return moment;
  const { source, epoch, lsn } = begun;
  const target = { kind: 'lsn', lsn: parseLsn(lsn) ?? 0n } as const;
  return await planMoment({ store, source, epoch, target, base: place, signal });
}

/** What the ledger keeps of a moment, so that the restore can go on to the same one. */
export function noteMoment(moment: PlannedMoment | undefined): Pick<LedgerHead, 'moment'> {
  if (!moment) return {};
  const { source, log, until } = moment;
  return { moment: { source, epoch: log.epoch.record.epoch, lsn: formatLsn(until) } };
}

/** The backup as it is restored to a moment: with its sequences, and without digests of what is computed from other rows. */
export function atMoment(backup: BackupToRestore, moment: PlannedMoment | undefined): BackupToRestore {
  if (!moment) return backup;
  const { materializedViews: _, ...manifest } = backup.manifest;
  return { ...backup, manifest: { ...manifest, sequences: [...moment.sequences] } };
}

/** Throws `restore-to-existing` if changes would go into tables that the target has already, with their triggers and references. */
export function refuseExisting(plan: RestorePlan): void {
  const { moment } = plan;
  if (!moment) return;
  const covered = new Set(moment.log.epoch.record.tables.map(({ schema, name }) => `${schema}.${name}`));
  const existing = plan.tables.filter(
    (table) => covered.has(`${table.schema}.${table.name}`) && isExisting(table, plan),
  );
  const [first] = existing;
  if (!first) return;
  const schemas = [...new Set(existing.map(({ schema }) => schema))];
  throw refusal(
    'restore-to-existing',
    `${first.schema}.${first.name} exists in ${plan.target.display}, and its host does not let it be made again.`,
    `Leave it out: ${schemas.map((schema) => `--exclude-schema ${schema}`).join(' ')}. Or restore the backup alone, without --to.`,
    'Changes are replayed before triggers and foreign keys exist; an existing table has them.',
  );
}

function refuseUnfit({ content, asSchema, asSuffix }: RestoreScope): void {
  const options = [
    ...(content === 'data' ? ['--data-only'] : []),
    ...(content === 'schema' ? ['--schema-only'] : []),
    ...(asSchema ? ['--as-schema'] : []),
    ...(asSuffix ? ['--as-suffix'] : []),
  ];
  const [first] = options;
  if (!first) return;
  throw refusal(
    'restore-to-options',
    `${first} cannot be used when a moment is restored.`,
    `Leave out ${options.join(', ')}. One table under another name: --table <name> --as <name>.`,
  );
}

function refusal(code: string, what: string, remedy: string, meaning?: string): LifeboatError {
  return new LifeboatError({ code, kind: 'usage', what, remedy, ...(meaning ? { meaning } : {}) });
}
