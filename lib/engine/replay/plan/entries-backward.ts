import type { LogEntry } from '../../archive/changes/change-records.ts';
import { provenThrough } from '../../archive/changes/log-proof.ts';
import { undefinedIfDamaged } from '../../archive/changes/record-file.ts';
import type { SequenceValue } from '../../archive/manifest.ts';
import { lsnOf } from '../../pgoutput/lsn.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { Base } from './bases.ts';
import { type EpochLog, entriesFrom } from './epoch-log.ts';

/** Entries that are read at once. */
const STEP = 16;

/** The entries of a log from one back to another, in steps that are each in their order. */
async function* backward(
  store: ObjectStore,
  log: EpochLog,
  { from, to }: { readonly from: number; readonly to: number },
  signal: AbortSignal,
): AsyncGenerator<LogEntry[]> {
  for (let last = to; last >= from; last -= STEP) {
    const first = Math.max(from, last - STEP + 1);
    yield await Array.fromAsync(entriesFrom(store, log, first, signal, last));
  }
}

/**
 * The end of a log, from an entry on up to which it is proven that the schema was the epoch's own: usually the head and some
 * entries before it, whatever the log's length. If an entry there is damaged, those from the moment's own one up to that.
 */
export async function unprovenEnd(
  store: ObjectStore,
  log: EpochLog,
  ofMoment: number,
  signal: AbortSignal,
): Promise<LogEntry[]> {
  const looks: LogEntry[] = [];
  const all = { from: log.first, to: log.head.number };
  try {
    for await (const step of backward(store, log, all, signal)) {
      looks.unshift(...step.map(({ segment: _, ...look }) => look));
      if (provenThrough(log.epoch.record, looks) > 0) break;
    }
    return looks;
  } catch (error) {
    undefinedIfDamaged(error);
    return await looksFrom(store, log, ofMoment, signal);
  }
}

async function looksFrom(
  store: ObjectStore,
  log: EpochLog,
  ofMoment: number,
  signal: AbortSignal,
): Promise<LogEntry[]> {
  const looks: LogEntry[] = [];
  try {
    for await (const { segment: _, ...look } of entriesFrom(store, log, ofMoment, signal)) {
      looks.push(look);
      if (provenThrough(log.epoch.record, looks) >= ofMoment) break;
    }
  } catch (error) {
    undefinedIfDamaged(error);
  }
  return looks;
}

/** The sequences after an entry: back to one that has all of them, or to the base. */
export async function sequencesAt(
  store: ObjectStore,
  log: EpochLog,
  base: Base,
  range: { readonly from: number; readonly to: number },
  signal: AbortSignal,
): Promise<SequenceValue[]> {
  const found = new Map<string, SequenceValue>();
  search: for await (const step of backward(store, log, range, signal)) {
    for (const { to, sequences, allSequences } of step.toReversed()) {
      if (lsnOf(to) <= base.lsn) break search;
      for (const one of sequences) if (!found.has(keyOf(one))) found.set(keyOf(one), one);
      if (allSequences) break search;
    }
  }
  const known = new Set(base.manifest.sequences.map(keyOf));
  return [
    ...base.manifest.sequences.map((one) => found.get(keyOf(one)) ?? one),
    ...[...found.values()].filter((one) => !known.has(keyOf(one))),
  ];
}

function keyOf({ schema, name }: SequenceValue): string {
  return `${schema}\0${name}`;
}
