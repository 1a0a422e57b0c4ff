import type { Context } from 'aws-lambda';
import * as v from 'valibot';
import { LifeboatError } from '../lib/engine/ground/errors.ts';
import { inParallel } from '../lib/engine/ground/in-parallel.ts';
import { openStore } from '../lib/engine/storage/open-store.ts';
import { PageOrder } from './sentinel/page-order.ts';
import type { SourceAnswer } from './sentinel/publish-findings.ts';
import { redPages } from './sentinel/red-pages.ts';
import { ReplicaWatch } from './sentinel/replica-watch.ts';
import { SourceWatch } from './sentinel/source-watch.ts';
import { sentinelEnvironment } from './shared/environment.ts';
import { OutsideHeartbeat } from './shared/heartbeat.ts';
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
const schedulesEvent = v.looseObject({
  heartbeatSecretArn: v.optional(v.string()),
  statusPageFunction: v.optional(v.string()),
});
const pageOrder = new PageOrder();
const SOURCES_AT_ONCE = 2;

/**
 * Publishes the ages of the backups and proofs of every source, as the vault shows them. A value that cannot
 * be found out is not published, and does not stop the others. The invocation still fails, so that an alarm
 * notices.
 */
export async function handler(event: unknown, context: Context) {
  logger.addContext(context);
  const heartbeat = heartbeatOf(event);
  const now = new Date();
  try {
    const answers = await withinTime(context, timeUp(), (signal) =>
      inParallel(watches, SOURCES_AT_ONCE, (watch) => watch.look(now, signal)),
    );
    await askForPage(event, answers, now);
    const failures = answers.flatMap((answer) => answer.failures);
    if (failures.length > 0) throw incomplete(failures);
    await tellMonitor(heartbeat, now);
    return { sources: answers.map(({ failures: _none, ...answer }) => answer) };
  } catch (error) {
    const failure = reportFailure(error, 'The sentinel');
    await heartbeat?.tell({ state: 'failure', durationMs: Date.now() - now.getTime(), why: failure.what });
    throw failure;
  }
}

/** The schedule names the secret of the monitor. A run by hand tells none. */
function heartbeatOf(event: unknown): OutsideHeartbeat | undefined {
  const read = v.safeParse(schedulesEvent, event);
  const arn = read.success ? read.output.heartbeatSecretArn : undefined;
  return arn === undefined ? undefined : new OutsideHeartbeat(arn, 'sentinel');
}

/** A source that could not be read is news, too. */
async function askForPage(event: unknown, answers: readonly SourceAnswer[], now: Date): Promise<void> {
  const read = v.safeParse(schedulesEvent, event);
  const name = read.success ? read.output.statusPageFunction : undefined;
  if (name !== undefined) await pageOrder.ask(name, { answers, at: now }, AbortSignal.timeout(10_000));
}

/** All is well if everything could be read and no page-now is red. */
async function tellMonitor(heartbeat: OutsideHeartbeat | undefined, now: Date): Promise<void> {
  if (!heartbeat) return;
  const red = await redPages(environment, AbortSignal.timeout(10_000));
  const durationMs = Date.now() - now.getTime();
  if (red.length === 0) await heartbeat.tell({ state: 'success', durationMs });
  else await heartbeat.tell({ state: 'failure', durationMs, why: `Red: ${red.join(', ')}.` });
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
