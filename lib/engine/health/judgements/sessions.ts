import type { JudgementContext } from '../check.ts';
import type { Judgement } from '../finding.ts';
import type { Connections } from '../measures/connections.ts';
import type { BusySession } from '../measures/sessions.ts';
import { countOf, examplesOf, inWords, secondsInWords, statementsFor } from '../words.ts';

const WHO_IS_CONNECTED =
  'SELECT usename, application_name, state, count(*) FROM pg_stat_activity GROUP BY 1, 2, 3 ORDER BY 4 DESC;';

export function judgeConnections(found: Connections, { severityOf, server }: JudgementContext): Judgement {
  const { used, usable, byState } = found;
  const value = (100 * used) / usable;
  const severity = severityOf(value);
  const states = Object.entries(byState)
    .filter(([state]) => state !== 'hidden')
    .map(([state, sessions]) => `${sessions} ${state}`)
    .join(', ');
  const what = `${used} of ${countOf(usable, 'connection')} ${used === 1 ? 'is' : 'are'} in use${states === '' || byState.hidden ? '' : ` (${states})`}.`;
  const figures = { used, usable, ...(byState.hidden ? {} : byState) };
  if (severity === 'ok') return { severity, value, what, figures };
  return {
    severity,
    value,
    what,
    figures,
    meaning:
      'When none is free, the server refuses every new connection: the application fails, and so does a backup.',
    remedy:
      'Find out who holds them. Let the application use a pool, close sessions that idle, or raise max_connections, which needs a restart.',
    statements: [WHO_IS_CONNECTED, ...(byState.hidden ? [`GRANT pg_monitor TO ${server.role};`] : [])],
  };
}

export function judgeLongestQuery(
  sessions: readonly BusySession[],
  { severityOf }: JudgementContext,
): Judgement {
  const active = sessions
    .filter(({ state, querySeconds }) => state === 'active' && querySeconds !== null)
    .sort((a, b) => (b.querySeconds ?? 0) - (a.querySeconds ?? 0));
  const [longest] = active;
  if (!longest) return { severity: 'ok', value: 0, what: 'No query is running.' };
  const value = longest.querySeconds ?? 0;
  const severity = severityOf(value);
  const what = `The longest query has been running for ${secondsInWords(value)}: ${described(longest)}.`;
  if (severity === 'ok') return { severity, value, what };
  const long = active.filter(({ querySeconds }) => severityOf(querySeconds ?? 0) !== 'ok');
  return {
    severity,
    value,
    what,
    meaning: 'While it runs, vacuum cannot remove rows that it might still see, and its locks stay.',
    remedy: 'Look at what it does. If nobody needs it any more, cancel it.',
    statements: statementsFor(long, ({ pid }) => [
      `SELECT query FROM pg_stat_activity WHERE pid = ${pid};`,
      `SELECT pg_cancel_backend(${pid});`,
    ]),
    ...examplesOf(long, described),
  };
}

export function judgeIdleInTransaction(
  sessions: readonly BusySession[],
  { severityOf }: JudgementContext,
): Judgement {
  const idle = sessions
    .filter(({ state, stateSeconds }) => state.startsWith('idle in transaction') && stateSeconds !== null)
    .sort((a, b) => (b.stateSeconds ?? 0) - (a.stateSeconds ?? 0));
  const [longest] = idle;
  if (!longest) return { severity: 'ok', value: 0, what: 'No session is idle in a transaction.' };
  const value = longest.stateSeconds ?? 0;
  const severity = severityOf(value);
  const what = `${countOf(idle.length, 'session is', 'sessions are')} idle in a transaction, the longest for ${secondsInWords(value)}: ${described(longest)}.`;
  if (severity === 'ok') return { severity, value, what };
  const long = idle.filter(({ stateSeconds }) => severityOf(stateSeconds ?? 0) !== 'ok');
  return {
    severity,
    value,
    what,
    meaning: 'An open transaction keeps its locks, and vacuum from removing dead rows in every table.',
    remedy:
      'Find out why the application does not end it, and end the session. idle_in_transaction_session_timeout ends such sessions by itself.',
    statements: [
      ...statementsFor(long, ({ pid }) => [`SELECT pg_terminate_backend(${pid});`]),
      `ALTER ROLE <application's role> SET idle_in_transaction_session_timeout = '5min';`,
    ],
    ...examplesOf(long, described),
  };
}

export function judgeLockWaits(
  sessions: readonly BusySession[],
  { severityOf }: JudgementContext,
): Judgement {
  const waiting = sessions
    .filter(({ waitsForLock }) => waitsForLock)
    .sort((a, b) => (b.querySeconds ?? 0) - (a.querySeconds ?? 0));
  const [longest] = waiting;
  if (!longest) return { severity: 'ok', value: 0, what: 'No session waits for a lock.' };
  const value = longest.querySeconds ?? 0;
  const severity = severityOf(value);
  const what = `${countOf(waiting.length, 'session waits', 'sessions wait')} for a lock, the longest in a statement of ${inWords(value, 's')}: ${described(longest)}.`;
  if (severity === 'ok') return { severity, value, what };
  const blockers = [...new Set(waiting.flatMap(({ blockers: pids }) => pids))].filter((pid) => pid > 0);
  const isPrepared = waiting.some(({ blockers: pids }) => pids.includes(0));
  return {
    severity,
    value,
    what,
    meaning: 'Everything that needs the same table queues behind the first that waits, readers too.',
    remedy: isPrepared
      ? 'A prepared transaction holds the lock: end it (ROLLBACK PREPARED, or COMMIT PREPARED).'
      : 'Look at the sessions that hold the lock. End the one that nobody needs.',
    statements: isPrepared
      ? ['SELECT gid, prepared, owner, database FROM pg_prepared_xacts ORDER BY prepared;']
      : [
          `SELECT pid, usename, state, xact_start, query FROM pg_stat_activity WHERE pid IN (${blockers.slice(0, 20).join(', ') || 'NULL'});`,
          ...blockers.slice(0, 1).map((pid) => `SELECT pg_terminate_backend(${pid});`),
        ],
    ...examplesOf(waiting, described),
  };
}

/** Never the text of its query, which may hold a password or a customer. */
function described({ pid, role, application, database }: BusySession): string {
  return `pid ${pid} of ${role}${application === '' ? '' : ` (${application})`} in ${database}`;
}
