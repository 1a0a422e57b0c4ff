import type { KeptReason } from '../../engine/keep/outlook.ts';
import type { ExpirySummary } from '../json/expiry.ts';
import type { Page } from './page.ts';
import type { Column } from './table.ts';
import { labelled } from './wrap.ts';

interface WithExpiry {
  readonly expiry: ExpirySummary | null;
}

/** What the column says of a backup that is kept, and what that means. */
const KEPT: Readonly<Record<KeptReason, { readonly cell: string; readonly meaning: string }>> = {
  newest: {
    cell: 'newest',
    meaning: 'the newest proven backup of its source. It stays until a newer one is proven.',
  },
  'nothing-newer': {
    cell: 'not proven',
    meaning: 'no newer backup of its source is proven. It stays, however old it gets.',
  },
  'on-hold': {
    cell: 'on hold',
    meaning: 'it is under a legal hold. It stays until somebody lifts the hold.',
  },
  unreadable: {
    cell: 'damaged',
    meaning: 'its manifest cannot be trusted. It stays until somebody deletes it.',
  },
  'no-rule': { cell: 'no rule', meaning: 'no rule of the bucket concerns it. It stays.' },
};

const GOING = 'its time is over, and the bucket removes it, usually within a day or two of that date.';
const PRUNABLE =
  'in a vault of your own, a date says from when on `lifeboat prune --delete` deletes it, with the days that it has by default. Nothing else does.';
const BY_AGE =
  'The rules of this bucket delete by age alone, even the newest backup. Deploy the stack with this version of Lifeboat: then a backup expires only when a newer one is proven.';

/** The column that says when a backup will go. It is shown only if something is known. */
export function expiryColumn<Row extends WithExpiry>(
  { paint }: Page,
  rows: readonly Row[],
): ReadonlyArray<Column<Row>> {
  if (rows.every(({ expiry }) => expiry === null)) return [];
  return [
    {
      title: 'EXPIRES',
      cell: ({ expiry }) => cellOf(expiry),
      paint: (text, { expiry }) => (expiry?.state === 'kept' ? text : paint.dim(text)),
      dropOrder: 4,
    },
  ];
}

/** Explains the words of the column that occur. */
export function expiryLegend(rows: readonly WithExpiry[], page: Page): string[] {
  const reasons = Object.entries(KEPT).filter(([reason]) =>
    rows.some(({ expiry }) => expiry?.reason === reason),
  );
  const explained = reasons.map(([, { cell, meaning }]) => [cell, meaning] as const);
  const isGoing = rows.some(({ expiry }) => expiry?.state === 'going');
  const byAge = rows.some(({ expiry }) => expiry?.state === 'expires-by-age');
  return [
    ...[...explained, ...(isGoing ? [['going', GOING] as const] : [])].flatMap(([word, meaning]) =>
      labelled(`${word}: `, meaning, page.columns).map((line) => page.paint.dim(line)),
    ),
    ...(rows.some(({ expiry }) => expiry?.state === 'prunable')
      ? labelled('EXPIRES: ', PRUNABLE, page.columns).map((line) => page.paint.dim(line))
      : []),
    ...(byAge ? labelled('', BY_AGE, page.columns).map((line) => page.paint.yellow(line)) : []),
  ];
}

function cellOf(expiry: ExpirySummary | null): string {
  if (expiry === null) return '-';
  if (expiry.reason !== null) return KEPT[expiry.reason].cell;
  const date = expiry.at?.slice(0, 10) ?? '';
  return expiry.state === 'going' ? `going ${date}` : date;
}
