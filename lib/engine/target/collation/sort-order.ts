import { qualifiedName, quoteLiteral } from '../../ground/sql.ts';
import type { ResultRow, Target } from '../target.ts';

/** How a target sorts compared with the source. */
export interface SortOrder {
  /** Whether text in the default collation sorts exactly as at the source. */
  readonly defaultIsExact: boolean;
  /** Stand-ins for collations, as `schema.name`. The set grows while a schema is applied. */
  readonly standIns: Set<string>;
}

/** A column, or a partition key, whose values sort differently on the target. */
export interface DifferentlySorted {
  readonly name: string;
  /** Whether even equality may differ, because the collation is nondeterministic. */
  readonly equalityDiffers: boolean;
}

const COLLATION = `
  nc.nspname || '.' || c.collname AS collation, NOT c.collisdeterministic AS nondeterministic
  FROM pg_catalog.pg_collation c JOIN pg_catalog.pg_namespace nc ON nc.oid = c.collnamespace`;

/**
 * Finds a relation's columns that sort differently. `constraint` limits them to the columns of this
 * constraint.
 */
export function differentColumns(
  target: Target,
  order: SortOrder,
  { schema, name, constraint }: { schema: string; name: string; constraint?: string },
): Promise<DifferentlySorted[]> {
  const relation = `${quoteLiteral(qualifiedName(schema, name))}::pg_catalog.regclass`;
  const ofConstraint =
    constraint === undefined
      ? ''
      : `AND a.attnum = ANY (SELECT pg_catalog.unnest(k.conkey) FROM pg_catalog.pg_constraint k
                              WHERE k.conrelid = a.attrelid AND k.conname = ${quoteLiteral(constraint)})`;
  return different(
    target,
    order,
    `SELECT a.attname AS name, ${COLLATION} JOIN pg_catalog.pg_attribute a ON a.attcollation = c.oid
      WHERE a.attrelid = ${relation} AND a.attnum > 0 AND NOT a.attisdropped ${ofConstraint}`,
  );
}

/** Finds range partition keys that sort differently, of a partition and of all tables above it. */
export function differentPartitionKeys(
  target: Target,
  order: SortOrder,
  { schema, name }: { schema: string; name: string },
): Promise<DifferentlySorted[]> {
  const relation = `${quoteLiteral(qualifiedName(schema, name))}::pg_catalog.regclass`;
  return different(
    target,
    order,
    `SELECT p.partrelid::pg_catalog.regclass::text AS name, ${COLLATION}
       JOIN pg_catalog.pg_partitioned_table p ON c.oid = ANY (p.partcollation::pg_catalog.oid[])
      WHERE p.partstrat = 'r' AND (p.partrelid = ${relation}
         OR p.partrelid IN (SELECT relid FROM pg_catalog.pg_partition_ancestors(${relation}) AS a (relid)))`,
  );
}

/** Finds whether the values of a domain sort differently. */
export function differentDomain(
  target: Target,
  order: SortOrder,
  { schema, name }: { schema: string; name: string },
): Promise<DifferentlySorted[]> {
  const type = `${quoteLiteral(qualifiedName(schema, name))}::pg_catalog.regtype`;
  return different(
    target,
    order,
    `SELECT t.typname AS name, ${COLLATION} JOIN pg_catalog.pg_type t ON t.typcollation = c.oid WHERE t.oid = ${type}`,
  );
}

async function different(target: Target, order: SortOrder, query: string): Promise<DifferentlySorted[]> {
  const { rows } = await target.execute(query);
  return rows
    .filter((row) => sortsDifferently(row, order))
    .map((row) => ({ name: row.name ?? '', equalityDiffers: row.nondeterministic === 't' }));
}

function sortsDifferently({ collation }: ResultRow, order: SortOrder): boolean {
  if (collation === 'pg_catalog.default') return !order.defaultIsExact;
  return collation != null && order.standIns.has(collation);
}
