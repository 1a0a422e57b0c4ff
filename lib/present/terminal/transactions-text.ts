import type { ListedTransaction } from '../../engine/replay/plan/list-transactions.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { countOf, formatCount } from './units.ts';

/** Transactions in the order of their commits, with a line where the time is. */
export function transactionsText(
  transactions: readonly ListedTransaction[],
  { source, around }: { readonly source: string; readonly around: Date | undefined },
  { paint }: Page,
): string[] {
  if (transactions.length === 0) return [`No transaction of ${printable(source)} was captured there.`];
  const lines: string[] = [];
  let isBehind = around === undefined;
  for (const one of transactions) {
    if (!isBehind && around && new Date(one.committedAt) > around) {
      lines.push(paint.bold(`--- ${around.toISOString()} ---`));
      isBehind = true;
    }
    lines.push(
      `${one.committedAt.padEnd(27)}  ${one.commitLsn.padEnd(12)} ${String(one.xid).padEnd(11)} ${tablesOf(one)}`,
    );
  }
  return [
    `${'committed'.padEnd(27)}  ${'LSN'.padEnd(12)} ${'transaction'.padEnd(11)} rows`,
    ...lines,
    '',
    `${countOf(transactions.length, 'transaction')} of ${printable(source)}. To restore the moment before one: lifeboat restore --before-transaction <transaction>`,
  ];
}

function tablesOf({ tables }: ListedTransaction): string {
  if (tables.length === 0) return 'no captured table';
  return tables
    .map(({ name, inserted, updated, deleted, truncated }) => {
      const counts = [
        truncated ? 'TRUNCATE' : '',
        inserted > 0 ? `${formatCount(inserted)} inserted` : '',
        updated > 0 ? `${formatCount(updated)} updated` : '',
        deleted > 0 ? `${formatCount(deleted)} deleted` : '',
      ];
      return `${printable(name)}: ${counts.filter(Boolean).join(', ')}`;
    })
    .join('; ');
}
