import { decodeName } from '../../sql-script/names.ts';
import type { StatementTarget } from '../../sql-script/statement-target.ts';
import type { Token } from '../../sql-script/tokens.ts';
import {
  type DifferentlySorted,
  differentColumns,
  differentDomain,
  differentPartitionKeys,
  type SortOrder,
} from '../collation/sort-order.ts';
import type { Target, TargetStatementError } from '../target.ts';

const INVALID_OBJECT_DEFINITION = '42P17';
const FOREIGN_KEY_VIOLATION = '23503';
const UNIQUE_VIOLATION = '23505';
const CHECK_VIOLATION = '23514';
const EXCLUSION_VIOLATION = '23P01';

/**
 * Why the target refused rows that the source had accepted, if the reason is that text sorts differently on
 * the target: a CHECK, a domain or a range partition compares such text. Undefined if there is another
 * reason.
 */
export async function orderRefusalOfRows(
  target: Target,
  order: SortOrder,
  error: TargetStatementError,
): Promise<string | undefined> {
  const { schema, table, constraint, dataType } = error.refused;
  if (error.sqlState !== CHECK_VIOLATION || schema === undefined) return undefined;
  if (dataType !== undefined) {
    return because(
      await differentDomain(target, order, { schema, name: dataType }),
      `domain ${dataType} compares`,
    );
  }
  if (table === undefined) return undefined;
  return constraint === undefined
    ? because(
        await differentPartitionKeys(target, order, { schema, name: table }),
        'range partitions compare',
      )
    : because(
        await differentColumns(target, order, { schema, name: table, constraint }),
        `${constraint} compares`,
      );
}

/**
 * Like {@link orderRefusalOfRows}, for a statement with a constraint, a unique index or a range partition.
 */
export async function orderRefusalOfStatement(
  target: Target,
  order: SortOrder,
  error: TargetStatementError,
  statement: { readonly target: StatementTarget; tokens(): readonly Token[] },
): Promise<string | undefined> {
  const { schema, name, on, action } = statement.target;
  if (
    error.sqlState === INVALID_OBJECT_DEFINITION &&
    action === 'ATTACH PARTITION' &&
    schema !== undefined &&
    name !== undefined
  ) {
    return because(await differentPartitionKeys(target, order, { schema, name }), 'range partitions compare');
  }
  const equalityMatters = error.sqlState === UNIQUE_VIOLATION || error.sqlState === FOREIGN_KEY_VIOLATION;
  const orderMatters = error.sqlState === CHECK_VIOLATION || error.sqlState === EXCLUSION_VIOLATION;
  if (!equalityMatters && !orderMatters) return undefined;
  // A second one of the same name violates a unique index of the catalog.
  if (statement.target.objectType?.startsWith('TEXT SEARCH')) return undefined;
  const relation =
    on ?? (name === undefined ? undefined : { name, ...(schema === undefined ? {} : { schema }) });
  if (relation?.schema === undefined) return undefined;
  const mentioned = namesIn(statement.tokens());
  const columns = await differentColumns(target, order, { schema: relation.schema, name: relation.name });
  return because(
    columns.filter((column) => mentioned.has(column.name) && (orderMatters || column.equalityDiffers)),
    'it compares',
  );
}

function because(different: readonly DifferentlySorted[], what: string): string | undefined {
  if (different.length === 0) return undefined;
  const names = [...new Set(different.map(({ name }) => name))].join(', ');
  return `sorts differently here: ${what} text (${names}), and the target lacks the source's collation`;
}

function namesIn(tokens: readonly Token[]): Set<string> {
  return new Set(
    tokens
      .filter(({ kind }) => kind === 'word' || kind === 'quoted-name')
      .map(({ kind, text }) => decodeName(kind, text)),
  );
}
