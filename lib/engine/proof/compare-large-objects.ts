import type { ReportItem } from '../archive/drill-report.ts';
import type { Manifest } from '../archive/manifest.ts';
import { selectLargeObjects } from '../catalog/large-objects.ts';
import type { Target } from '../target/target.ts';

/** Reads all restored large objects as the source's were read, and compares count, pieces and digest. */
export async function compareLargeObjects(target: Target, { largeObjects }: Manifest): Promise<ReportItem[]> {
  if (largeObjects.count === 0) return [];
  const item = {
    kind: 'large-objects' as const,
    name: `${largeObjects.count} large objects`,
    digest: largeObjects.digest,
  };
  const { rows } = await target.execute(
    'SELECT pg_catalog.count(*)::text AS count FROM pg_catalog.pg_largeobject_metadata',
  );
  const count = Number(rows[0]?.count);
  if (count !== largeObjects.count) {
    return [{ ...item, verdict: 'differs', reason: `${count} were restored` }];
  }
  const found = await target.copyOut(selectLargeObjects({ from: 0, to: null }));
  return found.digest === largeObjects.digest && found.rows === largeObjects.rows
    ? [{ ...item, verdict: 'match' }]
    : [
        {
          ...item,
          verdict: 'differs',
          reason: 'the restored contents differ from those that were read: the digest differs',
        },
      ];
}
