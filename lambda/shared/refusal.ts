import type { LifeboatError } from '../../lib/engine/ground/errors.ts';
import { hideAgeKeys } from '../../lib/engine/ground/hide-secrets.ts';
import { logger } from './log.ts';

/** The answer of a function that was asked for something that it cannot do, and did nothing. */
export interface Refusal {
  readonly outcome: 'refused';
  /** An error code: `event-invalid`, `backup-not-found`. */
  readonly code: string;
  readonly what: string;
  readonly meaning: string;
  readonly remedy?: string;
}

/**
 * Refuses what the caller asked for, and logs a warning. The refusal is an answer and not an error, because
 * no backup and no drill has failed: Lambda counts what a handler throws, and that fires an alarm about the
 * backups.
 */
export function refusalOf({ code, what, meaning, remedy }: LifeboatError): Refusal {
  const refusal: Refusal = {
    outcome: 'refused',
    ...{ code, what: hideAgeKeys(what) },
    meaning: hideAgeKeys(meaning ?? 'Nothing was done.'),
    ...(remedy === undefined ? {} : { remedy: hideAgeKeys(remedy) }),
  };
  logger.warn('refused', { ...refusal });
  return refusal;
}
