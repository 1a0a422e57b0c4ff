import { compareFingerprints, type FingerprintItem } from '../fingerprint/compare-fingerprints.ts';
import type { Fingerprint } from '../fingerprint/fingerprint.ts';
import type { SchemaDiff } from './report.ts';

const CHANGES: Readonly<Partial<Record<FingerprintItem['verdict'], SchemaDiff['change']>>> = {
  missing: 'deleted',
  extra: 'added',
  differs: 'changed',
};

/** What of the schema is not as it was when the backup was taken. What hangs on a deleted or added table is not told again. */
export function compareSchema(backup: Fingerprint, source: Fingerprint): SchemaDiff[] {
  const changed = new Map<string, SchemaDiff>();
  for (const { kind, name, verdict, layer, differences = [] } of compareFingerprints(backup, source)) {
    const change = CHANGES[verdict];
    // Large objects come and go like rows.
    if (change === undefined || layer === 'note' || kind === 'large objects') continue;
    const before = changed.get(`${kind}\t${name}`);
    const facts = [...(before?.facts ?? []), ...differences.map(({ fact }) => fact)];
    changed.set(`${kind}\t${name}`, { kind, name, change, facts });
  }
  return [...changed.values()];
}
