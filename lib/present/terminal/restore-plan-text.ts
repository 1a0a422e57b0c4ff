import { momentSummary } from '../../engine/replay/moment-summary.ts';
import { plainName } from '../../engine/restore/archived/relation-key.ts';
import type { RestorePlan } from '../../engine/restore/restore.ts';
import { LOCK_ATTEMPT_MS } from '../../engine/restore/target/lock-attempt-ms.ts';
import { encryptedTo } from './encrypted-to.ts';
import { factLines, type LabelledFact } from './facts.ts';
import { momentFacts } from './moment-facts.ts';
import { newerFacts } from './newer-facts.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { rolesList } from './roles-list.ts';
import { countOf, formatAge, formatBytes, formatCount, formatDuration, formatTime } from './units.ts';

/** At most this many names are listed; the others are counted. */
const NAMES = 5;

/** Shows the person who must confirm a restore the backup, the target, and each step. */
export function restorePlanText(plan: RestorePlan, now: Date, page: Page): string[] {
  const { bold, green, red } = page.paint;
  const { backup, target } = plan;
  const { manifest, proof } = backup;
  const takenAt = new Date(manifest.snapshot.takenAt);
  return [
    `${plan.resumes ? 'Continuing the restore of' : 'Restore'} ${bold(backup.name)}`,
    ...factLines(
      [
        ['taken', `${formatTime(takenAt)} UTC, ${formatAge(now.getTime() - takenAt.getTime())} ago`],
        [
          'proven',
          proof
            ? `${proof.verdict === 'proven' ? 'yes' : 'with skips'}, by the drill of ${formatTime(new Date(proof.finishedAt))} UTC`
            : red('no drill has restored it yet'),
        ],
        [
          'holds',
          `${formatCount(manifest.totals.rows)} rows in ${countOf(manifest.tables.length, 'table')}, ${formatBytes(manifest.totals.rawBytes)}, of PostgreSQL ${printable(manifest.server.version)}`,
        ],
        ...momentFacts(plan.moment && momentSummary(plan.moment)),
      ],
      page,
    ),
    `into ${bold(printable(target.database))}`,
    ...factLines(
      [
        [
          'server',
          `${printable(target.display.replace(/\/[^/]*$/, ''))}, PostgreSQL ${printable(target.version)}`,
        ],
        ['holds', plan.createsDatabase ? 'does not exist yet' : holdsText(plan)],
      ],
      page,
    ),
    'This will be done',
    ...factLines(
      [
        [
          'first',
          plan.safetyBackup
            ? `a safety backup of the existing data, into the same vault, ${encryptedTo(plan.safetyRecipients)}`
            : undefined,
        ],
        ['create', plan.createsDatabase ? databaseText(plan) : undefined],
        ['roles', plan.rolesToCreate.length > 0 ? rolesText(plan) : undefined],
        ['replace', plan.replaces.length > 0 ? red(replacesText(plan)) : undefined],
        ...newerFacts(plan.newer, page),
        ['empty', plan.empties.length > 0 ? red(relationsText(plan.empties)) : undefined],
        ['restore', restoresText(plan)],
        ['beside', plan.exchanges ? BESIDE : undefined],
        ['locks', locksText(plan)],
        ['with them', dependentsText(plan)],
        ['as', plan.newName ? printable(`${plan.newName.to.schema}.${plan.newName.to.name}`) : undefined],
        ['as', copyText(plan)],
        ...plan.tiers
          .filter(({ names }) => names.length > 0)
          .map((tier, index): LabelledFact => [`tier ${index + 1}`, listed(tier.names)]),
        ['done', doneText(plan)],
        ['left', leftText(plan)],
        ['disk', diskText(plan)],
        ['expected', `about ${formatDuration(plan.expectedMs)}, ${countOf(plan.jobs, 'job')}`],
        ...plan.notes.map((note): LabelledFact => ['note', printable(note)]),
      ],
      page,
    ),
    ...(plan.replaces.length + plan.empties.length === 0 && target.holds !== undefined && !plan.resumes
      ? [green('Existing objects stay as they are.')]
      : []),
  ];
}

function holdsText({ target, resumes }: RestorePlan): string {
  if (target.holds === undefined) return 'nothing';
  const tables = [...target.relations.values()].filter(({ kind }) => kind === 'r');
  const rows = tables.reduce((sum, { estimatedRows = 0 }) => sum + estimatedRows, 0);
  const about = rows > 0 ? `, about ${countOf(rows, 'row')}` : '';
  const state = resumes ? 'an interrupted restore: ' : '';
  return printable(
    `${state}${countOf(tables.length, 'table')}${about}, ${formatBytes(target.sizeBytes)}; among others ${target.holds}`,
  );
}

function databaseText({ target }: RestorePlan): string {
  const { database, encoding, localeProvider, locale, collate } = target;
  return printable(
    `the database ${database}, in ${encoding}, sorting by ${localeProvider} ${locale ?? collate ?? ''}`.trim(),
  );
}

