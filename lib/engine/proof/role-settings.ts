import type { Skip } from '../fingerprint/compare-fingerprints.ts';
import {
  type Fingerprint,
  type FingerprintEntry,
  majorOfFingerprint,
  objectKey,
} from '../fingerprint/fingerprint.ts';
import type { Target } from '../target/target.ts';

/**
 * Finds role settings that an older target does not accept: it does not know the parameter, does not let
 * roles set it, or cannot set an empty list. (roles.sql only warns about them.) If a role lacks anything
 * else, nothing is skipped.
 */
export async function roleSettingsToSkip(
  target: Pick<Target, 'execute' | 'serverMajor'>,
  source: Fingerprint,
  restored: Fingerprint,
): Promise<Skip[]> {
  if (majorOfFingerprint(source) <= target.serverMajor) return [];
  const { rows } = await target.execute(
    `SELECT name FROM pg_catalog.pg_settings WHERE context IN ('user', 'superuser', 'backend', 'superuser-backend')`,
  );
  const known = new Set(rows.map(({ name }) => name));
  const cannotBe = (line: string) => {
    const [name = '', value] = line.split('=');
    return value === '' || !(known.has(name) || name.includes('.'));
  };
  const found = new Map(restored.entries.map((entry) => [objectKey(entry), entry]));
  return source.entries.flatMap((entry): Skip[] => {
    const other = entry.kind === 'role' ? found.get(objectKey(entry)) : undefined;
    if (other === undefined) return [];
    const [wanted, there] = [settingsOf(entry), settingsOf(other)];
    const lost = wanted.filter((line) => !there.includes(line));
    if (lost.length === 0 || !lost.every(cannotBe) || there.some((line) => !wanted.includes(line))) return [];
    const names = lost.map((line) => line.replace(/=.*$/s, '')).join(', ');
    const reason = `the target, PostgreSQL ${target.serverMajor}, does not accept the role's settings of ${names}`;
    return [{ kind: 'role', name: entry.name, facts: ['settings'], reason }];
  });
}

function settingsOf({ facts: { settings } }: FingerprintEntry): readonly string[] {
  return Array.isArray(settings) ? settings : [];
}
