import * as v from 'valibot';
import { count, instant, text } from '../ground/shapes.ts';
import { EXPORT_COMPRESSIONS, EXPORT_FORMATS } from './formats/format-options.ts';

/** The name of the file that says what an export holds. It is written last: without it, an export is not complete. */
export const EXPORT_RECORD = 'export.json';

const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

const fileSchema = v.object({
  /** Its name beside the record. */
  file: text,
  kind: v.picklist(['table', 'query']),
  name: text,
  querySha256: v.optional(sha256),
  columns: v.array(v.object({ name: v.string(), type: v.string() })),
  rows: count,
  sizeBytes: count,
  /** Of the file as it lies there. */
  sha256,
  notes: v.array(v.string()),
});

/** What an export holds, from which backup, and until when it should be kept. */
export const exportRecordSchema = v.object({
  format: v.literal(1),
  kind: v.picklist(['backup', 'moment', 'source']),
  /** The name of the backup, or of the base of the moment; or the source's address, without its password. */
  from: text,
  takenAt: instant,
  lsn: v.optional(v.string()),
  exportedAt: instant,
  expiresAt: v.optional(instant),
  fileFormat: v.picklist(EXPORT_FORMATS),
  compression: v.picklist(EXPORT_COMPRESSIONS),
  files: v.array(fileSchema),
  notes: v.array(v.string()),
  lifeboatVersion: text,
});

export type ExportRecord = v.InferOutput<typeof exportRecordSchema>;
export type ExportedFile = v.InferOutput<typeof fileSchema>;
