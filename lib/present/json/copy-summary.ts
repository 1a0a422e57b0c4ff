import { nameOfBackup } from '../../engine/archive/listing.ts';
import type { BackupCopy } from '../../engine/keep/copy-missing.ts';

/** One copied backup in the JSON of `copy`; what is not known is null. */
export function copyJson(copy: BackupCopy): object {
  const { place, outcome, ...rest } = copy;
  const named = { name: nameOfBackup(place), ...place, outcome };
  if (!('failure' in rest)) return { ...named, ...rest };
  const { code, kind, what, meaning = null, remedy = null } = rest.failure;
  return { ...named, error: { code, kind, what, meaning, remedy } };
}
