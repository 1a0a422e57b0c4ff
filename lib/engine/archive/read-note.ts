import * as v from 'valibot';
import { LifeboatError } from '../ground/errors.ts';
import { type GetOptions, type ObjectStore, readObject } from '../storage/object-store.ts';
import { readSealedJson } from './sealed-json.ts';

/**
 * Reads a note that lies beside the backups: about a hold, about a scrub. Undefined if it is gone, damaged, or no such
 * note. Throws if the vault refuses or cannot be reached.
 */
export async function readNote<Schema extends v.GenericSchema>(
  store: ObjectStore,
  key: string,
  schema: Schema,
  options: GetOptions,
): Promise<v.InferOutput<Schema> | undefined> {
  try {
    const file = readSealedJson(await readObject(store, key, options));
    const read = v.safeParse(schema, file.intact ? file.value : undefined);
    return read.success ? read.output : undefined;
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof LifeboatError && error.code.startsWith('vault-')) throw error;
    return undefined;
  }
}
