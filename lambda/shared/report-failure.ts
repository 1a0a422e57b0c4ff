import { LifeboatError, messageOf } from '../../lib/engine/ground/errors.ts';
import { logger } from './log.ts';

/**
 * Whatever was thrown, logged, as the one error that Lambda hands to whoever invoked and to the dead letters: without
 * its cause, which may hold a row. `doing` starts a sentence: "The backup of app".
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
    ...{ code, kind, what },
    ...(meaning === undefined ? {} : { meaning }),
    ...(remedy === undefined ? {} : { remedy }),
  });
}

function unexpected(error: unknown, doing: string): LifeboatError {
  return new LifeboatError({
    code: 'function-failed',
    kind: 'internal',
    what: `${doing} failed: ${messageOf(error)}.`,
    meaning: 'This was not foreseen.',
    remedy: "The function's log says where it happened; please report it.",
  });
}
