import { constraintsOf } from '../catalog/constraints-query.ts';
import type { FailedStatement } from '../target/apply/outcome.ts';
import type { SchemaObject } from '../target/apply/schema-object.ts';
import { type ResultRow, type Target, TargetStatementError } from '../target/target.ts';
import { refusalOf } from './refusal-of-rows.ts';

/** What is left of a constraint that rows violate, where it can be. */
export const NOT_VALID_HERE = 'the rows are kept, and it is NOT VALID here: it looks at new rows only';

interface TableName {
  readonly schema: string;
  readonly name: string;
}

/** Something of a table that looks at its rows, and was taken away so that they can be loaded. */
export interface LiftedConstraint {
  readonly object: SchemaObject;
  /** What would make it, as reports call it: `ALTER TABLE ADD CONSTRAINT`. */
  readonly statement: string;
  /** Makes it as it was; undefined where nothing can. */
  readonly back: string | undefined;
  /** Makes the most of it that is possible: NOT VALID, say, for new rows alone. */
  readonly weaker: string | undefined;
  readonly comment: string | undefined;
}

/** A session whose every statement stands by itself: a refused one leaves the session as it was before. */
type Session = Pick<Target, 'execute'>;

/**
 * Loads a table's rows without what refuses them: takes constraints away, first those that can be made again, and tries after each
 * level (see constraints-query.ts). Returns what was taken away; throws the last refusal when nothing helps, everything made again.
 */
export async function loadWithoutConstraints(
  session: Session,
  table: TableName,
  load: () => Promise<void>,
  refusal: TargetStatementError,
  /** `mayLose`: takes away also what may not come back, the partition's bound and expressions of columns. */
  { mayLose = true }: { readonly mayLose?: boolean } = {},
): Promise<LiftedConstraint[]> {
  const { rows } = await session.execute(`${constraintsOf(table)} ORDER BY place`);
  const lifted: LiftedConstraint[] = [];
  let last = refusal;
  const levels = levelsFor(refusal);
  for (const level of mayLose ? levels : levels.slice(0, 2)) {
    let isLifted = false;
    for (const row of rows.filter((one) => one.level === level)) {
      if (!(await isDone(session, row.lift ?? ''))) continue;
      lifted.push(liftedConstraint(row));
      isLifted = true;
    }
    if (!isLifted) continue;
    try {
      await load();
      return lifted;
    } catch (error) {
      if (!(error instanceof TargetStatementError)) throw error;
      last = error;
    }
  }
  await makeAgain(session, lifted, last);
  throw last;
}

/** Those of domains first where a domain refused: who is innocent should stay, for not everything can be made again as it was. */
function levelsFor({ refused: { dataType } }: TargetStatementError): readonly string[] {
  return dataType === undefined ? ['1', '2', '3', '4'] : ['2', '1', '3', '4'];
}

/** Makes constraints again, the last one first, and tells which could not be made as they were, and why. */
export async function makeAgain(
  session: Session,
  lifted: readonly LiftedConstraint[],
  refusal: TargetStatementError,
): Promise<FailedStatement[]> {
  const failed: FailedStatement[] = [];
  for (const one of lifted.toReversed()) {
    const { back } = one;
    const error = back === undefined ? refusal : await refusalOf(() => session.execute(back));
    const isWeaker = error !== undefined && one.weaker !== undefined && (await isDone(session, one.weaker));
    if (one.comment !== undefined && (error === undefined || isWeaker)) await isDone(session, one.comment);
    if (error) failed.push(failedConstraint(one, error, isWeaker));
  }
  return failed;
}

/** `c_ok on public.c`, for sentences. */
export function nameOfConstraint({ object: { schema, name, on } }: LiftedConstraint): string {
  const own = schema === undefined ? name : `${schema}.${name}`;
  return on === undefined ? own : `${own} on ${on.schema}.${on.name}`;
}

function failedConstraint(
  { object, statement, back }: LiftedConstraint,
  { message, sqlState }: TargetStatementError,
  isWeaker: boolean,
): FailedStatement {
  const what =
    back === undefined
      ? `the rows are kept, and the column is an ordinary one here${isWeaker ? ', computed once' : ', without values'}`
      : isWeaker
        ? NOT_VALID_HERE
        : 'the rows are kept without it';
  const isConstraint = object.kind === 'constraint' && !isWeaker;
  return {
    ...object,
    statement,
    lost: isConstraint ? 'object' : 'property',
    message: `${message}; ${what}`,
    sqlState,
  };
}

function liftedConstraint(row: ResultRow): LiftedConstraint {
  const { kind, schema, name, on_schema: onSchema, on_name: onName } = row;
  return {
    object: {
      kind: String(kind),
      ...(schema == null ? {} : { schema }),
      name: String(name),
      ...(onName == null ? {} : { on: { schema: String(onSchema), name: onName } }),
    },
    statement: String(row.statement),
    back: row.back ?? undefined,
    weaker: row.weaker ?? undefined,
    comment: row.comment ?? undefined,
  };
}

async function isDone(session: Session, sql: string): Promise<boolean> {
  return (await refusalOf(() => session.execute(sql))) === undefined;
}
