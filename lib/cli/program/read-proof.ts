import { type BackupPlace, proofKey } from '../../engine/archive/keys.ts';
import { type DrillReport, readReport } from '../../engine/drill/report.ts';
import {
  type GetOptions,
  ObjectMissingError,
  type ObjectStore,
  readObject,
} from '../../engine/storage/object-store.ts';

/** The report of the first drill that passed; undefined when there is none, or none that can be read. */
export async function readProof(
  store: ObjectStore,
  place: BackupPlace,
  options: GetOptions,
): Promise<DrillReport | undefined> {
  const bytes = await readObject(store, proofKey(place), options).catch((error: unknown) => {
    if (error instanceof ObjectMissingError) return undefined;
    throw error;
  });
  return bytes && readReport(bytes);
}
