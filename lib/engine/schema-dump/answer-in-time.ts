import { LifeboatError, messageOf } from '../ground/errors.ts';

export interface Patience {
  readonly signal: AbortSignal;
  /** The longest wait for one answer of the server. */
  readonly deadlineMs: number;
}

/**
 * Returns the answer of the server. Throws the reason of `signal`, `source-not-answering` after the deadline,
 * or `source-connection-lost`. Rethrows an error of the server unchanged.
 */
export async function answerInTime<T>(answer: Promise<T>, { signal, deadlineMs }: Patience): Promise<T> {
  const given = Promise.withResolvers<never>();
  const onAbort = () => given.reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => given.reject(noAnswer(deadlineMs)), deadlineMs);
  // The answer may still fail when nobody waits for it any more.
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

/**
 * Whether an error ended the session: class 57P (operator intervention), 25P03 and 25P04 (time-outs of a
 * transaction), and all errors that did not come from the server.
 */
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
