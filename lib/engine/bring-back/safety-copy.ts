import * as v from 'valibot';
import type { Recipients } from '../age/recipients.ts';
import { readChunk } from '../archive/codec/decode.ts';
import { ENCRYPTED, storeChunk } from '../archive/codec/encode.ts';
import {
  type BackupPlace,
  backupPrefix,
  chunkName,
  manualBackupId,
  newAttempt,
  rowsCopyKey,
  safetySource,
} from '../archive/keys.ts';
import { nameOfBackup } from '../archive/listing.ts';
import { formatSealedJson, readSealedJson } from '../archive/sealed-json.ts';
import { LifeboatError } from '../ground/errors.ts';
import { count, firstFault, instant, text } from '../ground/shapes.ts';
import { type ObjectStore, readObject } from '../storage/object-store.ts';
import type { ServerTarget } from '../target/server/open-server-target.ts';
import { control, type RowKind } from './classify.ts';
import { listOf, place, type RowsTable, rowText, sameKey, work } from './rows-table.ts';
import { chosen } from './write-rows.ts';

export const SAFETY_COPY_FORMAT = 1;

const copiedTable = v.strictObject({
  schema: v.string(),
  name: v.string(),
  /** The columns of the rows, after those for the kind of change and for the digest of the row after it. */
  columns: v.array(v.string()),
  key: v.array(v.string()),
  rows: count,
  object: v.strictObject({ key: text, sizeBytes: count, sha256: v.string() }),
});

const safetyCopySchema = v.strictObject({
  format: v.literal(SAFETY_COPY_FORMAT),
  what: v.literal('rows'),
  /** The backup whose rows were brought back, or the safety copy that was undone. */
  of: text,
  database: text,
  databaseOid: v.optional(count),
  systemIdentifier: v.nullable(v.string()),
  encoding: text,
  /** The public keys to which the rows are encrypted by age, if they are. */
  recipients: v.optional(v.pipe(v.array(text), v.nonEmpty())),
  takenAt: instant,
  lifeboatVersion: text,
  tables: v.array(copiedTable),
});

export type SafetyCopy = v.InferOutput<typeof safetyCopySchema>;
export type CopiedTable = v.InferOutput<typeof copiedTable>;

export interface KeepOptions {
  readonly store: ObjectStore;
  readonly session: ServerTarget;
  readonly tables: readonly RowsTable[];
  /** The kinds that were written. */
  readonly kinds: readonly RowKind[];
  readonly about: Omit<SafetyCopy, 'format' | 'what' | 'takenAt' | 'tables' | 'recipients'>;
  readonly recipients?: Recipients;
  readonly signal: AbortSignal;
}

/**
 * Inside the transaction, before it commits: keeps what the changed rows were before, in the vault, where it
 * outlives the database. Of an inserted row it keeps the key. With each row goes a digest of what the row is
 * now, so that an undo can tell whether somebody changed it since. Returns the copy's name.
 */
export async function keepSafetyCopy(options: KeepOptions): Promise<string> {
  const { store, session, tables, kinds, about, recipients, signal } = options;
  const now = new Date();
  const copyPlace: BackupPlace = {
    retentionClass: 'manual',
    source: safetySource(about.database),
    backupId: manualBackupId(now),
  };
  const attempt = newAttempt();
  const kept: CopiedTable[] = [];
  for (const table of tables) {
    const key = `${backupPrefix(copyPlace)}${attempt}/${chunkName(kept.length + 1, table.target.schema, table.target.name)}${recipients ? ENCRYPTED : ''}`;
    const rows = await countChosen(session, table, kinds);
    if (rows === 0) continue;
    const object = await session.readOut(
      beforeAndAfter(table, kinds),
      (pieces) => storeChunk({ store, key, signal, recipients }, pieces),
      about.encoding,
    );
    const { schema, name } = table.target;
    kept.push({ schema, name, columns: [...table.own], key: table.key.map((one) => one.name), rows, object });
  }
  const copy: SafetyCopy = {
    format: SAFETY_COPY_FORMAT,
    what: 'rows',
    ...about,
    ...(recipients ? { recipients: [...recipients] } : {}),
    takenAt: now.toISOString(),
    tables: kept,
  };
  await store.put(rowsCopyKey(copyPlace), formatSealedJson(v.parse(safetyCopySchema, copy)), {
    contentType: 'application/json',
    signal,
  });
  return nameOfBackup(copyPlace);
}

async function countChosen(
  session: ServerTarget,
  table: RowsTable,
  kinds: readonly RowKind[],
): Promise<number> {
  const { rows } = await session.execute(
    `SELECT pg_catalog.count(*)::text AS rows FROM ${work(table)} w WHERE ${chosen(table, kinds)}`,
  );
  return Number(rows[0]?.rows);
}

/** Rows that were changed or deleted as they were; inserted ones as they are. */
function beforeAndAfter(table: RowsTable, kinds: readonly RowKind[]): string {
  const { kind } = control(table);
  const digest = `pg_catalog.md5(${rowText(table.own, 't')})`;
  const old = kinds.filter((one) => one !== 'missing');
  const before = `SELECT w.${kind}, CASE WHEN w.${kind} = 'added' THEN '' ELSE ${digest} END, ${listOf(table.own, 'w')}
      FROM ${work(table)} w LEFT JOIN ${place(table)} t ON ${sameKey(table, 't', 'w')} WHERE ${chosen(table, old)}`;
  const inserted = `SELECT w.${kind}, ${digest}, ${listOf(table.own, 't')}
      FROM ${work(table)} w JOIN ${place(table)} t ON ${sameKey(table, 't', 'w')} WHERE ${chosen(table, ['missing'])}`;
  return [...(old.length > 0 ? [before] : []), ...(kinds.includes('missing') ? [inserted] : [])].join(
    ' UNION ALL ',
  );
}

/** Reads a safety copy. Throws `undo-unknown`, or `undo-damaged` if its own checksum does not fit. */
export async function readSafetyCopy(
  store: ObjectStore,
  place: BackupPlace,
  signal: AbortSignal,
): Promise<SafetyCopy> {
  const key = rowsCopyKey(place);
  if (!(await store.head(key, { signal }))) {
    throw new LifeboatError({
      code: 'undo-unknown',
      kind: 'vault',
      what: `${nameOfBackup(place)} is no safety copy of rows in ${store.url}.`,
      remedy:
        'The report of `lifeboat restore --rows` names its safety copy. `lifeboat list` shows backups only.',
    });
  }
  const read = readSealedJson(await readObject(store, key, { signal }));
  const damaged = (problem: string) =>
    new LifeboatError({
      code: 'undo-damaged',
      kind: 'verification',
      what: `${key} ${problem}.`,
      meaning: 'This safety copy cannot be trusted. Nothing was changed.',
    });
  if (!read.intact) throw damaged(read.problem);
  const parsed = v.safeParse(safetyCopySchema, read.value);
  if (!parsed.success) throw damaged(`has a wrong field, ${firstFault(parsed.issues)}`);
  return parsed.output;
}

/** The rows of one table of a safety copy, as COPY text. Throws like `readChunk`. */
export function readCopiedRows(
  store: ObjectStore,
  { object }: CopiedTable,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  return readChunk(store, object, signal);
}
