import type { LifeboatError } from '../../lib/engine/ground/errors.ts';
import { logger } from './log.ts';

/** What whoever invoked a function gets to read when it was asked for something that it cannot do, and did nothing. */
export interface Refusal {
  readonly outcome: 'refused';
  /** As an error's: `event-invalid`, `backup-not-found`. */
  readonly code: string;
  readonly what: string;
  readonly meaning: string;
  readonly remedy?: string;
}

/**
 * The caller's words were refused, and no backup and no drill has failed: an answer, for what a handler throws is counted
 * by Lambda and fires an alarm about the backups. Logged as a warning.
 */
export function refusalOf({ code, what, meaning, remedy }: LifeboatError): Refusal {
  const refusal: Refusal = {
    outcome: 'refused',
    ...{ code, what },
    meaning: meaning ?? 'Nothing was done.',
    ...(remedy === undefined ? {} : { remedy }),
  };
  logger.warn('refused', { ...refusal });
  return refusal;
}
