import { nameOfBackup } from '../archive/listing.ts';
import { inParallel } from '../ground/in-parallel.ts';
import {
  type GetOptions,
  ObjectMissingError,
  type ObjectStore,
  readObject,
} from '../storage/object-store.ts';
import { type Envelope, MOST_RECORD_BYTES, PAYLOAD_TYPE, readEnvelope } from './envelope.ts';
import { EVIDENCE_FOLDER, parseRecordKey, type RecordPlace, recordFolder } from './record-keys.ts';
import { type RecordKind, readStatement, type Statement } from './statement.ts';

/** A record as it lies in the vault. */
export interface KeptFile extends RecordPlace {
  readonly key: string;
  readonly sizeBytes: number;
  /** When the storage took it, by its own clock. */
  readonly storedAt: Date;
}

/** A record that was read; `problem` completes the sentence "this record …". */
export type ReadRecord<Kind extends RecordKind = RecordKind> = { readonly file: KeptFile } & (
  | { readonly envelope: Envelope; readonly statement: Statement<Kind>; readonly problem?: undefined }
  | { readonly envelope?: Envelope; readonly statement?: undefined; readonly problem: string }
);

const READS_AT_ONCE = 16;

/** Names of the sources that have records of a kind. */
export async function recordedSources(
  store: ObjectStore,
  kind: RecordKind,
  options: GetOptions,
): Promise<string[]> {
  const folder = `${EVIDENCE_FOLDER}${kind}/`;
  const { prefixes } = await store.list(folder, options);
  return prefixes.map((prefix) => prefix.slice(folder.length, -1));
}

/** The records of a kind about a source, the oldest first. */
export async function listRecords(
  store: ObjectStore,
  kind: RecordKind,
  source: string,
  options: GetOptions,
): Promise<KeptFile[]> {
  const { objects } = await store.list(recordFolder(kind, source), options);
  return objects.flatMap(({ key, sizeBytes, lastModified }) => {
    const found = parseRecordKey(key);
    return found ? [{ ...found, key, sizeBytes, storedAt: lastModified }] : [];
  });
}

/**
 * When a record counts. Nothing is stored before it happens: if the record's own time is later, that clock was fast. If it is
 * earlier, the record may have been copied from another vault.
 */
export function timeOfRecord({ at, storedAt }: KeptFile): Date {
  return at < storedAt ? at : storedAt;
}

export async function readRecords<Kind extends RecordKind>(
  store: ObjectStore,
  kind: Kind,
  files: readonly KeptFile[],
  options: GetOptions,
): Promise<ReadRecord<Kind>[]> {
  return await inParallel(files, READS_AT_ONCE, (file) => readRecord(store, kind, file, options));
}

/** The moment of which a record's name tells. The name is not signed, so an old record could pass for a new one. */
function timeIn({ kind, predicate }: Statement): number {
  const moments = predicate as { sealedAt?: string; finishedAt?: string; removedAt?: string };
  const field = {
    backups: 'sealedAt',
    drills: 'finishedAt',
    restores: 'finishedAt',
    removals: 'removedAt',
  } as const;
  return Date.parse(moments[field[kind]] ?? '');
}

async function readRecord<Kind extends RecordKind>(
  store: ObjectStore,
  kind: Kind,
  file: KeptFile,
  options: GetOptions,
): Promise<ReadRecord<Kind>> {
  // Somebody who may write could fill the memory of every reader.
  if (file.sizeBytes > MOST_RECORD_BYTES) return { file, problem: 'is larger than any record of Lifeboat' };
  let bytes: Buffer;
  try {
    bytes = await readObject(store, file.key, options);
  } catch (error) {
    if (error instanceof ObjectMissingError) return { file, problem: 'is gone' };
    throw error;
  }
  const { envelope, ...unread } = readEnvelope(bytes);
  if (!envelope) return { file, problem: 'problem' in unread ? unread.problem : 'is no envelope' };
  if (envelope.payloadType !== PAYLOAD_TYPE)
    return { file, envelope, problem: `has the payload type ${JSON.stringify(envelope.payloadType)}` };
  const read = readStatement(kind, envelope.payload);
  if (!read.statement) return { file, envelope, problem: read.problem };
  if (timeIn(read.statement) !== file.at.getTime())
    return { file, envelope, problem: 'lies under the time of another record' };
  const { name } = read.statement.predicate.backup;
  if (name !== nameOfBackup(file.place))
    return { file, envelope, problem: `is about another backup, ${name}` };
  return { file, envelope, statement: read.statement };
}
