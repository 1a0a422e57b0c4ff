import * as v from 'valibot';
import { isBackupId, isRetentionClass } from '../archive/keys.ts';
import type { Chunk } from '../archive/manifest.ts';
import { count, text } from '../ground/shapes.ts';

const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

/** What the check of a chunk needs to know of it. */
const expectedChunk = v.object({
  key: text,
  sizeBytes: count,
  sha256,
  rawBytes: count,
  rows: count,
  digest: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
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
 * and the proof. `chunks`: these chunks.
 */
const scrubTask = v.variant('kind', [
  v.object({ kind: v.literal('texts'), place: backupPlace, number: count, sha256 }),
  v.object({
    kind: v.literal('chunks'),
    place: backupPlace,
    number: count,
    chunks: v.array(expectedChunk),
    recipients: v.optional(v.array(text)),
  }),
]);

/** What one run of the checking function gets: tasks of one backup or of several small ones. */
export const scrubBatch = v.object({
  tasks: v.array(scrubTask),
  /** Whether no other attempt follows: see check-batch.ts. */
  isLast: v.optional(v.boolean()),
});

export type ExpectedChunk = Readonly<v.InferOutput<typeof expectedChunk>>;
export type ScrubTask = Readonly<v.InferOutput<typeof scrubTask>>;
export type ScrubBatch = Readonly<v.InferOutput<typeof scrubBatch>>;

export function expectedOf({ key, sizeBytes, sha256, rawBytes, rows, digest }: Chunk): ExpectedChunk {
  return { key, sizeBytes, sha256, rawBytes, rows, digest };
}
