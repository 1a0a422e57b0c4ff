import { emptyList } from '../catalog/settings.ts';
import { splitStatements } from '../sql-script/statements.ts';
import { significantTokens, wordOf } from '../sql-script/tokens.ts';

/** A line that ends after `    SET search_path TO `. */
const EMPTY_LIST = /\n {4}SET [^\n]+ TO \n/;

/**
 * Adds the missing value of a function's setting that is an empty list (`SET search_path TO NULL` in 19, or
 * `SET search_path FROM CURRENT` in any version). pg_dump 18 writes no value for it, which no server can
 * read. `body` has one character per byte.
 */
export function writeEmptyLists(body: string, major: number): string {
  if (!EMPTY_LIST.test(body)) return body;
  const pieces: string[] = [];
  let kept = 0;
  for (const { start, text } of splitStatements(body)) {
    if (!/^CREATE (?:FUNCTION|PROCEDURE) /.test(text) || !EMPTY_LIST.test(text)) continue;
    const tokens = significantTokens(text);
    for (const [index, token] of tokens.entries()) {
      // `SET name TO` without a string after it. A name is quoted only if it has a dot, or needs quotes.
      if (wordOf(token) !== 'TO' || wordOf(tokens[index - 2]) !== 'SET') continue;
      if (tokens[index + 1]?.kind === 'string') continue;
      pieces.push(body.slice(kept, start + token.end), ` ${emptyList(major)}`);
      kept = start + token.end;
      if (body[kept] === ' ') kept += 1;
    }
  }
  return pieces.join('') + body.slice(kept);
}
