import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { LifeboatError } from '../../ground/errors.ts';
import { firstFault } from '../../ground/shapes.ts';
import { ObjectExistsError, type ObjectStore, readObject } from '../../storage/object-store.ts';
import { formatSealedJson, readSealedJson } from '../sealed-json.ts';
import { CHANGES_FORMAT } from './change-records.ts';

/** A record with the SHA-256 of its whole file, to which the next record refers. */
export interface Filed<Record> {
  readonly record: Record;
  readonly sha256: string;
}

/**
 * Writes a record, unless there is one of that key. A record's key decides who may go on: throws
 * {@link ObjectExistsError} if somebody else's is there.
 */
export async function writeRecord<Schema extends v.GenericSchema<object, object>>(
  store: ObjectStore,
  key: string,
  schema: Schema,
  record: v.InferOutput<Schema>,
  signal?: AbortSignal,
): Promise<Filed<v.InferOutput<Schema>>> {
  const bytes = formatSealedJson(v.parse(schema, record) as object);
  try {
    await store.put(key, bytes, { contentType: 'application/json', ...(signal ? { signal } : {}) });
  } catch (error) {
    if (!(error instanceof ObjectExistsError)) throw error;
    // A retry inside the store may find the record that its own first try wrote.
    if (!(await readObject(store, key)).equals(bytes)) throw error;
  }
  return { record, sha256: sha256Of(bytes) };
}

/** Reads a record. Throws `changes-too-new` or `changes-damaged`, and what the store throws. */
export async function readRecord<Schema extends v.GenericSchema<object, object>>(
  store: ObjectStore,
  key: string,
  schema: Schema,
  signal?: AbortSignal,
): Promise<Filed<v.InferOutput<Schema>>> {
  return parseRecord(await readObject(store, key, signal ? { signal } : {}), key, schema);
}

/** A record from the bytes of its file. Throws as {@link readRecord} does. */
export function parseRecord<Schema extends v.GenericSchema<object, object>>(
  bytes: Buffer,
  key: string,
  schema: Schema,
): Filed<v.InferOutput<Schema>> {
  const read = readSealedJson(bytes);
  const format = v.safeParse(v.object({ format: v.number() }), read.value);
  if (format.success && format.output.format > CHANGES_FORMAT) {
    throw new LifeboatError({
      code: 'changes-too-new',
      kind: 'verification',
      what: `${key} has format ${format.output.format}; this Lifeboat reads formats up to ${CHANGES_FORMAT}.`,
      remedy: 'Use the Lifeboat version that wrote it, or a newer one.',
    });
  }
  if (!read.intact) throw recordDamaged(key, read.problem);
  const parsed = v.safeParse(schema, read.value);
  if (!parsed.success) throw recordDamaged(key, `has a wrong field, ${firstFault(parsed.issues)}`);
  return { record: parsed.output, sha256: sha256Of(bytes) };
}

/** `problem` completes "this object …". */
export function recordDamaged(key: string, problem: string): LifeboatError {
  return new LifeboatError({
    code: 'changes-damaged',
    kind: 'verification',
    what: `${key} ${problem}.`,
    meaning:
      'Moments after it cannot be restored from the captured changes. Moments before it can, and every backup.',
    remedy:
      'Restore a backup, or a moment before it. The next backup of the source is a base for what follows.',
  });
}

/** For what can do without a record: catches `changes-damaged`, and nothing else. */
export function undefinedIfDamaged(error: unknown): undefined {
  if (error instanceof LifeboatError && error.code === 'changes-damaged') return undefined;
  throw error;
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
