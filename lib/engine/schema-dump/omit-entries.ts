import { readEntries } from '../sql-script/entries.ts';
import { type AddedClause, completeEntry } from './newer-server/complete-entry.ts';

/** What pg_dump --verbose writes about an entry: its catalog row, and the entries that it depends on. */
interface Origin {
  readonly entry: string;
  readonly catalog: number;
  readonly oid: number;
  readonly needs: string | undefined;
}

const TOC_ENTRY = /^-- TOC entry (\d+) \(class (\d+) OID (\d+)\)\n(?:-- Dependencies: (\d+)[\d ]*\n)?/m;
const SETTING = /^SET (?:default_tablespace|default_table_access_method) = /;
const TIMES = /^-- (?:Started|Completed) on \d[^\n]*\n\n/gm;

/** Changes to entries, by the OIDs of a catalog and of a row in it. */
export interface EntryChanges {
  readonly omitted: ReadonlyMap<number, ReadonlySet<number>>;
  readonly completed: ReadonlyMap<number, ReadonlyMap<number, readonly AddedClause[]>>;
}

export function changesNothing({ omitted, completed }: EntryChanges): boolean {
  return omitted.size === 0 && completed.size === 0;
}

/**
 * Removes the entries of these catalog rows from a dump made with --verbose, and also their comments, grants
 * and labels, which have no rows of their own. Adds clauses that pg_dump does not know to other entries.
 * Removes everything that --verbose added, so that the rest is what pg_dump writes without it.
 */
export function changeEntries(body: string, { omitted, completed }: EntryChanges): string {
  const { entries } = readEntries(body);
  const first = entries[0]?.start ?? body.length;
  const pieces = [body.slice(0, first).replace(TIMES, '')];
  const gone = new Set<string>();
  for (const [index, entry] of entries.entries()) {
    let text = body.slice(entry.start, entry.end);
    if (index === entries.length - 1) text = text.replace(/\n-- Completed on \d[^\n]*\n\n$/, '\n');
    const origin = originOf(text);
    if (origin && isOmitted(origin, omitted, gone)) {
      gone.add(origin.entry);
      // The settings of this entry also apply to the entries after it.
      const settings = entry.statements.filter((statement) => SETTING.test(statement.text));
      pieces.push(...settings.map((setting) => `${setting.text}\n\n`));
    } else {
      const clauses = origin && completed.get(origin.catalog)?.get(origin.oid);
      const known = clauses === undefined ? text : completeEntry(text, clauses);
      pieces.push(known.replace(TOC_ENTRY, ''));
    }
  }
  return pieces.join('');
}

function isOmitted(
  { catalog, oid, needs }: Origin,
  omitted: ReadonlyMap<number, ReadonlySet<number>>,
  gone: ReadonlySet<string>,
): boolean {
  if (catalog !== 0) return omitted.get(catalog)?.has(oid) === true;
  return needs !== undefined && gone.has(needs);
}

/** Reads the header, which is the first comment of the entry: no text of a user comes before it. */
function originOf(text: string): Origin | undefined {
  const found = TOC_ENTRY.exec(text);
  if (found === null) return undefined;
  const [, entry = '', catalog, oid, needs] = found;
  return { entry, catalog: Number(catalog), oid: Number(oid), needs };
}
