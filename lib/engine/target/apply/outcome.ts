import type { PlannedStatement } from './planned-statement.ts';
import type { SchemaObject } from './schema-object.ts';

/** One statement that was not applied as it stands. */
export interface StatementOutcome extends SchemaObject {
  /** `CREATE TABLE`, `ALTER TABLE OWNER TO`: never more of its text. */
  readonly statement: string;
  /** `object`: it is not there. `property`: it is, without its owner, comment, tablespace, exact order, … */
  readonly lost: 'object' | 'property';
}

/** The target cannot do it; nothing is known to be wrong with the backup. */
export interface SkippedStatement extends StatementOutcome {
  readonly reason: string;
}

/** The target should have done it. */
export interface FailedStatement extends StatementOutcome {
  /** The server's, with what it depends on where that failed before. */
  readonly message: string;
  readonly sqlState: string;
}

export type Outcome =
  | { readonly kind: 'applied' }
  | { readonly kind: 'skipped'; readonly skipped: SkippedStatement }
  | { readonly kind: 'failed'; readonly failed: FailedStatement };

export function statementOutcome(
  { target }: PlannedStatement,
  object: SchemaObject,
  lost: StatementOutcome['lost'],
): StatementOutcome {
  const { verb, objectType, action } = target;
  const statement = [verb, objectType, action].filter((word) => word !== undefined).join(' ');
  return { ...object, statement, lost };
}
