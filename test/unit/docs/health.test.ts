import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { HEALTH_CHECKS } from '../../../lib/engine/health/checks.ts';
import { CHECK_NAMES, DEFAULT_THRESHOLDS } from '../../../lib/engine/health/thresholds.ts';
import { inWords } from '../../../lib/engine/health/words.ts';

const page = readFileSync(new URL('../../../docs/health.md', import.meta.url), 'utf8');
const rows = [...page.matchAll(/^\| `([a-z-]+)` \|.*\| ([^|]+ \/ [^|]+) \|$/gm)].map(([, name, limits]) => [
  name,
  limits,
]);

it('docs/health.md has every check with its thresholds', () => {
  const unitOf = new Map<string, (typeof HEALTH_CHECKS)[number]['unit']>(
    HEALTH_CHECKS.map(({ name, unit }) => [name, unit]),
  );
  const expected = CHECK_NAMES.map((name) => {
    const { warning, critical } = DEFAULT_THRESHOLDS[name];
    const shown = (limit: number | null) => (limit === null ? '–' : inWords(limit, unitOf.get(name) ?? 'ms'));
    return [name, `${shown(warning)} / ${shown(critical)}`];
  });
  expect(new Map(rows.slice(1) as Array<[string, string]>)).toEqual(
    new Map(expected as Array<[string, string]>),
  );
  expect(rows[0]).toEqual(['reachable', '0 s / 5 min']);
});

it('every threshold belongs to a check', () => {
  expect(new Set(['latency', ...HEALTH_CHECKS.map(({ name }) => name)])).toEqual(new Set(CHECK_NAMES));
});
