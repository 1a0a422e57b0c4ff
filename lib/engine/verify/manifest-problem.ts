import { type BackupPlace, manifestKey } from '../archive/keys.ts';
import { nameOfBackup } from '../archive/listing.ts';
import type { LifeboatError } from '../ground/errors.ts';

/** Why a manifest cannot be read; it completes the sentence "this manifest …". */
export function manifestProblem(place: BackupPlace, { code, what, remedy }: LifeboatError): string {
  const problem = what.replace(`${manifestKey(place)} `, '').replace(`${nameOfBackup(place)} `, '');
  // One flipped bit can make a manifest look newer. If it really is newer, the remedy helps.
  return code === 'manifest-too-new' && remedy !== undefined ? `${problem} ${remedy}` : problem;
}
