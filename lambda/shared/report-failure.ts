import { LifeboatError, messageOf } from '../../lib/engine/ground/errors.ts';
import { hideAgeKeys } from '../../lib/engine/ground/hide-secrets.ts';
import { logger } from './log.ts';

/**
 * Logs anything that was thrown, and makes of it the error that Lambda passes to the caller and to the dead
 * letters. That error has no cause, because a cause may hold a row. `doing` begins a sentence: "The backup of
 * app".
 */
export function reportFailure(error: unknown, doing: string): LifeboatError {
  const failure = error instanceof LifeboatError ? withoutCause(error) : unexpected(error, doing);
  const { code, kind, what, meaning, remedy } = failure;
  const stack = error instanceof Error ? error.stack : undefined;
  logger.error(`${doing} failed`, { failure: { code, kind, what, meaning, remedy, stack } });
  return failure;
}

function withoutCause({ code, kind, what, meaning, remedy }: LifeboatError): LifeboatError {
  return new LifeboatError({
    ...{ code, kind, what: hideAgeKeys(what) },
    ...(meaning === undefined ? {} : { meaning: hideAgeKeys(meaning) }),
    ...(remedy === undefined ? {} : { remedy: hideAgeKeys(remedy) }),
  });
}

function unexpected(error: unknown, doing: string): LifeboatError {
  return new LifeboatError({
    code: 'function-failed',
    kind: 'internal',
    what: hideAgeKeys(`${doing} failed: ${messageOf(error)}.`),
    meaning: 'Lifeboat did not expect this error.',
    remedy: "The function's log shows where it happened; please report it.",
  });
}
