import { nameOfBackup } from '../archive/listing.ts';
import type { TableData } from '../archive/manifest.ts';
import { objectsOf } from '../archive/stored-objects.ts';
import { LifeboatError } from '../ground/errors.ts';
import { inParallel } from '../ground/in-parallel.ts';
import type { Observer } from '../ground/progress.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { checkStoredBytes } from '../verify/check-object.ts';
import { relationKey } from './archived/relation-key.ts';
import type { RestorePlan } from './plan/restore-plan.ts';

export interface ReplacingOptions {
  readonly store: ObjectStore;
  readonly signal: AbortSignal;
  readonly observer?: Observer | undefined;
}

/**
 * Reads the stored chunks of the tables that are dropped before their rows come, and checks size and SHA-256 of each:
 * damage that is found afterwards has cost the rows that were there. Nothing is read where the rows that are there go
 * last: an exchange comes when all is loaded, and a table that stays is emptied in the transaction that fills it.
 *
 * Throws `backup-damaged`, and the store's error if a chunk cannot be read. Nothing was changed then.
 */
export async function checkReplacing(
  plan: RestorePlan,
  { store, signal, observer }: ReplacingOptions,
): Promise<void> {
  if (plan.exchanges || plan.replaces.length === 0) return;
  const replaced = new Set(plan.replaces.map(({ key }) => key));
  const tables = plan.tables.filter(({ schema, name }) => replaced.has(relationKey(schema, name)));
  const tableOf = new Map(tables.flatMap((table) => table.chunks.map((chunk) => [chunk, table])));
  const work = objectsOf([...tableOf.keys()]);
  const problems = new Map<TableData, string>();
  const expectedBytes = work.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
  let done = 0;
  let rawBytes = 0;
  await inParallel(work, plan.jobs, async (object) => {
    signal.throwIfAborted();
    const { verdict, problem = 'is damaged', cause } = await checkStoredBytes(store, object, { signal });
    if (verdict === 'unreadable') throw cause;
    for (const table of object.chunks.flatMap((chunk) => tableOf.get(chunk) ?? []))
      if (verdict === 'damaged' && !problems.has(table)) problems.set(table, `${object.key} ${problem}`);
    done += 1;
    rawBytes += object.sizeBytes;
    const counts = { tablesDone: done, tablesTotal: work.length, items: 'objects', rawBytes, expectedBytes };
    observer?.onProgress?.({ phase: 'check', ...counts });
  });
  if (problems.size > 0) throw damaged(plan, problems);
}

function damaged({ backup, target }: RestorePlan, problems: ReadonlyMap<TableData, string>): LifeboatError {
  const [first] = [...problems].map(([{ schema, name }, problem]) => `${schema}.${name}: ${problem}`);
  const more = problems.size > 1 ? `, and ${problems.size - 1} more tables are damaged` : '';
  const names = [...problems.keys()].map(({ schema, name }) => `${schema}.${name}`);
  return new LifeboatError({
    code: 'backup-damaged',
    kind: 'verification',
    what: `${nameOfBackup(backup.place)} is damaged: ${first}${more}.`,
    meaning: `Nothing was changed: the tables of ${target.database} hold what they held.`,
    remedy: `Use another backup; \`lifeboat verify\` says of each whether it is whole. Or leave these tables as they are: ${names.map((name) => `--exclude-table '${name.replaceAll("'", "'\\''")}'`).join(' ')}.`,
  });
}
