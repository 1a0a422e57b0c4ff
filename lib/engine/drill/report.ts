import * as z from 'zod';
import { RETENTION_CLASSES } from '../archive/keys.ts';

/**
 * `match`: compared and equal. `differs`: compared and not equal, or could not be restored. `skipped`: the target cannot
 * prove it, for the reason given; nothing is known to be wrong with it.
 */
const itemVerdict = z.enum(['match', 'differs', 'skipped']);
export type ItemVerdict = z.infer<typeof itemVerdict>;

const count = z.number().int().nonnegative();

/** What a drill looks at, one line of its report each. */
export const ITEM_KINDS = [
  'table',
  'sequence',
  'large-objects',
  'statement',
  'catalog',
  'foreign-key',
  'row-security',
  'custom-check',
] as const;

const item = z.strictObject({
  kind: z.enum(ITEM_KINDS),
  name: z.string(),
  verdict: itemVerdict,
  /** For everything but a match: what differs, or why it could not be compared. */
  reason: z.string().optional(),
  rows: count.optional(),
  digest: z.string().optional(),
});
export type ReportItem = z.infer<typeof item>;

export const VERDICTS = ['proven', 'proven with skips', 'failed'] as const;
export type Verdict = (typeof VERDICTS)[number];

export const reportSchema = z.strictObject({
  format: z.literal(1),
  verdict: z.enum(VERDICTS),
  backup: z.strictObject({
    retentionClass: z.enum(RETENTION_CLASSES),
    source: z.string(),
    backupId: z.string(),
    attempt: z.string(),
  }),
  /** SHA-256 of the manifest that was proven: a proof is worth nothing for another one. */
  manifestSha256: z.string(),
  lifeboatVersion: z.string(),
  target: z.strictObject({ kind: z.enum(['embedded', 'server']), serverVersion: z.string() }),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  /** From the first byte fetched to the last object restored: the measured recovery time. */
  recoveryTimeMs: count,
  /** The whole drill, comparison included. */
  durationMs: count,
  phases: z.array(z.strictObject({ phase: z.string(), durationMs: count })),
  totals: z.strictObject({
    tables: count,
    rows: count,
    rawBytes: count,
    matched: count,
    differing: count,
    skipped: count,
  }),
  /** Each table, sequence and check; of catalog objects and statements only those that do not match. */
  items: z.array(item),
  /** Catalog objects compared, by kind; the ones that do not match are items besides. */
  catalog: z.array(z.strictObject({ kind: z.string(), compared: count, matched: count })),
  /** What a reader has to know besides: generated columns are recomputed, not compared. */
  notes: z.array(z.string()),
});
export type DrillReport = z.infer<typeof reportSchema>;

/** One differing item fails a drill; a skipped one is said in the verdict. */
export function verdictOf(items: readonly ReportItem[]): Verdict {
  if (items.some(({ verdict }) => verdict === 'differs')) return 'failed';
  return items.some(({ verdict }) => verdict === 'skipped') ? 'proven with skips' : 'proven';
}
