import type { LogEntry } from '../../archive/changes/change-records.ts';
import { readSegment } from '../../archive/changes/segments.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { ReplaySegment } from '../replay.ts';
import type { EpochLog } from './epoch-log.ts';

/** The segments of some entries, each as its decompressed, checked text. Entries without changes have none. */
export async function* segmentsOf(
  store: ObjectStore,
  { epoch }: Pick<EpochLog, 'epoch'>,
  entries: AsyncIterable<LogEntry> | Iterable<LogEntry>,
  signal: AbortSignal,
): AsyncGenerator<ReplaySegment> {
  const { encoding } = epoch.record.server;
  for await (const { segment } of entries)
    if (segment) yield { key: segment.key, encoding, pieces: () => readSegment(store, segment, signal) };
}
