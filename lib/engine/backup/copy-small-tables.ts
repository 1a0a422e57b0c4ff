import type pg from 'pg';
import { gather, SAMPLE_BYTES } from '../archive/codec/compress.ts';
import { CopyOut } from '../copy-text/copy-out.ts';
import {
  type ChunkDestination,
  type CopiedChunk,
  contentOfAll,
  startingWith,
  storeRows,
} from './copy-chunk.ts';
import type { SmallRows } from './shared-objects.ts';

type RowsDestination = Omit<ChunkDestination, 'key' | 'keepEmpty'>;

interface SmallTable {
  /** For messages. */
  readonly name: string;
  /** Where its rows are stored if they are more than they seemed. */
  readonly key: string;
}

export interface SmallTableTaker<Task> {
  /** Takes the rows of the next table. */
  small(rows: SmallRows<Task>): Promise<void>;
  /** Takes a table whose rows are stored by themselves, or that has none. */
  alone(task: Task, copied: CopiedChunk | undefined): Promise<void>;
}

/**
 * Runs one message with a COPY … TO STDOUT for each of several tables, which saves a round trip for each. Throws the error of the first
 * COPY that failed, after those before it were taken.
 */
export async function copySmallTables<Task extends SmallTable>(
  client: pg.Client,
  statements: string,
  tasks: readonly Task[],
  destination: RowsDestination,
  taker: SmallTableTaker<Task>,
): Promise<void> {
  const copy = new CopyOut(client, statements, destination.signal);
  try {
    for (const task of tasks) await takeTable(copy, task, destination, taker);
    await copy.end();
  } finally {
    copy.stop();
  }
}

async function takeTable<Task extends SmallTable>(
  copy: CopyOut,
  task: Task,
  destination: RowsDestination,
  taker: SmallTableTaker<Task>,
): Promise<void> {
  const { name, key } = task;
  const rows = copy.rows();
  const text = await gather(rows);
  if (text.length >= SAMPLE_BYTES) {
    const all = startingWith(text, rows);
    return await taker.alone(task, await storeRows(all, copy, { ...destination, key }));
  }
  destination.onBytes?.(text.length);
  await destination.limit?.pay(text.length, destination.signal);
  const content = contentOfAll(copy, name);
  if (text.length === 0) await taker.alone(task, undefined);
  else await taker.small({ task, text, content });
}
