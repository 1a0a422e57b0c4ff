import { checkRecord } from '../attest/check-record.ts';
import type { PublicKey } from '../attest/public-keys.ts';
import { listRecords, readRecords } from '../attest/read-records.ts';
import type { GetOptions, ObjectStore } from '../storage/object-store.ts';
import type { EvidenceException, Period, RestoreDone } from './evidence-report.ts';
import { filesOfPeriod, isIn } from './in-period.ts';
import { aboutRecords, alteredRecords } from './record-exceptions.ts';

export interface FoundRestores {
  /** The oldest first. */
  readonly restores: readonly RestoreDone[];
  readonly exceptions: readonly EvidenceException[];
}

/** The restores of a source's backups that were recorded. A person who may only read the vault leaves no record. */
export async function restoresDone(
  store: ObjectStore,
  source: string,
  { period, keys }: { readonly period: Period; readonly keys: readonly PublicKey[] },
  options: GetOptions,
): Promise<FoundRestores> {
  const files = filesOfPeriod(await listRecords(store, 'restores', source, options), period);
  const records = await readRecords(store, 'restores', files, options);
  const restores = records.flatMap((record): RestoreDone[] => {
    if (!record.statement || !isIn(period, record.statement.predicate.finishedAt)) return [];
    const { backup, by, from, target, scope, outcome, ...rest } = record.statement.predicate;
    const { code = null, startedAt, finishedAt, recoveryTimeMs = null, rows = null } = rest;
    return [
      {
        name: backup.name,
        ...{ by, from, target, scope, outcome, code, startedAt, finishedAt, recoveryTimeMs, rows },
        signature: checkRecord(record, keys).verdict,
      },
    ];
  });
  const inPeriod = records.filter(({ file }) => isIn(period, file.at));
  return {
    restores,
    exceptions: [...aboutRecords(source, inPeriod), ...alteredRecords(source, inPeriod, keys)],
  };
}
