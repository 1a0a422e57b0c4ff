import type { DrillReport, ItemVerdict } from '../../lib/engine/archive/drill-report.ts';
import { nameOfBackup } from '../../lib/engine/archive/listing.ts';
import { LifeboatError } from '../../lib/engine/ground/errors.ts';

/** Lambda's limit for an answer is 6 MB; people read fewer lines. */
const MOST_ITEMS = 50;
const MOST_NAMED = 5;

/** The answer of the drill function. If the drill passed, proof.json holds its whole report. */
export function drillAnswer(report: DrillReport) {
  return {
    verdict: report.verdict,
    backup: nameOfBackup(report.backup),
    recoveryTimeSeconds: report.recoveryTimeMs / 1000,
    durationSeconds: report.durationMs / 1000,
    ...report.totals,
    differences: itemsOf(report, 'differs'),
    skips: itemsOf(report, 'skipped'),
    notes: report.notes,
  };
}

/** The error that a drill with differences ends with, naming the first of them. */
export function drillFailed(report: DrillReport): LifeboatError {
  const differing = itemsOf(report, 'differs');
  const named = differing.slice(0, MOST_NAMED).map(({ item, reason }) => `${item} (${reason})`);
  const others = report.totals.differing - named.length;
  return new LifeboatError({
    code: 'drill-failed',
    kind: 'drill',
    what: `The restore of ${nameOfBackup(report.backup)} does not match its source in ${report.totals.differing} items: ${named.join('; ')}${others > 0 ? `; and ${others} more` : ''}.`,
    meaning: 'Do not rely on this backup.',
    remedy:
      "Run `lifeboat verify` on it to see whether its objects are damaged; the function's log shows more of the report.",
  });
}

function itemsOf({ items }: DrillReport, verdict: ItemVerdict) {
  return items
    .filter((item) => item.verdict === verdict)
    .slice(0, MOST_ITEMS)
    .map(({ kind, name, reason = '' }) => ({ item: `${kind} ${name}`, reason }));
}
