import { readLog } from '../../lib/engine/archive/changes/change-log.ts';
import type { LogEntry } from '../../lib/engine/archive/changes/change-records.ts';
import { readEpochs } from '../../lib/engine/archive/changes/epochs.ts';
import { readSegment } from '../../lib/engine/archive/changes/segments.ts';
import type { ObjectStore } from '../../lib/engine/storage/object-store.ts';

/** What the vault has of a source: per epoch its entries, and the letters of all messages in their order. */
export async function readCaptured(store: ObjectStore, source: string) {
  const found: Array<{ epoch: number; entries: LogEntry[]; messages: string; texts: string[] }> = [];
  for (const epoch of await readEpochs(store, source)) {
    const entries = await Array.fromAsync(readLog(store, epoch));
    const all = await messagesOf(store, entries);
    found.push({
      epoch: epoch.record.epoch,
      entries,
      messages: all.map((one) => String.fromCharCode(one.readUInt8(0))).join(''),
      texts: all.map((one) => one.toString('latin1')),
    });
  }
  return found;
}

export async function messagesOf(store: ObjectStore, entries: readonly LogEntry[]): Promise<Buffer[]> {
  const messages: Buffer[] = [];
  for (const { segment } of entries) {
    if (!segment) continue;
    const pieces = await Array.fromAsync(readSegment(store, segment, new AbortController().signal), (piece) =>
      Buffer.from(piece),
    );
    const text = Buffer.concat(pieces);
    for (let at = 0; at < text.length; at += 4 + text.readUInt32BE(at)) {
      messages.push(text.subarray(at + 4, at + 4 + text.readUInt32BE(at)));
    }
  }
  return messages;
}
