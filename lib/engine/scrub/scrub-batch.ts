import * as v from 'valibot';
import { isBackupId, isRetentionClass } from '../archive/keys.ts';
import type { RowsObject } from '../archive/stored-objects.ts';
import { sumDigests } from '../copy-text/row-digest.ts';
import { count, text } from '../ground/shapes.ts';

const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

const content = v.object({
  rawBytes: count,
  rows: count,
  digest: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
});

/** What the check of an object with rows needs to know of it. */
const expectedRows = v.object({
  key: text,
  sizeBytes: count,
  sha256,
  ...content.entries,
  /** The content of each chunk, if there are several in the order of their text. @default one, with all of it */
  parts: v.optional(v.array(content)),
});

export const backupPlace = v.object({
  retentionClass: v.custom<'daily' | 'weekly' | 'monthly' | 'manual'>(
    (value) => typeof value === 'string' && isRetentionClass(value),
    'is no retention class',
  ),
  source: text,
  backupId: v.custom<string>(
    (value) => typeof value === 'string' && isBackupId(value),
    'is no id of a backup',
  ),
});

/**
 * A part of a backup that is checked in one go. `texts`: the manifest against itself, every object that is not a chunk,
 * and the proof. `chunks`: these objects with rows.
 */
const scrubTask = v.variant('kind', [
  v.object({ kind: v.literal('texts'), place: backupPlace, number: count, sha256 }),
  v.object({
    kind: v.literal('chunks'),
    place: backupPlace,
    number: count,
    chunks: v.array(expectedRows),
    recipients: v.optional(v.array(text)),
  }),
]);

/** What one run of the checking function gets: tasks of one backup or of several small ones. */
export const scrubBatch = v.object({
  tasks: v.array(scrubTask),
  /** Whether no other attempt follows: see check-batch.ts. */
  isLast: v.optional(v.boolean()),
});

export type ExpectedRows = Readonly<v.InferOutput<typeof expectedRows>>;
export type ScrubTask = Readonly<v.InferOutput<typeof scrubTask>>;
export type ScrubBatch = Readonly<v.InferOutput<typeof scrubBatch>>;

export function expectedOf({ key, sizeBytes, sha256, chunks }: RowsObject): ExpectedRows {
  const parts = chunks.map(({ rawBytes, rows, digest }) => ({ rawBytes, rows, digest }));
  return { key, sizeBytes, sha256, ...sumDigests(parts), ...(parts.length > 1 ? { parts } : {}) };
}
