import { LifeboatError } from '../ground/errors.ts';
import { significantTokens } from '../sql-script/tokens.ts';

/**
 * Checks that a text is one SQL condition, so that it stays inside the brackets that are put around it. The
 * server checks the rest. Throws `restore-rows-condition`.
 */
export function requireCondition(condition: string): string {
  const tokens = tokensOf(condition);
  if (tokens.length === 0) throw invalid('it is empty');
  let open = 0;
  for (const { kind, text } of tokens) {
    if (kind !== 'punctuation') continue;
    if (text === ';') throw invalid('it holds a semicolon');
    if (text === '(') open += 1;
    if (text === ')') open -= 1;
    if (open < 0) throw invalid('it closes a bracket that it did not open');
  }
  if (open > 0) throw invalid('a bracket in it does not close');
  if (condition.includes('\0')) throw invalid('it holds a NUL character');
  // A comment at its end would swallow the bracket after it.
  return `(${condition}\n)`;
}

function tokensOf(condition: string): ReturnType<typeof significantTokens> {
  try {
    return significantTokens(condition);
  } catch {
    throw invalid('a quote or a comment in it does not end');
  }
}

function invalid(problem: string): LifeboatError {
  return new LifeboatError({
    code: 'restore-rows-condition',
    kind: 'usage',
    what: `--where must be one SQL condition, but ${problem}.`,
    remedy: "Write what would stand after WHERE: --where 'tenant_id = 42'.",
  });
}
