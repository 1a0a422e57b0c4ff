import type { Context } from 'aws-lambda';
import { LifeboatError } from '../lib/engine/ground/errors.ts';
import { inParallel } from '../lib/engine/ground/in-parallel.ts';
import { openStore } from '../lib/engine/storage/open-store.ts';
import { ReplicaWatch } from './sentinel/replica-watch.ts';
import { SourceWatch } from './sentinel/source-watch.ts';
import { sentinelEnvironment } from './shared/environment.ts';
import { logger } from './shared/log.ts';
import { reportFailure } from './shared/report-failure.ts';
import { withinTime } from './shared/time-limit.ts';

const { environment, vault, sources, isReplica, scrubSchedule } = sentinelEnvironment();
const store = openStore(vault);
const watches = sources.map((source) =>
  isReplica
    ? new ReplicaWatch(source, environment, store)
    : new SourceWatch(source, environment, store, scrubSchedule),
);
const SOURCES_AT_ONCE = 2;

/**
 * Publishes the ages of the backups and proofs of every source, as the vault shows them. A value that cannot
 * be found out is not published, and does not stop the others. The invocation still fails, so that an alarm
 * notices.
 */
export async function handler(_event: unknown, context: Context) {
  logger.addContext(context);
  const now = new Date();
  try {
    const answers = await withinTime(context, timeUp(), (signal) =>
      inParallel(watches, SOURCES_AT_ONCE, (watch) => watch.look(now, signal)),
    );
    const failures = answers.flatMap((answer) => answer.failures);
    if (failures.length > 0) throw incomplete(failures);
    return { sources: answers.map(({ failures: _none, ...answer }) => answer) };
  } catch (error) {
    throw reportFailure(error, 'The sentinel');
  }
}

function incomplete(failures: readonly LifeboatError[]): LifeboatError {
  return new LifeboatError({
    code: 'sentinel-incomplete',
    kind: 'vault',
    what: `The sentinel could not read everything: ${failures.map(({ code, what }) => `${what} (${code})`).join(' ')}`,
    meaning: 'Published what could be read. The backup age of the other sources is unknown.',
    remedy: "The function's log has the details of each failure.",
  });
}

function timeUp(): LifeboatError {
  return new LifeboatError({
    code: 'sentinel-time-up',
    kind: 'interrupted',
    what: 'The sentinel could not read every source within its time limit.',
    meaning: 'Published what it had read by then. The backup age of the other sources is unknown.',
    remedy:
      "The function's log shows what it waited for. If there are many sources, divide them between two environments.",
  });
}
