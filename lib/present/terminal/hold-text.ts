import type { HoldReport } from '../../engine/keep/hold.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { type Column, renderTable } from './table.ts';
import { countOf, formatTime } from './units.ts';
import { wrap } from './wrap.ts';

interface Changed extends Pick<HoldReport, 'versions' | 'hidden'> {
  readonly name: string;
}

export function holdText(
  { name, versions, hidden, unmarking, before }: Changed & Pick<HoldReport, 'unmarking' | 'before'>,
  page: Page,
): string[] {
  const lines = [
    `${name} is on hold: ${countOf(versions, 'version')} of its objects cannot be deleted until \`lifeboat hold remove\`.`,
  ];
  if (before) {
    lines.push(
      `A hold was asked for already, by ${printable(before.by)} at ${formatTime(new Date(before.at))} UTC: ${printable(before.reason)}`,
      `Both reasons stay below holds/${name}/; \`lifeboat hold list\` shows the new one. \`lifeboat hold remove\` ends both.`,
    );
  }
  if (unmarking.outcome === 'removed')
    lines.push('Its expiry had begun. The mark for it is removed, so the bucket forgets it.');
  if (unmarking.outcome === 'unknown') {
    lines.push(
      `It is not known whether its expiry had begun: ${printable(unmarking.why.what)} The bucket may still hide it, but cannot delete it.`,
    );
  }
  if (hidden > 0) {
    lines.push(
      `${countOf(hidden, 'object')} of it ${hidden === 1 ? 'is' : 'are'} deleted already. The hold keeps the old versions, and --deleted finds them: \`lifeboat restore ${name} --deleted\`.`,
    );
  }
  return lines.flatMap((line) => wrap(line, page.columns));
}

export function releaseText({ name, versions, hidden }: Changed, page: Page): string[] {
  const lines = [
    `${name} is on hold no more: ${countOf(versions, 'version')} of its objects released. It may expire from now on.`,
  ];
  if (hidden > 0) {
    lines.push(
      `${countOf(hidden, 'object')} of it ${hidden === 1 ? 'is' : 'are'} deleted already. The bucket removes the old versions for good when their time is over.`,
    );
  }
  return lines.flatMap((line) => wrap(line, page.columns));
}

export interface ShownHold {
  readonly name: string;
  readonly state: 'held' | 'adding' | 'removing';
  readonly reason: string | null;
  readonly by: string | null;
  readonly at: string | null;
  readonly deletedAt: string | null;
  readonly unheld: readonly string[];
}

const STATES: Readonly<Record<ShownHold['state'], string>> = {
  held: 'held',
  adding: 'in part',
  removing: 'in part',
};

export function holdsText(holds: readonly ShownHold[], vault: string, page: Page): string[] {
  if (holds.length === 0) return wrap(`No backup in ${printable(vault)} is on hold.`, page.columns);
  const broken = holds.filter(({ state }) => state !== 'held');
  return [
    ...renderTable(columns(page, holds), holds, page),
    ...broken.flatMap(({ name, state }) =>
      wrap(
        `in part: \`lifeboat hold ${state === 'adding' ? 'add' : 'remove'} ${name}\` did not end. Run it again.`,
        page.columns,
      ).map((line) => page.paint.yellow(line)),
    ),
    ...holds
      .filter(({ unheld }) => unheld.length > 0)
      .flatMap(({ name, unheld }) =>
        wrap(
          `not held: ${unheld.map(printable).join(', ')} came after the hold. \`lifeboat hold add ${name}\` again holds it, too.`,
          page.columns,
        ).map((line) => page.paint.yellow(line)),
      ),
  ];
}

function columns({ paint }: Page, holds: readonly ShownHold[]): ReadonlyArray<Column<ShownHold>> {
  const isDeleted = holds.some(({ deletedAt }) => deletedAt !== null);
  const time = (at: string | null) => (at === null ? '-' : formatTime(new Date(at)));
  return [
    { title: 'BACKUP', cell: ({ name }) => name, paint: paint.bold },
    {
      title: 'STATE',
      cell: ({ state }) => STATES[state],
      paint: (text, { state }) => (state === 'held' ? text : paint.yellow(text)),
    },
    { title: 'SINCE (UTC)', cell: ({ at }) => time(at), dropOrder: 1 },
    { title: 'BY', cell: ({ by }) => printable(by ?? '-'), mayCut: true },
    { title: 'REASON', cell: ({ reason }) => printable(reason ?? 'not put by Lifeboat'), mayCut: true },
    ...(isDeleted
      ? [{ title: 'DELETED', cell: ({ deletedAt }: ShownHold) => time(deletedAt), paint: paint.red }]
      : []),
  ];
}
