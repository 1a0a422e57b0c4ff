import { type StatementTarget, statementTarget } from '../../sql-script/statement-target.ts';
import { significantTokens, type Token } from '../../sql-script/tokens.ts';

/** One statement of a schema script, before it is sent. */
export interface PlannedStatement {
  readonly target: StatementTarget;
  /** Without white space and comments; read on demand. */
  tokens(): readonly Token[];
}

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
