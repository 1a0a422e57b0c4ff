import * as v from 'valibot';
import { RETENTION_CLASSES } from '../../contract/retention-classes.ts';
import { count, instant } from '../ground/shapes.ts';

/**
 * `match`: compared and equal. `differs`: compared and not equal, or could not be restored. `skipped`: the target cannot
 * prove it, for the reason given; nothing is known to be wrong with it.
 */
const itemVerdict = v.picklist(['match', 'differs', 'skipped']);
export type ItemVerdict = v.InferOutput<typeof itemVerdict>;

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

const item = v.strictObject({
  kind: v.picklist(ITEM_KINDS),
  name: v.string(),
  verdict: itemVerdict,
  /** For everything but a match: what differs, or why it could not be compared. */
  reason: v.optional(v.string()),
  rows: v.optional(count),
  digest: v.optional(v.string()),
});
export type ReportItem = v.InferOutput<typeof item>;

export const VERDICTS = ['proven', 'proven with skips', 'failed'] as const;
export type Verdict = (typeof VERDICTS)[number];

export const reportSchema = v.strictObject({
  format: v.literal(1),
  verdict: v.picklist(VERDICTS),
  backup: v.strictObject({
    retentionClass: v.picklist(RETENTION_CLASSES),
    source: v.string(),
    backupId: v.string(),
    attempt: v.string(),
  }),
  /** SHA-256 of the manifest that was proven: a proof is worth nothing for another one. */
  manifestSha256: v.string(),
  lifeboatVersion: v.string(),
  target: v.strictObject({ kind: v.picklist(['embedded', 'server']), serverVersion: v.string() }),
  startedAt: instant,
  finishedAt: instant,
  /** From the first byte fetched to the last object restored: the measured recovery time. */
  recoveryTimeMs: count,
  /** The whole drill, comparison included. */
  durationMs: count,
  phases: v.array(v.strictObject({ phase: v.string(), durationMs: count })),
  totals: v.strictObject({
    tables: count,
    rows: count,
    rawBytes: count,
    matched: count,
    differing: count,
    skipped: count,
  }),
  /** Each table, sequence and check; of catalog objects and statements only those that do not match. */
  items: v.array(item),
  /** Catalog objects compared, by kind; the ones that do not match are items besides. */
  catalog: v.array(v.strictObject({ kind: v.string(), compared: count, matched: count })),
  /** What a reader has to know besides: generated columns are recomputed, not compared. */
  notes: v.array(v.string()),
});
export type DrillReport = v.InferOutput<typeof reportSchema>;

/** One differing item fails a drill; a skipped one is said in the verdict. */
export function verdictOf(items: readonly ReportItem[]): Verdict {
  if (items.some(({ verdict }) => verdict === 'differs')) return 'failed';
  return items.some(({ verdict }) => verdict === 'skipped') ? 'proven with skips' : 'proven';
}
