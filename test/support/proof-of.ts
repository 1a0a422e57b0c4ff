import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { type DrillReport, reportSchema } from '../../lib/engine/archive/drill-report.ts';
import { formatManifest, type Manifest } from '../../lib/engine/archive/manifest.ts';

/** The proof that a drill would write beside a manifest. */
export function proofOf(manifest: Manifest): DrillReport {
  const { retentionClass, source, backupId, attempt } = manifest;
  return v.parse(reportSchema, {
    format: 1,
    verdict: 'proven',
    backup: { retentionClass, source, backupId, attempt },
    manifestSha256: createHash('sha256').update(formatManifest(manifest)).digest('hex'),
    lifeboatVersion: '0.1.0',
    target: { kind: 'embedded', serverVersion: '18.6' },
    startedAt: '2026-11-19T10:16:00Z',
    finishedAt: '2026-11-19T10:16:08Z',
    recoveryTimeMs: 4200,
    durationMs: 8000,
    phases: [],
    totals: { tables: 0, rows: 0, rawBytes: 0, matched: 0, differing: 0, skipped: 0 },
    items: [],
    catalog: [],
    notes: [],
  });
}
