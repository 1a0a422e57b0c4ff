import { LifeboatError, messageOf } from '../ground/errors.ts';

export interface Patience {
  readonly signal: AbortSignal;
  /** The longest wait for one answer of the server. */
  readonly deadlineMs: number;
}

/**
 * The answer of the server, or why there is none: the reason of `signal`, `source-not-answering` after the deadline,
 * `source-connection-lost`. An error that the server answered with is rethrown as it is.
 */
export async function answerInTime<T>(answer: Promise<T>, { signal, deadlineMs }: Patience): Promise<T> {
  const given = Promise.withResolvers<never>();
  const onAbort = () => given.reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => given.reject(noAnswer(deadlineMs)), deadlineMs);
  // An answer that nobody waits for any more may still fail.
  const answered = answer.catch((reason: unknown) => {
    throw endedSession(reason) ? connectionLost(messageOf(reason), reason) : reason;
  });
  try {
    return await Promise.race([given.promise, answered]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

export function cameFromServer(error: unknown): boolean {
  return error instanceof Error && 'severity' in error && error.severity !== undefined;
}

export function connectionLost(words: string, cause: unknown): LifeboatError {
  return new LifeboatError({
    code: 'source-connection-lost',
    kind: 'source',
    what: `The connection to the source ended while its schema was being read: ${words}.`,
    meaning: 'The backup was not sealed.',
    remedy:
      'Start the backup again. If it fails again, look for time-outs of poolers and firewalls, and read the server’s log.',
    cause,
  });
}

/** Class 57P (operator intervention) and 25P03, 25P04 (time-outs of a transaction) end a session; so does all that is not the server's. */
function endedSession(reason: unknown): boolean {
  if (reason instanceof LifeboatError) return false;
  if (!cameFromServer(reason)) return true;
  const code = reason instanceof Error && 'code' in reason ? String(reason.code) : '';
  return code.startsWith('57P') || code === '25P03' || code === '25P04';
}

function noAnswer(deadlineMs: number): LifeboatError {
  return new LifeboatError({
    code: 'source-not-answering',
    kind: 'source',
    what: `The source did not answer for ${deadlineMs / 1000} seconds while its schema was being read.`,
    meaning: 'The connection is dead, or the server is overloaded. The schema was not dumped.',
    remedy:
      'Start the backup again. If it fails again, check the load of the server, and the poolers and firewalls in between.',
  });
}
