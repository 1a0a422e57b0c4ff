import type { PlannedStatement } from './planned-statement.ts';
import type { SchemaObject } from './schema-object.ts';

/** A statement that was not applied unchanged. */
export interface StatementOutcome extends SchemaObject {
  /** Only the command, such as `CREATE TABLE` or `ALTER TABLE OWNER TO`, and never more of the text. */
  readonly statement: string;
  /**
   * `object`: the object is missing. `property`: it exists, but lacks its owner, comment, tablespace, exact
   * order, …
   */
  readonly lost: 'object' | 'property';
}

/** A statement that the target cannot execute, though nothing is known to be wrong with the backup. */
export interface SkippedStatement extends StatementOutcome {
  readonly reason: string;
}

/** A statement that the target should have executed. */
export interface FailedStatement extends StatementOutcome {
  /** The server's message. It also names the object that the statement depends on, if that failed before. */
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
