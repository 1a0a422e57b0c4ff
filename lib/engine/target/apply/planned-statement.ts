import { statementTarget } from '../../sql-script/statement-target.ts';
import { significantTokens, type Token } from '../../sql-script/tokens.ts';
import type { PlannedStatement } from './rules/rule.ts';

/** Tokens are read once, and only by those who ask: most statements are sent without. */
export function planStatement(text: string): PlannedStatement {
  let tokens: readonly Token[] | undefined;
  return {
    target: statementTarget(text),
    tokens: () => {
      tokens ??= significantTokens(text);
      return tokens;
    },
  };
}
