import { LifeboatError } from '../../ground/errors.ts';
import { qualifiedName, quoteIdentifier, quoteLiteral } from '../../ground/sql.ts';
import type { CopyDestination, StatementResult } from '../target.ts';
import { TargetStatementError } from '../target.ts';
import { rowBlobs } from './row-blobs.ts';
import { COPY_IN_DEVICE } from './worker-protocol.ts';

/** Two of them are in memory at once: one is loaded while the next is gathered. Measured: larger ones are no faster. */
const BLOB_BYTES = 4 * 1024 * 1024;

export interface CopyInSession {
  execute(sql: string): Promise<StatementResult>;
  copyBlob(sql: string, blob: Uint8Array<ArrayBuffer>): Promise<{ sent: number; taken: number }>;
  /** Defined when there is nobody left to roll back. */
  hasEnded(): unknown;
}

/** Loads COPY text in one transaction of its own; see Target.copyIn. */
export async function copyInTransaction(
  destination: CopyDestination,
  body: AsyncIterable<Uint8Array>,
  session: CopyInSession,
): Promise<number> {
  const truncation = await truncationOf(destination, session);
  await session.execute('BEGIN');
  try {
    if (truncation) await session.execute(truncation.sql);
    const rows = await copyBlobs(destination, body, session, truncation?.mayFreeze ?? false);
    const { tag } = await session.execute('COMMIT');
    if (tag !== 'COMMIT') throw new TargetStatementError(`COMMIT was answered by ${tag}`, '25000');
    return rows;
  } catch (error) {
    if (session.hasEnded() === undefined) await session.execute('ROLLBACK');
    throw error;
  }
}

interface Truncation {
  readonly sql: string;
  /** Whether COPY may put the rows in as VACUUM FREEZE would leave them: into a table, and not into its partitions. */
  readonly mayFreeze: boolean;
}

/**
 * What makes an empty table's files new in this transaction: what COPY then writes to them goes past the WAL (PostgreSQL
 * manual, "Disable WAL Archival and Streaming Replication"), and can be frozen at once, so that nobody who reads it
 * afterwards marks each row as committed and has the page written again (measured, 334 MB: a drill of 13.9 s instead of
 * 14.4). Nothing where rows or triggers are in the way.
 */
async function truncationOf(
  { schema, table }: CopyDestination,
  session: CopyInSession,
): Promise<Truncation | undefined> {
  const name = qualifiedName(schema, table);
  const { rows } = await session.execute(
    `SELECT relkind, relhastriggers FROM pg_catalog.pg_class WHERE oid = ${quoteLiteral(name)}::pg_catalog.regclass`,
  );
  const { relkind, relhastriggers } = rows[0] ?? {};
  if (relhastriggers !== 'f') return undefined;
  // A partitioned table's rows are its partitions'; a parent's children are tables of their own.
  const scope = relkind === 'r' ? `ONLY ${name}` : relkind === 'p' ? name : undefined;
  if (scope === undefined) return undefined;
  const found = await session.execute(`SELECT 1 FROM ${scope} LIMIT 1`);
  if (found.rows.length > 0) return undefined;
  return { sql: `TRUNCATE ${scope}`, mayFreeze: relkind === 'r' };
}

async function copyBlobs(
  { schema, table, columns }: CopyDestination,
  body: AsyncIterable<Uint8Array>,
  session: CopyInSession,
  mayFreeze: boolean,
): Promise<number> {
  const list = columns.length === 0 ? '' : ` (${columns.map(quoteIdentifier).join(', ')})`;
  const sql = `COPY ${qualifiedName(schema, table)}${list} FROM '${COPY_IN_DEVICE}' (ENCODING 'UTF8'${mayFreeze ? ', FREEZE' : ''})`;
  let rows = 0;
  let loading: Promise<number> | undefined;
  try {
    for await (const blob of rowBlobs(body, BLOB_BYTES)) {
      rows += (await loading) ?? 0;
      // A row that is larger than a blob is memory enough: nothing is gathered beside it.
      const isOneRow = blob.length > BLOB_BYTES;
      loading = copyBlob(sql, blob, session);
      // Its failure is met at the next await; until then the body may keep us waiting.
      loading.catch(() => {});
      if (isOneRow) await loading;
    }
    // Of an empty table as well: that it is there with its columns is then known.
    loading ??= copyBlob(sql, new Uint8Array(0), session);
    return rows + (await loading);
  } finally {
    // When the body has failed, what is under way has to end before anything else can be said.
    await loading?.catch(() => {});
  }
}

async function copyBlob(sql: string, blob: Uint8Array<ArrayBuffer>, session: CopyInSession): Promise<number> {
  const { sent, taken } = await session.copyBlob(sql, blob);
  if (sent === taken) return taken;
  throw new LifeboatError({
    code: 'target-rows-lost',
    kind: 'drill',
    what: `${sent} rows were sent in a COPY and the target took ${taken}.`,
    meaning: 'A trigger or a rule discarded rows, or the target is broken.',
  });
}
