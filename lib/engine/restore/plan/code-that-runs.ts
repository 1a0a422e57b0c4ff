import { significantTokens } from '../../sql-script/tokens.ts';
import { nameMentions } from '../archived/name-mentions.ts';
import { plainName, relationKey } from '../archived/relation-key.ts';
import type { PlannedEntry } from './restore-plan.ts';

/** Entries whose expressions the server computes while it loads rows, builds indexes and refreshes views. */
const COMPUTED: ReadonlySet<string> = new Set([
  'TABLE',
  'DOMAIN',
  'CHECK CONSTRAINT',
  'CONSTRAINT',
  'INDEX',
  'MATERIALIZED VIEW',
]);
const CODE: ReadonlySet<string> = new Set(['FUNCTION', 'PROCEDURE', 'AGGREGATE', 'OPERATOR']);

/** Functions of PostgreSQL and its extensions that reach files or other servers, or run SQL from a text. */
const REACHES_OUT =
  /^(?:pg_(?:read_|ls_|stat_file|file_|logdir|execute)\w*|lo_(?:import|export)|dblink\w*|(?:query|cursor|table|schema|database)_to_xml\w*|http_\w+)$/i;

/**
 * Names of functions and operators that run while a backup is restored, with the rights of the role that
 * restores: the archive's own that expressions of its tables name, and PostgreSQL's own that reach files or
 * other servers. Function bodies are not read, so what these functions call in turn is not listed.
 */
export function codeThatRuns(entries: readonly PlannedEntry[]): string[] {
  const own = new Set(
    entries.filter(({ type }) => CODE.has(type)).map(({ object }) => relationKey(object.schema, object.name)),
  );
  // A materialized view may read from views, so their expressions run too.
  const shows = entries.some(({ type }) => type === 'MATERIALIZED VIEW');
  const found = new Set<string>();
  for (const { type, adapted } of entries) {
    if (!COMPUTED.has(type) && !(shows && type === 'VIEW')) continue;
    for (const text of adapted) {
      for (const { key } of nameMentions(text)) if (own.has(key)) found.add(plainName(key));
      for (const { kind, text: word } of significantTokens(text)) {
        if (kind === 'word' && REACHES_OUT.test(word)) found.add(word.toLowerCase());
      }
    }
  }
  return [...found].sort();
}
