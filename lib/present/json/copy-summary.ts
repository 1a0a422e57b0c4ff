import { nameOfBackup } from '../../engine/archive/listing.ts';
import type { LifeboatError } from '../../engine/ground/errors.ts';
import type { ChangesCopy } from '../../engine/keep/changes/copy-changes.ts';
import type { ErasuresCopy } from '../../engine/keep/copy-erasures.ts';
import type { BackupCopy } from '../../engine/keep/copy-missing.ts';

/** One copied backup in the JSON of `copy`; what is not known is null. */
export function copyJson(copy: BackupCopy): object {
  const { place, outcome, ...rest } = copy;
  const named = { name: nameOfBackup(place), ...place, outcome };
  return 'failure' in rest ? { ...named, error: errorOf(rest.failure) } : { ...named, ...rest };
}

/** The captured changes of one source in the JSON of `copy --all`. */
export function changesCopyJson(copy: ChangesCopy): object {
  if (copy.outcome !== 'failed') return copy;
  const { failure, ...named } = copy;
  return { ...named, error: errorOf(failure) };
}

/** The list of erasures of one source in the JSON of `copy`. */
export function erasuresCopyJson(copy: ErasuresCopy): object {
  if (copy.outcome !== 'failed') return copy;
  const { failure, ...named } = copy;
  return { ...named, error: errorOf(failure) };
}

function errorOf({ code, kind, what, meaning = null, remedy = null }: NullableError): object {
  return { code, kind, what, meaning, remedy };
}

type NullableError = Pick<LifeboatError, 'code' | 'kind' | 'what'> & {
  readonly meaning?: string | null | undefined;
  readonly remedy?: string | null | undefined;
};
