import { readChunk } from '../archive/codec/decode.ts';
import type { Manifest, TableData } from '../archive/manifest.ts';
import { RowReader } from '../diff/row-reader.ts';
import { LifeboatError } from '../ground/errors.ts';
import { quoteIdentifier } from '../ground/sql.ts';
import { NotTranscodableError, transcode } from '../rows/transcode.ts';
import type { ServerTarget } from '../target/server/open-server-target.ts';
import type { BringBackOptions } from './bring-back-options.ts';
import { partShape, sendKeys, sendRows } from './candidates.ts';
import { type ChosenRows, chooseRows } from './choose-rows.ts';
import { requireCondition } from './condition.ts';
import { type Matched, matchTables } from './match-tables.ts';
import { listOf, place, type RowsTable } from './rows-table.ts';
import type { Unread } from './send-typed.ts';
import { readTargetCatalog } from './target-table.ts';
import { makeWorkingTables } from './working-tables.ts';

interface Lines {
  readonly line: Buffer;
  readonly isSupport: boolean;
}

/**
 * Chooses rows in the backup and sends exactly these to the target's temporary tables. The target's own tables
 * are not read for that, however large they are.
 */
export async function sendChosenRows(
  wanted: readonly TableData[],
  session: ServerTarget,
  options: BringBackOptions & {
    readonly manifest: Manifest;
    readonly named: readonly TableData[];
    readonly signal: AbortSignal;
  },
): Promise<Matched> {
  const { manifest, where, follow = false, deleteAdded } = options;
  const { foreignKeys } = await readTargetCatalog(session, []);
  await using chosen = await chooseRows({
    ...options,
    wanted: wanted.filter(({ dataLeftOut }) => dataLeftOut === undefined),
    where,
    follow,
    foreignKeys,
  });
  const tables = follow ? union(manifest, wanted, chosen.tables) : wanted;
  const matched = await matchTables(session, manifest, tables, options, new Set(options.named));
  const counted = matched.tables.map((table) => ({ ...table, chosen: countIn(chosen, table) }));
  const unread = new Map<number, Unread>();
  for (const table of counted) {
    await makeWorkingTables(session, table);
    const added = deleteAdded ? await keysInTarget(session, table, String(where)) : new Set<string>();
    unread.set(table.number, await sendChosen(table, chosen, session, added, options));
    await sendKeys(
      session,
      table,
      [...added].map((key) => Buffer.from(key)),
    );
  }
  return {
    ...matched,
    tables: counted,
    unread,
    notes: [
      ...(matched.notes ?? []),
      ...chosen.notices,
      ...(deleteAdded ? ['added rows are those of the database for which --where is true there'] : []),
    ],
  };
}

function union({ tables }: Manifest, a: readonly TableData[], b: readonly TableData[]): TableData[] {
  return tables.filter((table) => a.includes(table) || b.includes(table));
}

function countIn(chosen: ChosenRows, { parts }: RowsTable): { chosen: number; support: number } {
  const counts = parts.map((part) => chosen.countIn(part));
  const sum = (of: 'chosen' | 'support') => counts.reduce((total, count) => total + count[of], 0);
  return { chosen: sum('chosen'), support: sum('support') };
}

/** Reads the keys of the target's rows for which the condition is true there. */
async function keysInTarget(session: ServerTarget, table: RowsTable, where: string): Promise<Set<string>> {
  const keys = new Set<string>();
  const keyNames = table.key.map(({ name }) => name);
  const onRow = ({ line }: { line: Buffer }) => void keys.add(line.toString());
  const shape = { fields: keyNames.length, compared: undefined, key: undefined };
  await session.execute('BEGIN READ ONLY');
  try {
    // As a session of the database's own would find the tables that the condition names.
    await session.execute('SET LOCAL search_path TO DEFAULT');
    const condition = requireCondition(where);
    const query = `SELECT ${listOf(keyNames)} FROM ${place(table)} AS ${quoteIdentifier(table.target.name)} WHERE ${condition}`;
    const reader = await RowReader.create(shape, onRow);
    await session.readOut(query, async (pieces) => {
      for await (const piece of pieces) reader.update(piece);
    });
  } finally {
    await session.execute('ROLLBACK');
  }
  return keys;
}

/** Sends the chosen rows, and takes the keys that the backup has out of `added`. */
async function sendChosen(
  table: RowsTable,
  chosen: ChosenRows,
  session: ServerTarget,
  added: Set<string>,
  {
    store,
    manifest,
    signal,
  }: BringBackOptions & { readonly manifest: Manifest; readonly signal: AbortSignal },
): Promise<Unread> {
  const key = table.key.map(({ name }) => name);
  // A copy may hold the rows of hash partitions in others than the source did.
  const keys = await Promise.all(table.parts.map((part) => chosen.keysIn(part, key)));
  const wanted = new Set(keys.flatMap((one) => [...one.chosen]));
  const support = new Set(keys.flatMap((one) => [...one.support]));
  let found = 0;
  async function* lines(): AsyncGenerator<Buffer> {
    for (const part of table.parts) {
      for (const chunk of part.chunks) {
        const { text } = await transcode(readChunk(store, chunk, signal), manifest.server.encoding);
        for await (const { line, isSupport } of matching(part, text)) {
          found += 1;
          yield Buffer.concat([line, Buffer.from(isSupport ? '\tt' : '\tf')]);
        }
      }
    }
  }
  async function* matching(part: TableData, text: AsyncIterable<Uint8Array>): AsyncGenerator<Lines> {
    let batch: Lines[] = [];
    const reader = await RowReader.create(partShape(part, table), ({ key: read, line }) => {
      const keyText = read.toString();
      added.delete(keyText);
      const isSupport = !wanted.has(keyText);
      if (!isSupport || support.has(keyText)) batch.push({ line: Buffer.from(line), isSupport });
    });
    for await (const piece of text) {
      reader.update(piece);
      yield* batch;
      batch = [];
    }
  }
  let unread: Unread;
  try {
    unread = await sendRows(
      session,
      table,
      () => {
        found = 0;
        return lines();
      },
      [...table.columns, table.control.support],
    );
  } catch (error) {
    throw error instanceof NotTranscodableError ? unreadable(table.name, error.message) : error;
  }
  if (found !== wanted.size + support.size) {
    throw unreadable(table.name, 'prints its keys otherwise in the embedded copy than in the backup');
  }
  return unread;
}

function unreadable(name: string, problem: string): LifeboatError {
  return new LifeboatError({
    code: 'restore-rows-keys-unreadable',
    kind: 'verification',
    what: `${name} ${problem}, so the rows that --where chose cannot be told.`,
    meaning: 'Nothing was changed.',
    remedy: 'Leave out --where and --follow: whole tables are compared without the copy.',
  });
}
