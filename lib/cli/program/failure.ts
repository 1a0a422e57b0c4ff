import { LifeboatError, messageOf } from '../../engine/ground/errors.ts';
import { redact } from './redact.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A wrong command line. */
export function usageError(code: string, what: string, remedy: string, meaning?: string): LifeboatError {
  return new LifeboatError({ code, kind: 'usage', what, remedy, ...(meaning ? { meaning } : {}) });
}

/** The command ended because it was asked to. `state`: what things are in now, for that is the question. */
export function interruptedError(state: string): LifeboatError {
  return new LifeboatError({
    code: 'interrupted',
    kind: 'interrupted',
    what: 'Interrupted.',
    meaning: state,
  });
}

/** Whatever was thrown, as an error that can be shown: one that nobody foresaw keeps its text, without secrets. */
export function failureOf(error: unknown, environment: Environment): LifeboatError {
  if (error instanceof LifeboatError) return error;
  return new LifeboatError({
    code: 'unexpected',
    kind: 'internal',
    what: `${redact(messageOf(error), environment).replace(/\.*$/, '')}.`,
    meaning: 'Lifeboat did not foresee this: it may be a defect of its own.',
    remedy: 'Run it again with LIFEBOAT_DEBUG=1 to see where it happened, and report that.',
    cause: error,
  });
}
