import { LifeboatError } from '../../ground/errors.ts';
import { qualifiedName, quoteIdentifier, quoteLiteral } from '../../ground/sql.ts';
import type { CopyDestination, StatementResult } from '../target.ts';
import { TargetStatementError } from '../target.ts';
import { type AsTheyCame, storeAsTheyCome } from './as-they-came.ts';
import { rowBlobs } from './row-blobs.ts';
import { COPY_IN_DEVICE } from './worker-protocol.ts';

/**
 * Two blobs are in memory: one is loaded while the next is gathered. Measured: larger blobs are not faster.
 */
const BLOB_BYTES = 4 * 1024 * 1024;
/** A smaller table is loaded in the time that it takes to ask about it, and to make new files for it. */
const LARGE_BYTES = 1024 * 1024;

export interface CopyInSession {
  execute(sql: string): Promise<StatementResult>;
  copyBlob(sql: string, blob: Uint8Array<ArrayBuffer>): Promise<{ sent: number; taken: number }>;
  /** Defined if the session has ended, so that nothing can be rolled back. */
  hasEnded(): unknown;
  /** Whether the long values of a large table may take as much room as they have bytes. */
  readonly hasRoomToSpare: boolean;
}

/** Loads COPY text in its own transaction: see Target.copyIn. */
export async function copyInTransaction(
  destination: CopyDestination,
  body: AsyncIterable<Uint8Array>,
  session: CopyInSession,
): Promise<number> {
  await session.execute('BEGIN');
  try {
    const rows = await copyBlobs(destination, body, session);
    const { tag } = await session.execute('COMMIT');
    if (tag !== 'COMMIT') throw new TargetStatementError(`COMMIT was answered by ${tag}`, '25000');
    return rows;
  } catch (error) {
    if (session.hasEnded() === undefined) await session.execute('ROLLBACK');
    throw error;
  }
}

/**
 * Gives an empty table new files in this transaction. COPY then bypasses the WAL
 * (PostgreSQL manual, "Disable WAL Archival and Streaming Replication"), and can freeze the rows. Otherwise
 * the first reader would mark each row as committed, and the page would be written again (measured with 334
 * MB: a drill of 13.9 s instead of 14.4). Left alone if the table has rows or triggers. Returns whether COPY may freeze
 * the rows, as VACUUM FREEZE would: in a table, but not in a partitioned one.
 */
async function giveNewFiles(name: string, session: CopyInSession): Promise<boolean> {
  const { rows } = await session.execute(
    `SELECT relkind, relhastriggers FROM pg_catalog.pg_class WHERE oid = ${quoteLiteral(name)}::pg_catalog.regclass`,
  );
  const { relkind, relhastriggers } = rows[0] ?? {};
  if (relhastriggers !== 'f') return false;
  // The rows of a partitioned table are in its partitions. Inheritance children are separate tables.
  const scope = relkind === 'r' ? `ONLY ${name}` : relkind === 'p' ? name : undefined;
  if (scope === undefined) return false;
  const found = await session.execute(`SELECT 1 FROM ${scope} LIMIT 1`);
  if (found.rows.length > 0) return false;
  await session.execute(`TRUNCATE ${scope}`);
  return relkind === 'r';
}

async function copyBlobs(
  { schema, table, columns }: CopyDestination,
  body: AsyncIterable<Uint8Array>,
  session: CopyInSession,
): Promise<number> {
  const name = qualifiedName(schema, table);
  const list = columns.length === 0 ? '' : ` (${columns.map(quoteIdentifier).join(', ')})`;
  let mayFreeze = false;
  const copy = (blob: Uint8Array<ArrayBuffer>) => {
    const options = `ENCODING 'UTF8'${mayFreeze ? ', FREEZE' : ''}`;
    return copyBlob(`COPY ${name}${list} FROM '${COPY_IN_DEVICE}' (${options})`, blob, session);
  };
  let rows = 0;
  let loading: Promise<number> | undefined;
  let uncompressed: AsTheyCame | undefined;
  try {
    for await (const blob of rowBlobs(body, BLOB_BYTES)) {
      rows += (await loading) ?? 0;
      const isLarge = blob.length >= LARGE_BYTES;
      if (isLarge && loading === undefined) mayFreeze = await giveNewFiles(name, session);
      if (isLarge && session.hasRoomToSpare)
        uncompressed ??= await storeAsTheyCome(name, (statement) => session.execute(statement));
      // A row larger than a blob needs enough memory already: nothing is gathered beside it.
      const isOneRow = blob.length > BLOB_BYTES;
      loading = copy(blob);
      // The next await throws a failure. Until then, the code may wait for the body.
      loading.catch(() => {});
      if (isOneRow) await loading;
    }
    // An empty table is also copied, which checks that it exists with its columns.
    loading ??= copy(new Uint8Array(0));
    rows += await loading;
    await uncompressed?.undo();
    return rows;
  } finally {
    // If the body has failed, the running COPY has to end before the next statement.
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
