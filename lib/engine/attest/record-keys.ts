import { RETENTION_CLASSES } from '../../contract/retention-classes.ts';
import { type BackupPlace, parseManifestKey } from '../archive/keys.ts';
import { RECORD_KINDS, type RecordKind } from './statement.ts';

/** The folder of records for auditors. It lies beside the classes, so no rule expires it: records outlive the backups. */
export const EVIDENCE_FOLDER = 'evidence/';

/** Where the records of one kind about one source are, all on one level. */
export function recordFolder(kind: RecordKind, source: string): string {
  return `${EVIDENCE_FOLDER}${kind}/${source}/`;
}

/** `evidence/drills/app/20261120T040000.123Z_daily_20261120T020000Z.json`: keys sort by time, to the millisecond. */
export function recordKey(kind: RecordKind, { retentionClass, source, backupId }: BackupPlace, at: Date) {
  const time = at.toISOString().replaceAll('-', '').replaceAll(':', '');
  return `${recordFolder(kind, source)}${time}_${retentionClass}_${backupId}.json`;
}

export interface RecordPlace {
  readonly kind: RecordKind;
  readonly place: BackupPlace;
  /** By the clock of the machine that wrote it. */
  readonly at: Date;
}

const KEY = new RegExp(
  `^evidence/(${RECORD_KINDS.join('|')})/([^/]+)/(\\d{4})(\\d\\d)(\\d\\d)T(\\d\\d)(\\d\\d)(\\d\\d\\.\\d{3})Z_(${RETENTION_CLASSES.join('|')})_([^/_]+)\\.json$`,
);

/** The reverse of {@link recordKey}; undefined if the key is not that of a record. */
export function parseRecordKey(key: string): RecordPlace | undefined {
  const [, kind, source, year, month, day, hour, minute, second, retentionClass, id] = KEY.exec(key) ?? [];
  const place = parseManifestKey(`${retentionClass}/${source}/${id}/manifest.json`);
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return place && !Number.isNaN(at.getTime()) ? { kind: kind as RecordKind, place, at } : undefined;
}
