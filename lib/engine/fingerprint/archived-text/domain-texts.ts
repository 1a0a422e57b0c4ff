import { decodeName } from '../../sql-script/names.ts';
import type { StatementText } from './statement-text.ts';

export interface DomainTexts {
  readonly default?: string;
  readonly constraints: ReadonlyArray<readonly [name: string, text: string]>;
}

/** `CREATE DOMAIN d AS text NOT NULL DEFAULT 'x' CONSTRAINT c CHECK (…) CONSTRAINT e CHECK (…)` */
export function domainTexts(statement: StatementText): DomainTexts {
  const starts: number[] = [];
  for (let at = statement.find('CONSTRAINT'); at >= 0; at = statement.find('CONSTRAINT', at + 1)) {
    starts.push(at);
  }
  const total = statement.tokens.length;
  const constraints = starts.map((start, index) => {
    const { kind, text } = statement.tokens[start + 1] ?? { kind: 'word' as const, text: '' };
    return [decodeName(kind, text), statement.between(start + 2, starts[index + 1] ?? total)] as const;
  });
  const at = statement.find('DEFAULT');
  if (at < 0) return { constraints };
  const notNull = statement.find('NOT NULL', at);
  return {
    default: statement.between(at + 1, Math.min(starts[0] ?? total, notNull < 0 ? total : notNull)),
    constraints,
  };
}
