import type { TableData } from '../../archive/manifest.ts';
import { qualifiedName, quoteLiteral } from '../../ground/sql.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import { makesRelation } from '../archived/archived-schema.ts';
import { relationKey } from '../archived/relation-key.ts';
import type { RestorePlan } from '../plan/restore-plan.ts';
import { isRefusal } from '../target/restore-sessions.ts';

/** Measured: the new file of TRUNCATE costs the server 1 to 4 ms, half of what it takes to load 1 MiB. */
const WORTH_BYTES = 4 * 1024 * 1024;

/** Data exceptions, constraints that rows violate, a wrong number of them: the same in any other way, too. */
const ABOUT_ROWS = /^(2[23]|$)/;

/**
 * Whether a table's rows may go in by COPY … FREEZE, which wants a table that was emptied in the same transaction: so one of
 * this restore's own making, in a database that held nothing (what is published there is subscribed to by nobody), and
 * whose rows are loaded by one session.
 */
export function mayLoadFrozen(
  { schema, name, chunks }: TableData,
  { intoExisting, entries }: Pick<RestorePlan, 'intoExisting' | 'entries'>,
): boolean {
  const [chunk, ...others] = chunks;
  if (intoExisting || !chunk || others.length > 0 || chunk.rawBytes < WORTH_BYTES) return false;
  const key = relationKey(schema, name);
  return entries.some((entry) => entry.role === 'own' && entry.relation === key && makesRelation(entry));
}

/** Whether plain COPY may do what this refusal kept COPY … FREEZE from. */
export function isRefusalToFreeze(error: unknown): boolean {
  return isRefusal(error) && !ABOUT_ROWS.test(error.sqlState);
}

/**
 * Truncates a table that is empty, inside a transaction; whether it did. It does not where anybody has put in anything, an
 * application that came early or rows of a sibling through the root, nor where the role may not or somebody has it locked:
 * then the transaction is as it was. Nobody else gets at the table until the transaction ends.
 */
export async function truncateEmpty(
  session: ServerTarget,
  { schema, name }: { readonly schema: string; readonly name: string },
): Promise<boolean> {
  const table = qualifiedName(schema, name);
  try {
    // Sent as one, for the server may be far away.
    await session.executeAll([
      'SAVEPOINT frozen',
      `LOCK TABLE ONLY ${table} IN ACCESS EXCLUSIVE MODE NOWAIT`,
      refuseUnless(`${isOrdinary(table)} AND pg_catalog.pg_relation_size(${quoteLiteral(table)}) = 0`),
      `TRUNCATE ONLY ${table}`,
      'RELEASE SAVEPOINT frozen',
    ]);
    return true;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await session.execute('ROLLBACK TO SAVEPOINT frozen');
    return false;
  }
}

/** No foreign table; nor a child by inheritance, for ANALYZE of its parent would wait for the lock. */
function isOrdinary(table: string): string {
  return `EXISTS (
    SELECT FROM pg_catalog.pg_class c
     WHERE c.oid = ${quoteLiteral(table)}::pg_catalog.regclass AND c.relkind = 'r'
       AND (c.relispartition OR NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid)))`;
}

/** The only error that plain SQL can raise at will. */
function refuseUnless(condition: string): string {
  return `SELECT 1 / CASE WHEN ${condition} THEN 1 ELSE 0 END`;
}
