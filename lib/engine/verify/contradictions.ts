import type { Manifest, ObjectPurpose } from '../archive/manifest.ts';
import { parseFingerprint } from '../fingerprint/serialize-fingerprint.ts';
import { contentProblems } from './check-contents.ts';
import { type Inconsistency, inconsistencies, SCHEMA } from './check-manifest.ts';
import { schemaProblems } from './check-schema.ts';

/** Compares a manifest with itself, and with the undamaged texts of its backup. Empty: nothing contradicts. */
export function contradictionsOf(
  manifest: Manifest,
  sound: ReadonlyMap<ObjectPurpose, Buffer>,
): Inconsistency[] {
  return [...inconsistencies(manifest), ...contradictionsWithin(manifest, sound)];
}

function contradictionsWithin(
  manifest: Manifest,
  sound: ReadonlyMap<ObjectPurpose, Buffer>,
): Inconsistency[] {
  const [preData, postData] = [sound.get('pre-data'), sound.get('post-data')];
  const fingerprint = sound.get('fingerprint');
  // A damaged fingerprint is already reported.
  if (!fingerprint) return [];
  const source = parseFingerprint(fingerprint, 'the fingerprint');
  const problems = preData && postData ? schemaProblems({ preData, postData }, source) : [];
  return [...problems.map((problem) => ({ name: SCHEMA, problem })), ...contentProblems(manifest, source)];
}
