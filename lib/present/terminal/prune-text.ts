import type { StayReason } from '../../engine/keep/prune/prune-plan.ts';
import type { ChangesSummary, PruneSummary, RemovedSummary } from '../json/prune-summary.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { type Column, renderTable } from './table.ts';
import { countOf, formatBytes } from './units.ts';
import { labelled, wrap } from './wrap.ts';

export interface ShownPrune {
  readonly vault: string;
  readonly undrilled: boolean;
  readonly verdicts: readonly PruneSummary[];
  readonly changes: readonly ChangesSummary[];
  readonly problems: readonly string[];
}

/** What would go, what stays, and why. */
export function prunePlanText(plan: ShownPrune, page: Page): string[] {
  const { vault, verdicts, problems } = plan;
  const going = verdicts.filter(({ verdict }) => verdict === 'goes');
  if (verdicts.length === 0) return wrap(`There is nothing in ${printable(vault)}.`, page.columns);
  const bytes = going.reduce((sum, { storedBytes }) => sum + (storedBytes ?? 0), 0);
  return [
    ...renderTable(columns(plan, page), verdicts, page),
    '',
    ...wrap(
      `${countOf(going.length, 'folder')} of ${verdicts.length} in ${printable(vault)} ${going.length === 1 ? 'goes' : 'go'}${bytes > 0 ? `, with ${formatBytes(bytes)}` : ''}.`,
      page.columns,
    ),
    ...reasonNotes(plan, page),
    ...plan.changes.flatMap((one) =>
      wrap(
        `${changesText(one)} ${one.objects === 1 ? 'goes' : 'go'}: no backup that stays needs ${one.objects === 1 ? 'it' : 'them'}.`,
        page.columns,
      ),
    ),
    ...problems.flatMap((problem) => labelled('problem: ', printable(problem), page.columns)),
    ...undrilledHint(plan, page),
  ];
}

/** What a run without `--delete` says at its end. */
export function previewText(plan: ShownPrune, page: Page): string[] {
  return [
    ...prunePlanText(plan, page),
    ...wrap('Nothing was deleted. `lifeboat prune --delete` deletes what goes.', page.columns),
  ];
}

/** What cron mails is one screen. */
const MOST_NAMED = 15;

export interface ShownRemoval {
  readonly vault: string;
  readonly removed: readonly RemovedSummary[];
  readonly changes: readonly ChangesSummary[];
  readonly stays: number;
  readonly failed: number;
}

export function prunedText({ vault, removed, changes, stays, failed }: ShownRemoval, page: Page): string[] {
  const objects = removed.reduce((sum, one) => sum + one.objects, 0);
  const bytes = removed.reduce((sum, one) => sum + one.storedBytes, 0);
  const foreign = removed.flatMap((one) => one.foreign);
  const lines = [
    removed.length === 0
      ? `Nothing was deleted in ${printable(vault)}: ${countOf(stays, 'folder')} ${stays === 1 ? 'stays' : 'stay'}.`
      : `Deleted ${countOf(removed.length, 'folder')} in ${printable(vault)}: ${countOf(objects, 'object')}, ${formatBytes(bytes)}. ${countOf(stays, 'folder')} ${stays === 1 ? 'stays' : 'stay'}.`,
    ...removed.slice(0, MOST_NAMED).map(({ name }) => `deleted: ${printable(name)}`),
    ...(removed.length > MOST_NAMED
      ? [`and ${countOf(removed.length - MOST_NAMED, 'folder')} more: --json has them all.`]
      : []),
  ];
  lines.push(...changes.map((one) => `deleted: ${changesText(one)} which no backup needs`));
  if (removed.some((one) => one.hidden)) {
    lines.push(
      'This bucket keeps versions, so delete markers hide what was deleted. `lifeboat list --deleted` finds it, and it takes space, until a rule of the bucket removes noncurrent versions.',
    );
  }
  if (foreign.length > 0) {
    lines.push(
      `${countOf(foreign.length, 'file')} that ${foreign.length === 1 ? 'is' : 'are'} not Lifeboat's ${foreign.length === 1 ? 'was' : 'were'} left: ${foreign.map(printable).join(', ')}.`,
    );
  }
  if (failed > 0) lines.push(`${countOf(failed, 'folder')} could not be deleted; the errors say why.`);
  return lines.flatMap((line) => wrap(line, page.columns));
}

/** `12 objects (3 MB) of captured changes of shop, epoch 2` */
function changesText({ source, epoch, objects, storedBytes }: ChangesSummary): string {
  return `${countOf(objects, 'object')} (${formatBytes(storedBytes)}) of captured changes of ${printable(source)}, epoch ${epoch},`;
}

function undrilledHint({ verdicts, undrilled }: ShownPrune, page: Page): string[] {
  if (undrilled || verdicts.every(({ reason }) => reason !== 'nothing-newer')) return [];
  if (verdicts.some(({ reason }) => reason === 'newest')) return [];
  return wrap(
    'No backup here is proven, so none can go. `lifeboat drill` proves the newest; --undrilled lets a newer one count that is only sealed.',
    page.columns,
  ).map((line) => page.paint.yellow(line));
}

const KINDS: Readonly<Record<PruneSummary['kind'], string>> = {
  backup: '',
  remnant: 'no manifest, ',
  'rows-copy': 'safety copy of rows, ',
};

function columns({ undrilled }: ShownPrune, { paint }: Page): ReadonlyArray<Column<PruneSummary>> {
  return [
    { title: 'BACKUP', cell: ({ name }) => name, paint: paint.bold },
    {
      title: 'VERDICT',
      cell: ({ verdict }) => verdict,
      paint: (text, { verdict }) => (verdict === 'goes' ? paint.yellow(text) : text),
    },
    { title: 'WHY', cell: (one) => printable(reasonText(one, undrilled)), mayCut: true },
  ];
}

function reasonText(one: PruneSummary, undrilled: boolean): string {
  const counts = undrilled ? 'sealed' : 'proven';
  if (one.reason === null) {
    return `${KINDS[one.kind]}days over since ${dateOf(one.daysAreOverAt)}`;
  }
  const texts: Readonly<Record<StayReason, string>> = {
    young: `until ${dateOf(one.daysAreOverAt)} at least`,
    newest: `the newest ${counts} one`,
    'nothing-newer': `nothing newer is ${counts}`,
    'on-hold': 'on hold',
    locked: `locked until ${dateOf(one.detail)}`,
    marked: 'marked by a keeper',
    unreadable: 'damaged manifest',
    'not-empty': "only files not Lifeboat's",
  };
  return texts[one.reason];
}

/** The newer backups because of which others go, and what is wrong with those that nobody can read. */
function reasonNotes({ verdicts, undrilled }: ShownPrune, page: Page): string[] {
  const newer = [...new Set(verdicts.flatMap((one) => (one.verdict === 'goes' ? (one.newer ?? []) : [])))];
  const counts = undrilled ? 'sealed' : 'proven';
  const damaged = verdicts.filter(({ reason }) => reason === 'unreadable');
  return [
    ...(newer.length > 0
      ? wrap(
          `What goes has outlived its class, and is older than ${newer.map(printable).join(', ')}, which ${newer.length === 1 ? 'is' : 'are'} ${counts}.`,
          page.columns,
        )
      : []),
    ...damaged.flatMap(({ name, detail }) =>
      labelled('stays: ', `${printable(name)}: ${printable(detail ?? '')}`, page.columns),
    ),
  ];
}

function dateOf(iso: string | null): string {
  return iso?.slice(0, 10) ?? 'an unknown day';
}
