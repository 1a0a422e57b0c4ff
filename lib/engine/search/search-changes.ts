import { readEpochs } from '../archive/changes/epochs.ts';
import { textDecoder } from '../ground/encodings.ts';
import { LifeboatError } from '../ground/errors.ts';
import { commitTime } from '../pgoutput/commit-time.ts';
import { decodeMessage } from '../pgoutput/decode-message.ts';
import { FramedMessages } from '../pgoutput/framed-messages.ts';
import {
  type BeginMessage,
  type ColumnMessage,
  PgoutputError,
  type RelationMessage,
  type RowMessage,
  type Tuple,
  UNCHANGED,
} from '../pgoutput/messages.ts';
import { entriesFrom, openLog } from '../replay/plan/epoch-log.ts';
import { segmentsOf } from '../replay/plan/segment-text.ts';
import type { ReplaySegment } from '../replay/replay.ts';
import { streamDamaged } from '../replay/stream-damaged.ts';
import type { NamedRelation } from '../sql-script/key-statements.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Equality } from './equality.ts';

/** Captured changes of one epoch that hold such rows: as they became, or as they were. */
export interface FoundInChanges {
  readonly source: string;
  readonly epoch: number;
  readonly changes: number;
  /** When the first and the last of them were committed; null: there are none. */
  readonly first: string | null;
  readonly last: string | null;
  /** Why the search ended before its end; null: it did not. */
  readonly problem: string | null;
}

export interface ChangesToSearch {
  readonly store: ObjectStore;
  readonly source: string;
  /** The table, with its partitions: changes name these. */
  readonly relations: readonly NamedRelation[];
  readonly equalities: readonly Equality[];
  /** Called with the bytes that were read. */
  readonly onBytes: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/** Types whose equal values are printed alike (pg_type.dat): text and varchar, uuid, smallint, integer, bigint. */
const TEXTS = new Set([25, 1043]);
const UUID = 2950;
const WHOLE_NUMBERS = new Set([20, 21, 23]);
const ROWS = new Set(['I', 'U', 'D']);

/** Searches what was captured of a source, epoch by epoch. An epoch that is damaged is searched up to there. */
export async function searchChanges(request: ChangesToSearch): Promise<FoundInChanges[]> {
  const { store, source, signal } = request;
  const found: FoundInChanges[] = [];
  for (const epoch of await readEpochs(store, source, signal)) {
    let [changes, first, last] = [0, null as string | null, null as string | null];
    let problem: string | null = null;
    try {
      const log = await openLog(store, epoch, signal);
      if (!log) continue;
      const entries = entriesFrom(store, log, log.first, signal);
      for await (const segment of segmentsOf(store, log, entries, signal)) {
        for await (const at of changesIn(segment, request)) {
          changes += 1;
          first ??= at;
          last = at;
        }
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof LifeboatError) || error.kind !== 'verification') throw error;
      problem = error.what;
    }
    found.push({ source, epoch: epoch.record.epoch, changes, first, last, problem });
  }
  return found;
}

/** What a condition asks of the rows of one relation, as the stream tells its columns. */
interface Wanted {
  readonly at: number;
  readonly isKey: boolean;
  /** A character a byte, as values of the stream are. */
  readonly text: string;
}

/** Yields the time of the commit of each change that holds such a row. */
async function* changesIn(
  { key, encoding, pieces }: ReplaySegment,
  { relations, equalities, onBytes }: ChangesToSearch,
): AsyncGenerator<string> {
  const framed = new FramedMessages();
  const decodeName = textDecoder(encoding);
  const wanted = new Map<number, readonly Wanted[]>();
  let begun: BeginMessage | undefined;
  try {
    for await (const piece of pieces()) {
      onBytes(piece.length);
      for (const bytes of framed.push(piece)) {
        const isRow = ROWS.has(String.fromCharCode(bytes[0] ?? 0));
        // Rows of other tables are passed over as they are.
        if (isRow && !wanted.has(bytes.readUInt32BE(1))) continue;
        const message = decodeMessage(bytes, decodeName);
        switch (message.kind) {
          case 'begin':
            begun = message;
            break;
          case 'relation': {
            const one = relations.some(
              ({ schema, name }) => schema === message.schema && name === message.name,
            );
            const asked = one ? wantedIn(message, equalities) : undefined;
            if (asked) wanted.set(message.oid, asked);
            else wanted.delete(message.oid);
            break;
          }
          case 'insert':
          case 'update':
          case 'delete':
            if (begun && holds(message, wanted.get(message.relation) ?? []))
              yield commitTime(begun.committedAtMicros);
            break;
          default:
        }
      }
    }
    framed.end();
  } catch (error) {
    throw error instanceof PgoutputError ? streamDamaged(error, key) : error;
  }
}

/** Undefined if no row of the relation can be such a one: it has no such column, or one of another type. */
function wantedIn(
  { columns }: RelationMessage,
  equalities: readonly Equality[],
): readonly Wanted[] | undefined {
  const wanted = equalities.flatMap(({ column, value, isString }): Wanted[] => {
    const at = columns.findIndex(({ name }) => name === column);
    const found = columns[at];
    if (!found || !fits(found, isString)) return [];
    return [{ at, isKey: found.isKey, text: Buffer.from(value, 'utf8').toString('latin1') }];
  });
  return wanted.length === equalities.length ? wanted : undefined;
}

function fits({ typeOid }: ColumnMessage, isString: boolean): boolean {
  return WHOLE_NUMBERS.has(typeOid) || (isString && (TEXTS.has(typeOid) || typeOid === UUID));
}

function holds(message: RowMessage, wanted: readonly Wanted[]): boolean {
  const old = message.kind === 'insert' ? undefined : message.old;
  if (old && has(old.values, wanted, old.has === 'key')) return true;
  return message.kind !== 'delete' && has(message.values, wanted, false);
}

/** Of a row that is told by its key alone, the other columns are not there. */
function has(values: Tuple, wanted: readonly Wanted[], isKeyAlone: boolean): boolean {
  return wanted.every(({ at, isKey, text }) => {
    const value = values[at];
    return value !== UNCHANGED && (!isKeyAlone || isKey) && value === text;
  });
}
