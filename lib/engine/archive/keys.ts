import { randomBytes } from 'node:crypto';
import { RETENTION_CLASSES, type RetentionClass } from '../../contract/retention-classes.ts';
import { SAFETY_SUFFIX, SOURCE_NAME } from '../../contract/source-names.ts';
import { LifeboatError } from '../ground/errors.ts';

/** The place of a backup in the vault: `<class>/<source>/<id>/`. */
export interface BackupPlace {
  readonly retentionClass: RetentionClass;
  /** The source's name: lower-case letters, digits, `.`, `_`, `-`. */
  readonly source: string;
  /** `20261120T020000Z` for a scheduled slot. A backup made by hand also has `-` and six characters. */
  readonly backupId: string;
}

const BACKUP_ID = /^\d{8}T\d{6}Z(-[a-z0-9]{6})?$/;

export function isRetentionClass(text: string): text is RetentionClass {
  return (RETENTION_CLASSES as readonly string[]).includes(text);
}

export function isBackupId(text: string): boolean {
  return BACKUP_ID.test(text);
}

/** Throws `source-name-invalid` unless `name` can be a part of a key unchanged. */
export function checkSourceName(name: string): string {
  if (SOURCE_NAME.test(name)) return name;
  throw new LifeboatError({
    code: 'source-name-invalid',
    kind: 'usage',
    what: `${JSON.stringify(name)} cannot be a source's name.`,
    meaning: 'The name becomes part of every key in the vault.',
    remedy:
      'Use 1 to 63 lower-case letters, digits, dots, underscores and hyphens, starting with a letter or digit.',
  });
}

/**
 * As {@link checkSourceName}, of a source to back up. Throws `source-name-reserved` for a name that says "made by a restore":
 * neither `latest` nor a status, a drill or a report would ever look at it.
 */
export function checkNameToBackUp(name: string): string {
  if (!isSafetySource(checkSourceName(name))) return name;
  throw new LifeboatError({
    code: 'source-name-reserved',
    kind: 'usage',
    what: `${JSON.stringify(name)} cannot be the name of a source to back up.`,
    meaning: `Names that end in ${SAFETY_SUFFIX} are those of copies that a restore makes before it overwrites a database, and nothing watches those.`,
    remedy: 'Name the source otherwise: --name.',
  });
}

/** The source's name of a backup that is made of a database before a restore into it. */
export function safetySource(database: string): string {
  const readable = database
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 63 - SAFETY_SUFFIX.length);
  return `${readable === '' ? 'database' : readable}${SAFETY_SUFFIX}`;
}

/** Whether {@link safetySource} made this name. Such backups are never the latest backup of a source. */
export function isSafetySource(source: string): boolean {
  return source.endsWith(SAFETY_SUFFIX);
}

/**
 * The id for a scheduled slot. Every delivery of the same slot gets the same id, so only one can seal a
 * backup.
 */
export function scheduledBackupId(slot: Date): string {
  return `${slot.toISOString().slice(0, 19).replaceAll('-', '').replaceAll(':', '')}Z`;
}

/**
 * How far in the future a slot may be: clocks differ, and a scheduler may be early. A later slot comes from a
 * wrong clock.
 */
const SLOT_AHEAD_MS = 5 * 60_000;

/**
 * Throws `slot-in-future`. A backup is named after its slot, so one named after a future time would count as
 * the newest until then.
 */
export function checkSlot(slot: Date, now: Date): Date {
  if (slot.getTime() <= now.getTime() + SLOT_AHEAD_MS) return slot;
  throw new LifeboatError({
    code: 'slot-in-future',
    kind: 'usage',
    what: `The slot ${slot.toISOString()} is in the future; this machine's time is ${now.toISOString()}.`,
    meaning: 'Until then, a backup with that name would count as newer than every other backup.',
    remedy: "Give the planned time of the run, in UTC. If this machine's clock is behind, set it.",
  });
}

