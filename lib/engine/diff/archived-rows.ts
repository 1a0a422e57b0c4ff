import { readChunk } from '../archive/codec/decode.ts';
import type { Manifest, TableData } from '../archive/manifest.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** The side that is compared with the source: a backup, or a moment after it. */
export interface ArchivedSide {
  /** Its tables, with the number of their rows and their digests. */
  readonly manifest: Manifest;
  /** Why the rows of a table cannot be compared: a sentence without a full stop. */
  whyUnknown(table: TableData): string | undefined;
  /** Of the text of its rows, and of its digest. */
  encodingOf(table: TableData): string;
  /** COPY text, in pieces that may be cut anywhere, each valid until the next. */
  rowsOf(table: TableData): AsyncIterable<Uint8Array>;
}

/** A backup as it is. */
export function backupSide(store: ObjectStore, manifest: Manifest, signal: AbortSignal): ArchivedSide {
  return {
    manifest,
    whyUnknown: ({ dataLeftOut }) =>
      dataLeftOut === undefined ? undefined : `its rows are not in the backup: ${dataLeftOut}`,
    encodingOf: () => manifest.server.encoding,
    async *rowsOf({ chunks }) {
      for (const chunk of chunks) yield* readChunk(store, chunk, signal);
    },
  };
}
