import { compareFingerprints, type FingerprintItem } from '../fingerprint/compare-fingerprints.ts';
import type { Fingerprint } from '../fingerprint/fingerprint.ts';
import type { SchemaDiff } from './diff-report.ts';
import type { LeftOut } from './left-out.ts';

const CHANGES: Readonly<Partial<Record<FingerprintItem['verdict'], SchemaDiff['change']>>> = {
  missing: 'deleted',
  extra: 'added',
  differs: 'changed',
};

/** Compares the schemas. It does not list the parts of a deleted or added table again. */
export function diffSchema(backup: Fingerprint, source: Fingerprint, leftOut: LeftOut): SchemaDiff[] {
  const changed = new Map<string, SchemaDiff>();
  for (const item of compareFingerprints(backup, source)) {
    const { kind, name, verdict, layer, differences = [] } = item;
    const change = CHANGES[verdict];
    if (change === 'added' && leftOut.hasObject(item)) continue;
    // Large objects come and go like rows.
    if (change === undefined || layer === 'note' || kind === 'large objects') continue;
    const before = changed.get(`${kind}\t${name}`);
    // The same fact may differ in several layers.
    const facts = [...new Set([...(before?.facts ?? []), ...differences.map(({ fact }) => fact)])];
    changed.set(`${kind}\t${name}`, { kind, name, change, facts });
  }
  return [...changed.values()];
}
