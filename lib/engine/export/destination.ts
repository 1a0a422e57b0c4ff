import { formatSealedJson } from '../archive/sealed-json.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { EXPORT_RECORD, type ExportRecord } from './export-record.ts';

/** Where the files of an export go. A file is there whole or not at all. */
export interface Destination {
  /** As people write it; holds no credentials. */
  readonly name: string;
  write(file: string, body: AsyncIterable<Uint8Array>): Promise<void>;
  /** Called last. */
  record?(record: ExportRecord): Promise<void>;
}

/** Files in a directory or below an S3 URL, with a record beside them. `folder` is empty, or ends with `/`. */
export function intoStore(store: ObjectStore, folder: string, signal: AbortSignal): Destination {
  return {
    name: `${store.url}${folder === '' ? '' : `/${folder.slice(0, -1)}`}`,
    write: async (file, body) => {
      await store.upload(`${folder}${file}`, body, { signal });
    },
    record: async (record) => {
      await store.put(`${folder}${EXPORT_RECORD}`, formatSealedJson(record), {
        contentType: 'application/json',
        signal,
      });
    },
  };
}

/** One file of a directory, with a record of its own beside it. */
export function intoFile(store: ObjectStore, file: string, path: string, signal: AbortSignal): Destination {
  return {
    name: path,
    write: async (_, body) => {
      await store.upload(file, body, { signal });
    },
    record: async (record) => {
      await store.put(`${file}.${EXPORT_RECORD}`, formatSealedJson(record), { signal });
    },
  };
}
