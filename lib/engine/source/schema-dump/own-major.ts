import { splitStatements } from '../../sql-script/statements.ts';
import { significantTokens, wordOf } from '../../sql-script/tokens.ts';

/**
 * Options of a subscription that pg_dump 18 always spells out, because their defaults changed, and the major that first
 * knows each. An older server always does what they say, so without them the subscription is the same.
 */
const SUBSCRIPTION_OPTIONS: ReadonlyMap<string, number> = new Map([
  ['STREAMING', 14],
  ['RUN_AS_OWNER', 16],
]);

const CREATE_SUBSCRIPTION = /^CREATE SUBSCRIPTION /;

/** Makes what pg_dump 18 writes loadable by servers of the source's own major: an archive promises that. */
export function loadableByMajor(script: string, major: number): string {
  const unknown = new Set(
    [...SUBSCRIPTION_OPTIONS].filter(([, sinceMajor]) => major < sinceMajor).map(([name]) => name),
  );
  if (unknown.size === 0 || !script.includes('CREATE SUBSCRIPTION ')) return script;
  const pieces: string[] = [];
  let kept = 0;
  for (const { start, text } of splitStatements(script)) {
    if (!CREATE_SUBSCRIPTION.test(text)) continue;
    const tokens = significantTokens(text);
    for (const [index, token] of tokens.entries()) {
      const comma = tokens[index - 1];
      const value = tokens[index + 2];
      const isOption = token.depth === 1 && comma?.text === ',' && tokens[index + 1]?.text === '=';
      if (!isOption || !value || !unknown.has(wordOf(token) ?? '')) continue;
      pieces.push(script.slice(kept, start + comma.start));
      kept = start + value.end;
    }
  }
  return pieces.join('') + script.slice(kept);
}