/** All of them, and what they may do: nobody should agree to a role unseen. */
function rolesText({ roles, scope }: RestorePlan): string {
  const names = rolesList(roles);
  return scope.roles === 'all'
    ? `${names}: created as they were, without passwords`
    : `${names}: created without LOGIN and without passwords, so that they can own objects`;
}

function doneText({ doneBefore }: RestorePlan): string | undefined {
  if (!doneBefore) return undefined;
  const { tables, rawBytes, indexes } = doneBefore;
  return `${formatCount(tables[0])} of ${countOf(tables[1], 'table')}, ${formatBytes(rawBytes[0])} of ${formatBytes(rawBytes[1])}, ${formatCount(indexes[0])} of ${countOf(indexes[1], 'key or index', 'keys and indexes')}`;
}

function leftText({ doneBefore }: RestorePlan): string | undefined {
  if (!doneBefore) return undefined;
  const left = ([done, all]: readonly [number, number]) => Math.max(0, all - done);
  const { tables, rawBytes, indexes } = doneBefore;
  return `${countOf(left(tables), 'table')}, ${formatBytes(left(rawBytes))}, ${countOf(left(indexes), 'key or index', 'keys and indexes')}; then everything is compared`;
}

/** No SQL says how much is free on a server. */
function diskText({ neededBytes, intoExisting, newName, exchanges, scope }: RestorePlan): string | undefined {
  if (scope.content === 'schema') return undefined;
  const beside =
    exchanges || newName ? ', beside what is there' : intoExisting ? ', in place of what is there' : '';
  return `about ${formatBytes(neededBytes)} for tables and indexes${beside}, and room for the write-ahead log (max_wal_size) beside. PostgreSQL does not say what is free: run \`df -h\` on the server's data directory, or look at the host's console`;
}

const BESIDE =
  'everything is loaded, indexed and compared in a schema of its own first; then it takes its place in one short transaction';

function locksText({ locks, exchanges, scope }: RestorePlan): string | undefined {
  const { alone, againstWriting, patienceMs } = locks;
  if (alone.length + againstWriting.length === 0) return undefined;
  const names = (keys: readonly string[]) => listed(keys.map(plainName));
  const whole = alone.length > 0 ? [`${names(alone)} against everybody`] : [];
  const writing = againstWriting.length > 0 ? [`${names(againstWriting)} against writing`] : [];
  const howLong = exchanges
    ? 'for the short transaction at the end'
    : scope.content === 'data'
      ? 'until all rows are loaded and checked'
      : 'while existing tables are dropped';
  return `${[...whole, ...writing].join('; ')}, ${howLong}. Others wait ${formatDuration(LOCK_ATTEMPT_MS)} at most for an attempt that fails; it tries for ${formatDuration(patienceMs)}`;
}

function copyText({ copy }: RestorePlan): string | undefined {
  if (copy === undefined) return undefined;
  if (copy.schema) return printable(`the new schema ${copy.schema.to}, beside ${copy.schema.from}`);
  return listed(
    copy.relations.map(({ from, to }) => `${to.schema}.${to.name} (of ${from.schema}.${from.name})`),
  );
}

function dependentsText({ dependents }: RestorePlan): string | undefined {
  const { made } = dependents;
  return made.length === 0 ? undefined : `what refers to them: ${listed(made.map(({ words }) => words))}`;
}

function relationsText(relations: RestorePlan['replaces']): string {
  const rows = relations.reduce((sum, { estimatedRows = 0 }) => sum + estimatedRows, 0);
  const about = rows > 0 ? ` (about ${countOf(rows, 'row')})` : '';
  return `${listed(relations.map(({ key }) => plainName(key)))}${about}`;
}

/** With the rows that the backup has of them, where the two may be compared. */
function replacesText({ replaces, rows, tables, scope }: RestorePlan): string {
  const text = relationsText(replaces);
  const isAll = tables.length === replaces.filter(({ kind }) => kind === 'r').length;
  const isCounted = text.endsWith(')') && scope.content !== 'schema' && isAll;
  return isCounted ? `${text.slice(0, -1)}; the backup has ${formatCount(rows)})` : text;
}

function restoresText({ tables, rows, rawBytes, entries, scope }: RestorePlan): string {
  const objects = entries.length > 0 ? `${countOf(entries.length, 'object')} of the schema` : '';
  const data = `${formatCount(rows)} rows in ${countOf(tables.length, 'table')}, ${formatBytes(rawBytes)}`;
  if (scope.content === 'schema') return `${objects}, no rows`;
  const names = tables.length <= NAMES && tables.length > 0 && (scope.tables || scope.schemas);
  const which = names ? `: ${listed(tables.map(({ schema, name }) => `${schema}.${name}`))}` : '';
  return [data + which, objects].filter(Boolean).join('; ');
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMES).map(printable).join(', ');
  return names.length > NAMES ? `${shown} and ${formatCount(names.length - NAMES)} more` : shown;
}
