import * as v from 'valibot';
import { RETENTION_CLASSES } from '../../contract/retention-classes.ts';
import { count, instant } from '../ground/shapes.ts';

/**
 * `match`: compared and equal. `differs`: compared and not equal, or could not be restored. `skipped`: the
 * target cannot prove it, for the given reason; no fault is known.
 */
const itemVerdict = v.picklist(['match', 'differs', 'skipped']);
export type ItemVerdict = v.InferOutput<typeof itemVerdict>;

/** The kinds of things that a drill checks; each gets a line in its report. */
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
  /** What differs, or why it could not be compared. Absent for a match. */
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
  /** SHA-256 of the manifest that was proven. The proof does not count for any other manifest. */
  manifestSha256: v.string(),
  lifeboatVersion: v.string(),
  target: v.strictObject({ kind: v.picklist(['embedded', 'server']), serverVersion: v.string() }),
  startedAt: instant,
  finishedAt: instant,
  /** The measured recovery time, from the first byte fetched to the last object restored. */
  recoveryTimeMs: count,
  /** The time of the whole drill, with the comparison. */
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
  /** All tables, sequences and checks, but only those catalog objects and statements that do not match. */
  items: v.array(item),
  /** The number of compared catalog objects by kind. Those that do not match are also among the items. */
  catalog: v.array(v.strictObject({ kind: v.string(), compared: count, matched: count })),
  /** Further facts that a reader must know: generated columns are recomputed, not compared. */
  notes: v.array(v.string()),
});
export type DrillReport = v.InferOutput<typeof reportSchema>;

/** The verdict: one differing item fails the drill, and skipped items are part of the verdict. */
export function verdictOf(items: readonly ReportItem[]): Verdict {
  if (items.some(({ verdict }) => verdict === 'differs')) return 'failed';
  return items.some(({ verdict }) => verdict === 'skipped') ? 'proven with skips' : 'proven';
}
