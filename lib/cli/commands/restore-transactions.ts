import type { ObjectStore } from '../../engine/storage/object-store.ts';
import { transactionsText } from '../../present/terminal/transactions-text.ts';
import type { BackupOptions } from '../options/backup-reference.ts';
import { readMoment } from '../options/moment.ts';
import { changedSource } from '../options/moment-options.ts';
import { ownZone } from '../options/own-zone.ts';
import type { CommandOutcome, Context } from '../program/context.ts';
import { EXIT_CODES } from '../program/exit-codes.ts';

/** `restore --list-transactions [time]`: what was committed around a time, so that the moment before a mistake can be named. */
export async function listedTransactions(
  context: Context,
  store: ObjectStore,
  time: string | true,
  options: BackupOptions,
): Promise<CommandOutcome> {
  const { signal, now } = context;
  const source = await changedSource(store, options, context);
  const around =
    time === true
      ? undefined
      : readMoment('--list-transactions', time, { now: now(), zone: ownZone(context) });
  const { listTransactions } = await import('../../engine/replay/plan/list-transactions.ts');
  const transactions = await listTransactions({ store, source, signal, ...(around ? { around } : {}) });
  return {
    exitCode: EXIT_CODES.fine,
    json: { vault: store.url, source, around: around?.toISOString() ?? null, transactions },
    text: (page) => transactionsText(transactions, { source, around }, page),
  };
}
