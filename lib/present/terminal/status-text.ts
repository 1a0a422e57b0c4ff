import type { SourceState } from '../../engine/health/status/status.ts';
import type { SourceStatus, VaultStatus } from '../../engine/status/vault-status.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { answerOfAll, STATE_WORDS } from './status-words.ts';
import { type Column, renderTable } from './table.ts';
import { formatAge, formatBytes, formatCount, formatDuration } from './units.ts';
import { labelled } from './wrap.ts';

/** A line for each source, then what is wrong with which, and the answer for all last. */
export function statusText(status: VaultStatus, page: Page): string[] {
  const { sources } = status;
  const worst = sources.flatMap(({ source, concerns }) => concerns.map((one) => ({ source, ...one })));
  return [
    ...(sources.length > 0 ? [...renderTable(columnsOf(status, page), sources, page), ''] : []),
    ...worst.flatMap(({ source, state, what }) => {
      const label = `${source}: `;
      const [first = '', ...rest] = labelled(label, printable(what), page.columns);
      return [`${paintOf(state, page)(label)}${first.slice(label.length)}`, ...rest];
    }),
    ...(worst.length > 0 ? [''] : []),
    paintOf(status.state, page)(answerOfAll(status)),
  ];
}

function columnsOf({ lookedAt }: VaultStatus, page: Page): ReadonlyArray<Column<SourceStatus>> {
  const age = (at: Date | undefined) => (at ? formatAge(lookedAt.getTime() - at.getTime()) : '-');
  return [
    { title: 'SOURCE', cell: ({ source }) => source, mayCut: true },
    {
      title: 'SAFE?',
      cell: ({ state }) => STATE_WORDS[state].toLowerCase(),
      paint: (text, { state }) => paintOf(state, page)(text),
    },
    { title: 'NEWEST', align: 'right', cell: ({ newestAt }) => age(newestAt) },
    {
      title: 'PROVEN',
      align: 'right',
      cell: ({ provenAt, limits }) => (limits.proofSeconds === undefined ? 'nobody' : age(provenAt)),
    },
    {
      title: 'RECOVERY',
      align: 'right',
      cell: ({ lastDrill }) => (lastDrill ? formatDuration(lastDrill.recoveryTimeMs) : '-'),
      dropOrder: 2,
    },
    {
      title: 'BACKUPS',
      align: 'right',
      cell: ({ backups }) => formatCount(backups.length),
      dropOrder: 1,
    },
    {
      title: 'STORED',
      align: 'right',
      cell: ({ backups }) =>
        formatBytes(backups.reduce((sum, { contents }) => sum + (contents?.storedBytes ?? 0), 0)),
      dropOrder: 0,
    },
  ];
}

function paintOf(state: SourceState, { paint }: Page): (text: string) => string {
  return { ok: paint.green, warning: paint.yellow, critical: paint.red, stale: paint.yellow }[state];
}
