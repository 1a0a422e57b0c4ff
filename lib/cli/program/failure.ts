import { LifeboatError, messageOf } from '../../engine/ground/errors.ts';
import { redact } from './redact.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A wrong command line. */
export function usageError(code: string, what: string, remedy: string, meaning?: string): LifeboatError {
  return new LifeboatError({ code, kind: 'usage', what, remedy, ...(meaning ? { meaning } : {}) });
}

/** The command ended because it was told to. `state` says what state it has left things in. */
export function interruptedError(state: string): LifeboatError {
  return new LifeboatError({
    code: 'interrupted',
    kind: 'interrupted',
    what: 'Interrupted.',
    meaning: state,
  });
}

/**
 * Turns anything thrown into an error that can be shown. An unexpected error keeps its text, without secrets.
 */
export function failureOf(error: unknown, environment: Environment): LifeboatError {
  if (error instanceof LifeboatError) return error;
  return new LifeboatError({
    code: 'unexpected',
    kind: 'internal',
    what: `${redact(messageOf(error), environment).replace(/\.*$/, '')}.`,
    meaning: 'Lifeboat did not expect this error: it may be a defect in Lifeboat.',
    remedy: 'Run the command again with LIFEBOAT_DEBUG=1 to see where it happened, and report that.',
    cause: error,
  });
}