/** The time in an id: when the run began, or was planned to begin. */
export function timeOfId(backupId: string): Date {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec(backupId) ?? [];
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** The id of a backup that a person asked for: the time and six random characters. */
export function manualBackupId(now: Date): string {
  return `${scheduledBackupId(now)}-${randomCharacters(6)}`;
}

/** Eight random characters: the folder of one attempt, so that two attempts never share a key. */
export function newAttempt(): string {
  return randomCharacters(8);
}

export function backupPrefix(place: BackupPlace): string {
  return `${place.retentionClass}/${place.source}/${place.backupId}/`;
}

export function manifestKey(place: BackupPlace): string {
  return `${backupPrefix(place)}manifest.json`;
}

export function proofKey(place: BackupPlace): string {
  return `${backupPrefix(place)}proof.json`;
}

const ROWS_COPY = 'rows.json';

/** The safety copy of rows that a restore changed: its folder has this in place of a manifest. */
export function rowsCopyKey(place: BackupPlace): string {
  return `${backupPrefix(place)}${ROWS_COPY}`;
}

export function isRowsCopyKey(key: string): boolean {
  return key.endsWith(`/${ROWS_COPY}`);
}

export function attemptPrefix(place: BackupPlace, attempt: string): string {
  return `${backupPrefix(place)}${attempt}/`;
}

/** The folder of records about legal holds. It lies beside the classes, so no rule expires it. */
export const HOLDS_FOLDER = 'holds/';

/** Where the records about the legal holds of one backup are. */
export function holdsPrefix(place: BackupPlace): string {
  return `${HOLDS_FOLDER}${backupPrefix(place)}`;
}

/** Where the list of erasures of one source is. It lies beside the classes, so no rule expires it. */
export function erasuresFolder(source: string): string {
  return `erasures/${source}/`;
}

/** A key for one more entry of the list of erasures. Keys sort by time, to the millisecond. */
export function erasureKey(source: string, at: Date): string {
  return `${erasuresFolder(source)}${keyTime(at)}-${randomCharacters(6)}.json`;
}

/** The folder of summaries of scrubs of the whole vault. It lies beside the classes, so no rule expires it. */
export const SCRUBS_FOLDER = 'scrubs/';

/**
 * Where the records of scrubs about the backups of one source and class are, all on one level: beside the folders of the
 * backups, because a sealed backup never changes. The class's rules expire them, as they do backups.
 */
export function scrubFolder({ retentionClass, source }: Omit<BackupPlace, 'backupId'>): string {
  return `${retentionClass}/${source}/scrubs/`;
}

/** The record of one scrub about one backup. The keys of one backup sort by the scrubs' starts. */
export function scrubRecordKey(place: BackupPlace, startedAt: Date): string {
  return `${scrubFolder(place)}${place.backupId}_${keyTime(startedAt)}.json`;
}

/** The summary of a scrub of the whole vault, which is written last. */
export function scrubSummaryKey(startedAt: Date): string {
  return `${SCRUBS_FOLDER}${keyTime(startedAt)}.json`;
}

/** The reverse of {@link scrubRecordKey}; undefined if the key is not that of a record. */
export function parseScrubRecordKey(key: string): BackupPlace | undefined {
  const [, path, backupId] = /^([^/]+\/[^/]+)\/scrubs\/([^/_]+)_[\dTZ.]+\.json$/.exec(key) ?? [];
  return path === undefined ? undefined : parseManifestKey(`${path}/${backupId}/manifest.json`);
}

/**
 * The key of a chunk below its attempt: `data/0001-public.users.copy.zst`, or
 * `data/0001-public.users.0003.copy.zst` for one page range of several. The number makes the key unique. The
 * name is for people: it is shortened, and has no character that could cause trouble in a shell, a URL or a
 * file system.
 */
export function chunkName(tableNumber: number, schema: string, table: string, rangeNumber?: number): string {
  const readable = `${schema}.${table}`.replace(/[^A-Za-z0-9._-]+/g, '_').slice(0, 80);
  const range = rangeNumber === undefined ? '' : `.${String(rangeNumber).padStart(4, '0')}`;
  return `data/${String(tableNumber).padStart(4, '0')}-${readable}${range}.copy.zst`;
}

/** The name of an object with the rows of several small tables. */
export function sharedName(number: number): string {
  return `data/shared-${String(number).padStart(4, '0')}.copy.zst`;
}

/** A key for one more record about a hold. Keys sort by time, to the millisecond. */
export function holdRecordKey(place: BackupPlace, at: Date): string {
  return `${holdsPrefix(place)}${keyTime(at)}-${randomCharacters(6)}.json`;
}

/** `20261201T040000.123Z` */
function keyTime(at: Date): string {
  return at.toISOString().replaceAll('-', '').replaceAll(':', '');
}

/** The reverse of {@link manifestKey}; undefined if the key is not that of a manifest. */
export function parseManifestKey(key: string): BackupPlace | undefined {
  const parts = key.split('/');
  const [retentionClass, source, backupId, file] = parts;
  if (parts.length !== 4 || file !== 'manifest.json') return undefined;
  if (retentionClass === undefined || !isRetentionClass(retentionClass)) return undefined;
  if (source === undefined || !SOURCE_NAME.test(source)) return undefined;
  if (backupId === undefined || !isBackupId(backupId)) return undefined;
  return { retentionClass, source, backupId };
}

export function randomCharacters(count: number): string {
  const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789';
  return Array.from(randomBytes(count), (byte) => alphabet[byte % alphabet.length]).join('');
}
