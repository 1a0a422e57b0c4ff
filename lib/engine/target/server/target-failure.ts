import type { ConnectionSettings } from '../../connection/connection-settings.ts';
import { withSqlState } from '../../connection/server-words.ts';
import { LifeboatError } from '../../ground/errors.ts';

/**
 * Converts a connection error, which is about a source by default, to one about the target: the same words,
 * with a `target-…` code, and the kind that determines the exit code.
 */
export function asTargetFailure(error: unknown): unknown {
  if (!(error instanceof LifeboatError) || !error.code.startsWith('source-')) return error;
  return new LifeboatError({
    code: error.code.replace(/^source-/, 'target-'),
    kind: error.kind === 'source' ? 'target' : error.kind,
    what: error.what,
    ...(error.meaning === undefined ? {} : { meaning: error.meaning }),
    ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
    cause: error,
  });
}

/** The error for a session that ended during its work: the server stopped, or somebody ended the session. */
export function targetConnectionLost(
  { display }: Pick<ConnectionSettings, 'display'>,
  words: string,
  cause: unknown,
): LifeboatError {
  return new LifeboatError({
    code: 'target-connection-lost',
    kind: 'target',
    what: `The connection to ${display} ended in the middle of the work: ${words.replace(/\.+$/, '')}.`,
    meaning: 'The server rolled back the unfinished work. What was finished before stays.',
    remedy: 'Check that the server is running, and read its log.',
    cause,
  });
}

/** The error for a full disk, too little memory or a crash: the next statement would only fail again. */
export function targetBroken(
  { display }: Pick<ConnectionSettings, 'display'>,
  message: string,
  sqlState: string,
): LifeboatError {
  const [meaning, remedy] = BROKEN[sqlState] ?? [
    'The server cannot go on by itself.',
    'Read the log of the server.',
  ];
  return new LifeboatError({
    code: sqlState === '53100' ? 'target-disk-full' : 'target-broken',
    kind: 'target',
    what: `${display} cannot go on: ${withSqlState(message, sqlState)}.`,
    meaning,
    remedy,
  });
}

/** PostgreSQL manual, appendix A, classes 53 and 58. */
const BROKEN: Readonly<Record<string, readonly [meaning: string, remedy: string]>> = {
  '53100': ['The disk of the server is full.', 'Give it more room, then go on.'],
  '53200': [
    'The server has no memory left.',
    'Use fewer --jobs, or give the server more memory, then go on.',
  ],
};
