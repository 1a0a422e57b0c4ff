import { readChunk } from '../archive/codec/decode.ts';
import type { Manifest, TableData } from '../archive/manifest.ts';
import { RowReader } from '../diff/row-reader.ts';
import type { RowEdits } from '../erasures/edit-rows.ts';
import type { Erasing } from '../erasures/erasing.ts';
import { LifeboatError } from '../ground/errors.ts';
import { NotTranscodableError, transcode } from '../rows/transcode.ts';
import type { ServerTarget } from '../target/server/open-server-target.ts';
import type { BringBackOptions } from './bring-back-options.ts';
import { partShape, sendKeys, sendRows } from './candidates.ts';
import { type ChosenRows, chooseRows } from './choose-rows.ts';
import { walkLiveRows } from './live-walk.ts';
import { type Matched, matchTables } from './match-tables.ts';
import type { RowsTable } from './rows-table.ts';
import type { Unread } from './send-typed.ts';
import { readTargetCatalog } from './target-table.ts';
import type { NamedRelation, WalkedKey } from './walked-keys.ts';
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
    readonly erasing?: Erasing;
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
  const tables = !follow
    ? wanted
    : union(manifest, chosen.tables, deleteAdded ? below(manifest, wanted, chosen.keys) : wanted);
  const matched = await matchTables(session, manifest, tables, options, new Set(options.named));
  const counted = matched.tables.map((table) => ({ ...table, chosen: countIn(chosen, table) }));
  const notices: string[] = [];
  const added = deleteAdded
    ? await addedRows({
        session,
        tables: counted,
        wanted,
        chosen,
        options,
        onNotice: (one) => notices.push(one),
      })
    : new Map<number, Set<string>>();
  const unread = new Map<number, Unread>();
  for (const table of counted) {
    await makeWorkingTables(session, table);
    const ofTable = added.get(table.number) ?? new Set();
    unread.set(table.number, await sendChosen(table, chosen, session, ofTable, options));
    await sendKeys(
      session,
      table,
      [...ofTable].map((key) => Buffer.from(key)),
    );
  }
  return {
    ...matched,
    tables: counted,
    unread,
    notes: [
      ...(matched.notes ?? []),
      ...chosen.notices,
      ...notices,
      ...(deleteAdded ? [whichAdded(options)] : []),
    ],
  };
}

function whichAdded({ where, follow }: BringBackOptions): string {
  const named = where === undefined ? 'all rows of the tables named' : 'rows for which --where is true now';
  return follow
    ? `added rows are those that belong, by foreign keys, to ${named}`
    : `added rows are ${named}`;
}

interface AddedRequest {
  readonly session: ServerTarget;
  readonly tables: readonly RowsTable[];
  readonly wanted: readonly TableData[];
  readonly chosen: ChosenRows;
  readonly options: BringBackOptions;
  readonly onNotice: (notice: string) => void;
}

/**
 * The keys of the database's rows that may be rows which came after the backup; those that the backup has are taken out
 * later. With `follow` all that belongs now to a row that was named, or was chosen in the backup. If changed rows are
 * overwritten, what belongs to any chosen row goes with it: after the run it is where it was.
 */
async function addedRows({
  session,
  tables,
  wanted,
  chosen,
  options: { follow, overwrite },
  onNotice,
}: AddedRequest): Promise<Map<number, Set<string>>> {
  const from = new Map<number, Set<string>>();
  for (const table of tables) {
    const isNamed = table.parts.some((part) => wanted.includes(part));
    const live = isNamed ? await chosen.liveKeys(session, table) : new Set<string>();
    from.set(table.number, live);
    if (!follow || !(isNamed || overwrite)) continue;
    const key = table.key.map(({ name }) => name);
    for (const part of table.parts) for (const one of (await chosen.keysIn(part, key)).chosen) live.add(one);
  }
  return follow ? await walkLiveRows({ session, tables, keys: chosen.keys, from, onNotice }) : from;
}

/** The tables of the backup whose rows may belong to rows of these, by foreign keys. */
function below({ tables }: Manifest, wanted: readonly TableData[], keys: readonly WalkedKey[]): TableData[] {
  const found = new Set(wanted);
  const isOf = ({ schema, name }: NamedRelation, table: TableData) =>
    [table, ...(table.partitionRoot ? [table.partitionRoot] : [])].some(
      (one) => one.schema === schema && one.name === name,
    );
  for (let before = -1; before < found.size; ) {
    before = found.size;
    for (const { child, referenced } of keys) {
      if (![...found].some((table) => isOf(referenced, table))) continue;
      for (const table of tables) {
        if (isOf(child, table) && table.dataLeftOut === undefined) found.add(table);
      }
    }
  }
  return [...found];
}

function union({ tables }: Manifest, a: readonly TableData[], b: readonly TableData[]): TableData[] {
  return tables.filter((table) => a.includes(table) || b.includes(table));
}

function countIn(chosen: ChosenRows, { parts }: RowsTable): { chosen: number; support: number } {
  const counts = parts.map((part) => chosen.countIn(part));
  const sum = (of: 'chosen' | 'support') => counts.reduce((total, count) => total + count[of], 0);
  return { chosen: sum('chosen'), support: sum('support') };
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
    erasing,
  }: BringBackOptions & {
    readonly manifest: Manifest;
    readonly signal: AbortSignal;
    readonly erasing?: Erasing;
  },
): Promise<Unread> {
  const key = table.key.map(({ name }) => name);
  // A copy may hold the rows of hash partitions in others than the source did.
  const keys = await Promise.all(table.parts.map((part) => chosen.keysIn(part, key)));
  const wanted = new Set(keys.flatMap((one) => [...one.chosen]));
  const support = new Set(keys.flatMap((one) => [...one.support]));
  let [found, erased] = [0, 0];
  async function* lines(): AsyncGenerator<Buffer> {
    for (const part of table.parts) {
      for (const chunk of part.chunks) {
        const body = readChunk(store, chunk, signal);
        const emptied = erasing?.emptied(chunk, body) ?? body;
        const { text } = await transcode(emptied, manifest.server.encoding);
        for await (const { line, isSupport } of matching(part, text, erasing?.editsOf(chunk))) {
          found += 1;
          yield Buffer.concat([line, Buffer.from(isSupport ? '\tt' : '\tf')]);
        }
      }
    }
  }
  async function* matching(
    part: TableData,
    text: AsyncIterable<Uint8Array>,
    edits: RowEdits | undefined,
  ): AsyncGenerator<Lines> {
    let batch: Lines[] = [];
    let row = -1;
    const reader = await RowReader.create(partShape(part, table), ({ key: read, line }) => {
      row += 1;
      const keyText = read.toString();
      added.delete(keyText);
      const isSupport = !wanted.has(keyText);
      if (isSupport && !support.has(keyText)) return;
      if (edits?.get(row) === 'out') erased += 1;
      else batch.push({ line: Buffer.from(line), isSupport });
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
        [found, erased] = [0, 0];
        return lines();
      },
      [...table.columns, table.control.support],
    );
  } catch (error) {
    throw error instanceof NotTranscodableError ? unreadable(table.name, error.message) : error;
  }
  if (found + erased !== wanted.size + support.size) {
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
