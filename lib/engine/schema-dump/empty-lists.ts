import { emptyList } from '../catalog/settings.ts';
import { splitStatements } from '../sql-script/statements.ts';
import { significantTokens, wordOf } from '../sql-script/tokens.ts';

/** `    SET search_path TO `, and the line ends. */
const EMPTY_LIST = /\n {4}SET [^\n]+ TO \n/;

/**
 * pg_dump 18 writes nothing at all for a function's setting that is an empty list (`SET search_path TO NULL` of 19;
 * `SET search_path FROM CURRENT` of any), which no server can read. `body` has one character a byte.
 */
export function writeEmptyLists(body: string, major: number): string {
  if (!EMPTY_LIST.test(body)) return body;
  const pieces: string[] = [];
  let kept = 0;
  for (const { start, text } of splitStatements(body)) {
    if (!/^CREATE (?:FUNCTION|PROCEDURE) /.test(text) || !EMPTY_LIST.test(text)) continue;
    const tokens = significantTokens(text);
    for (const [index, token] of tokens.entries()) {
      // `SET name TO` without the string of a value; a name has no quotes unless it has a dot, or needs them.
      if (wordOf(token) !== 'TO' || wordOf(tokens[index - 2]) !== 'SET') continue;
      if (tokens[index + 1]?.kind === 'string') continue;
      pieces.push(body.slice(kept, start + token.end), ` ${emptyList(major)}`);
      kept = start + token.end;
      if (body[kept] === ' ') kept += 1;
    }
  }
  return pieces.join('') + body.slice(kept);
}
