import { checkRecord } from '../attest/check-record.ts';
import type { PublicKey } from '../attest/public-keys.ts';
import type { ReadRecord } from '../attest/read-records.ts';
import type { EvidenceException } from './evidence-report.ts';

/** Storage and machines may differ by this much without anybody noticing. */
const CLOCK_AHEAD_MS = 5 * 60_000;

/** What is odd about records themselves: some that cannot be read, and clocks that were ahead of the storage's. */
export function aboutRecords(source: string, records: readonly ReadRecord[]): EvidenceException[] {
  return records.flatMap(({ file, problem }) => {
    const at = (file.at < file.storedAt ? file.at : file.storedAt).toISOString();
    const aheadMs = file.at.getTime() - file.storedAt.getTime();
    return [
      ...(problem === undefined
        ? []
        : [{ kind: 'unreadable' as const, source, at, what: `The record ${file.key} ${problem}.` }]),
      ...(aheadMs <= CLOCK_AHEAD_MS
        ? []
        : [
            {
              kind: 'clock' as const,
              source,
              at,
              what: `The record ${file.key} says ${file.at.toISOString()}, and the storage took it at ${file.storedAt.toISOString()}: the clock of the machine that wrote it was ahead.`,
            },
          ]),
    ];
  });
}

/** Records that were signed, and changed afterwards. Those that cannot be read are told by {@link aboutRecords}. */
export function alteredRecords(
  source: string,
  records: readonly ReadRecord[],
  keys: readonly PublicKey[],
): EvidenceException[] {
  return records.flatMap((record) => {
    if (record.problem !== undefined) return [];
    const { verdict, problems } = checkRecord(record, keys);
    const at = record.file.at.toISOString();
    return verdict === 'altered'
      ? problems.map((one) => ({
          ...{ kind: 'altered' as const, source, at },
          what: `The record ${record.file.key} ${one}.`,
        }))
      : [];
  });
}
