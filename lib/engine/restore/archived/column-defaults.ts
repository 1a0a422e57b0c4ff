import { decodeName } from '../../sql-script/names.ts';
import { significantTokens, wordOf } from '../../sql-script/tokens.ts';
import type { ArchivedEntry } from './archived-schema.ts';
import { readRelationKey } from './relation-key.ts';

/** What stands between a column's default and its end, as pg_dump writes it. */
const ENDS: ReadonlySet<string> = new Set(['CONSTRAINT', 'NOT', 'NULL']);

/**
 * The defaults that a CREATE TABLE of pg_dump gives its columns, as entries of their own: a default that uses a
 * sequence of another table goes with that table. pg_dump writes an entry only for a table's own sequence.
 */
export function columnDefaults(entry: ArchivedEntry): ArchivedEntry[] {
  const { type, relation, statements } = entry;
  const [text = ''] = statements;
  if (type !== 'TABLE' || relation === undefined || !text.includes(' DEFAULT ')) return [];
  const tokens = significantTokens(text);
  const on = readRelationKey(relation);
  const found: ArchivedEntry[] = [];
  let column: string | undefined;
  for (const [at, token] of tokens.entries()) {
    const before = tokens[at - 1];
    const isFirst = before?.text === ',' ? before.depth === 1 : before?.text === '(' && token.depth === 1;
    if (isFirst && token.depth === 1) column = decodeName(token.kind, token.text);
    if (column === undefined || token.depth !== 1 || wordOf(token) !== 'DEFAULT') continue;
    const rest = tokens.slice(at + 1);
    const end = rest.find(
      (one) => one.depth === 0 || (one.depth === 1 && (one.text === ',' || ENDS.has(wordOf(one) ?? ''))),
    );
    const expression = text.slice(rest[0]?.start, end?.start).trim();
    const quoted = `"${column.replaceAll('"', '""')}"`;
    found.push({
      ...entry,
      step: `${entry.step} default of ${column}`,
      section: 'post-data',
      type: 'DEFAULT',
      object: { kind: 'column', name: column, on },
      settings: [],
      statements: [`ALTER TABLE ONLY ${relation} ALTER COLUMN ${quoted} SET DEFAULT ${expression};`],
    });
    column = undefined;
  }
  return found;
}
