import { Scanner } from '../scanner.ts';
import { splitStatements } from '../statements.ts';

/**
 * Names that older servers write without quotes but that are key words in a newer one, with the first such
 * major version (categories C and R of pg_get_keywords()). As the name of a parameter each is a syntax error
 * there. `system_user` in a CHECK becomes the function SYSTEM_USER, without an error.
 * test/integration/schema-dump/newer-words.test.ts checks real servers.
 */
export const NEWER_WORDS: ReadonlyMap<string, number> = new Map([
  ['json_array', 16],
  ['json_arrayagg', 16],
  ['json_object', 16],
  ['json_objectagg', 16],
  ['system_user', 16],
  ['json', 17],
  ['json_exists', 17],
  ['json_query', 17],
  ['json_scalar', 17],
  ['json_serialize', 17],
  ['json_table', 17],
  ['json_value', 17],
  ['merge_action', 17],
]);

const SOME = new RegExp(`\\b(?:${[...NEWER_WORDS.keys()].join('|')})\\b`);
const ROUTINE = /\b(?:FUNCTION|PROCEDURE|AGGREGATE|ROUTINE)\b/;

/**
 * Quotes every name in a script of pg_dump that became a key word after the source's own major version: the
 * source prints its expressions and parameters by its own list. Key words themselves are always printed in
 * capitals. Other bytes do not change.
 */
export function quoteNewerWords(script: Buffer, major: number): Buffer {
  const text = script.toString('latin1');
  if (![...NEWER_WORDS.values()].some((since) => since > major) || !SOME.test(text)) return script;
  const pieces: string[] = [];
  let kept = 0;
  for (const statement of splitStatements(text)) {
    if (!SOME.test(statement.text)) continue;
    for (const { start, end } of namesIn(statement.text, major)) {
      pieces.push(text.slice(kept, statement.start + start), '"', statement.text.slice(start, end), '"');
      kept = statement.start + end;
    }
  }
  return kept === 0 ? script : Buffer.from(pieces.join('') + text.slice(kept), 'latin1');
}

function namesIn(statement: string, major: number): Array<{ start: number; end: number }> {
  const ofRoutine = ROUTINE.test(statement.slice(0, statement.indexOf('(')));
  const scanner = new Scanner(statement);
  const found: Array<{ start: number; end: number }> = [];
  /** `json`, unless it is a type, as in most places. A schema before a dot is never that type. */
  let undecided: { start: number; end: number } | undefined;
  while (scanner.nextSignificant()) {
    const { kind, start, end } = scanner;
    if (undecided !== undefined && scanner.text.startsWith('=>', start)) found.push(undecided);
    undecided = undefined;
    if (kind !== 'word') continue;
    const word = statement.slice(start, end);
    if ((NEWER_WORDS.get(word) ?? 0) <= major) continue;
    const isSchema = statement[end] === '.';
    if (word !== 'json' || ofRoutine || isSchema) found.push({ start, end });
    else undecided = { start, end };
  }
  return found;
}
