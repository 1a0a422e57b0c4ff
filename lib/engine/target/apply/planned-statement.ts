import { type StatementTarget, statementTarget } from '../../sql-script/statement-target.ts';
import { significantTokens, type Token } from '../../sql-script/tokens.ts';

/** One statement of a schema script, before it is sent. */
export interface PlannedStatement {
  readonly target: StatementTarget;
  /** The tokens without white space and comments. They are read on demand. */
  tokens(): readonly Token[];
}

/** Plans a statement. Tokens are read once and on demand: most statements are sent without reading them. */
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
