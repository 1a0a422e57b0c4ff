import { type Command, Option } from 'commander';
import { sourcesWithChanges } from '../../engine/archive/changes/epochs.ts';
import type { BackupPlace } from '../../engine/archive/keys.ts';
import { parseLsn } from '../../engine/pgoutput/lsn.ts';
import type { PlannedMoment, Target } from '../../engine/replay/plan/moment.ts';
import { noChanges } from '../../engine/replay/plan/refusals.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import { bothTimes } from '../../present/terminal/both-times.ts';
import type { Context } from '../program/context.ts';
import { usageError } from '../program/failure.ts';
import { type BackupOptions, namedBackup } from './backup-reference.ts';
import { microsecondsOf, readMoment } from './moment.ts';
import { ownZone } from './own-zone.ts';

/** Options that name a moment between two backups. */
export interface MomentOptions {
  readonly to?: string;
  readonly toLsn?: string;
  readonly beforeTransaction?: string;
}

type Reading = Pick<Context, 'now' | 'environment' | 'signal' | 'stderr'>;

/** Adds the options: the same for every command that can show a moment. */
export function addMomentOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--to <time>',
        'everything that was committed at this time or earlier, from captured changes: "2026-11-29 14:05:30+01", 14:05 (docs/moments.md)',
      ),
    )
    .addOption(
      new Option(
        '--to-lsn <lsn>',
        'the same, with everything that was committed before this LSN: 16/B374D848',
      ),
    )
    .addOption(
      new Option(
        '--before-transaction <xid>',
        'the same, with everything that was committed before this transaction, and without it',
      ),
    );
}

/** The backup that was named, or the base of the moment and how it leads there. */
export async function backupOrMoment(
  store: ObjectStore,
  reference: string,
  options: BackupOptions & MomentOptions,
  context: Reading,
): Promise<{ readonly place: BackupPlace; readonly moment?: PlannedMoment }> {
  const target = targetOf(options, context);
  if (!target) return { place: await namedBackup(store, reference, options, context) };
  refuseOtherTimes(options);
  const base = reference === 'latest' ? undefined : await namedBackup(store, reference, options, context);
  const source = base?.source ?? (await changedSource(store, options, context));
  // Loaded only now: most runs need no moment.
  const { planMoment } = await import('../../engine/replay/plan/plan-moment.ts');
  const { momentSummary } = await import('../../engine/replay/moment-summary.ts');
  const moment = await planMoment({
    store,
    source,
    target,
    signal: context.signal,
    ...(base ? { base } : {}),
  });
  const { asked, lsn, base: name } = momentSummary(moment);
  const read = target.kind === 'time' ? bothTimes(target.time, ownZone(context)) : asked;
  context.stderr.write(`The moment is ${read}: exactly LSN ${lsn}, by changes onto ${name}.\n`);
  return { place: moment.base.place, moment };
}

/** The source whose changes are meant: the one that was named, or the only one. */
export async function changedSource(
  store: ObjectStore,
  { name }: BackupOptions,
  { signal }: Reading,
): Promise<string> {
  if (name !== undefined) return name;
  const [only, ...others] = await sourcesWithChanges(store, signal);
  if (only === undefined) throw noChanges('any source', store.url);
  if (others.length === 0) return only;
  const names = [only, ...others].sort();
  throw usageError(
    'backup-source-ambiguous',
    `${store.url} holds changes of several sources: ${names.join(', ')}.`,
    `Name the source: --name ${names.join(', or --name ')}.`,
    'It is not clear which source you mean.',
  );
}

function targetOf({ to, toLsn, beforeTransaction }: MomentOptions, context: Reading): Target | undefined {
  const given = [
    ['--to', to],
    ['--to-lsn', toLsn],
    ['--before-transaction', beforeTransaction],
  ].filter(([, value]) => value !== undefined);
  if (given.length > 1) {
    const names = given.map(([flag]) => flag).join(' and ');
    throw usageError('moment-contradiction', `${names} were given together.`, 'Name the moment in one way.');
  }
  if (to !== undefined) {
    const time = readMoment('--to', to, { now: context.now(), zone: ownZone(context) });
    return { kind: 'time', time, micros: microsecondsOf(to) };
  }
  if (toLsn !== undefined) {
    const lsn = parseLsn(toLsn);
    if (lsn !== undefined) return { kind: 'lsn', lsn };
    throw usageError(
      'lsn-invalid',
      `--to-lsn ${JSON.stringify(toLsn)} is not an LSN.`,
      'Write it as PostgreSQL prints it, such as 16/B374D848; `lifeboat restore --list-transactions` shows those of commits.',
    );
  }
  if (beforeTransaction === undefined) return undefined;
  if (/^\d{1,20}$/.test(beforeTransaction))
    return { kind: 'before-transaction', xid: BigInt(beforeTransaction) };
  throw usageError(
    'transaction-invalid',
    `--before-transaction ${JSON.stringify(beforeTransaction)} is not a transaction id.`,
    'Write the number that `lifeboat restore --list-transactions` shows.',
  );
}

function refuseOtherTimes({ before, since, at }: BackupOptions): void {
  if (before === undefined && since === undefined && at === undefined) return;
  throw usageError(
    'moment-contradiction',
    '--before, --since and --at choose a backup, and a moment chooses its own.',
    'Leave them out, or leave out the moment.',
  );
}
