import type { Context } from 'aws-lambda';
import { LifeboatError } from '../lib/engine/ground/errors.ts';
import { inParallel } from '../lib/engine/ground/in-parallel.ts';
import { openStore } from '../lib/engine/storage/open-store.ts';
import { SourceWatch } from './sentinel/source-watch.ts';
import { sentinelEnvironment } from './shared/environment.ts';
import { logger } from './shared/log.ts';
import { reportFailure } from './shared/report-failure.ts';
import { withinTime } from './shared/time-limit.ts';

const { environment, vault, sources } = sentinelEnvironment();
const store = openStore(vault);
const watches = sources.map((source) => new SourceWatch(source, environment, store));
const SOURCES_AT_ONCE = 2;

/**
 * Publishes the ages of every source's backups and proofs, as the vault shows them. What cannot be found out of one source
 * is not published and keeps nothing else from being; the invocation fails all the same, so that an alarm hears of it.
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
    what: `Not everything could be looked at: ${failures.map(({ code, what }) => `${what} (${code})`).join(' ')}`,
    meaning: 'What could be is published; of the rest nobody knows how old it is.',
    remedy: 'See what each of them says in the log of the function.',
  });
}

function timeUp(): LifeboatError {
  return new LifeboatError({
    code: 'sentinel-time-up',
    kind: 'interrupted',
    what: 'The sentinel could not look at every source in the time that it has.',
    meaning: 'What it had looked at by then is published; of the rest nobody knows how old it is.',
    remedy: 'See in its log what it waited for; many sources can be divided between two environments.',
  });
}
