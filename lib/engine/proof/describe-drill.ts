import * as v from 'valibot';
import { type DrillReport, type ReportItem, reportSchema, verdictOf } from '../archive/drill-report.ts';
import type { Manifest } from '../archive/manifest.ts';
import { LIFEBOAT_VERSION } from '../ground/version.ts';
import type { CatalogComparison } from './compare-catalogs.ts';

export interface DrillFindings {
  readonly items: readonly ReportItem[];
  readonly catalog: Pick<CatalogComparison, 'counts' | 'notes'>;
  /** Notes on generated columns: see generated-columns.ts. */
  readonly generatedColumns: readonly string[];
  readonly recoveryTimeMs: number;
  readonly target: DrillReport['target'];
}

/** Makes the report of a drill from its findings. */
export function describeDrill(
  manifest: Manifest,
  manifestSha256: string,
  { items, catalog, generatedColumns, recoveryTimeMs, target }: DrillFindings,
  phases: DrillReport['phases'],
  startedAt: Date,
): DrillReport {
  const { retentionClass, source, backupId, attempt, tables, totals } = manifest;
  const finishedAt = new Date();
  const count = (verdict: ReportItem['verdict']) => items.filter((one) => one.verdict === verdict).length;
  return v.parse(reportSchema, {
    format: 1,
    verdict: verdictOf(items),
    backup: { retentionClass, source, backupId, attempt },
    manifestSha256,
    lifeboatVersion: LIFEBOAT_VERSION,
    target,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    recoveryTimeMs: Math.round(recoveryTimeMs),
    durationMs: finishedAt.getTime() - startedAt.getTime(),
    phases,
    totals: {
      tables: tables.length,
      rows: totals.rows,
      rawBytes: totals.rawBytes,
      matched: count('match'),
      differing: count('differs'),
      skipped: count('skipped'),
    },
    items,
    catalog: catalog.counts,
    notes: [...generatedColumns, ...catalog.notes],
  });
}
