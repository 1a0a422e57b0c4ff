import { expect, it } from 'vitest';
import { healthSettings } from '../../../../lib/engine/health/settings.ts';
import { DEFAULT_THRESHOLDS, severityOf } from '../../../../lib/engine/health/thresholds.ts';

it('nothing given: the defaults', () => {
  expect(healthSettings()).toEqual({
    sizeLimitBytes: undefined,
    apiSchemas: undefined,
    thresholds: DEFAULT_THRESHOLDS,
  });
});

it('a part of a threshold keeps the other part, null switches it off', () => {
  const { thresholds } = healthSettings({
    thresholds: { connections: { warning: 70 }, bloat: { warning: null } },
  });
  expect(thresholds.connections).toEqual({ warning: 70, critical: 95 });
  expect(thresholds.bloat).toEqual({ warning: null, critical: null });
});

it.each([
  [
    { thresholds: { conections: { warning: 1 } } },
    'thresholds.conections: there is no such check. Did you mean connections?',
  ],
  [{ thresholds: { toString: { warning: 1 } } }, 'thresholds.toString: there is no such check'],
  [{ thresholds: { connections: { warning: 99 } } }, 'it would be critical (95) before it is a warning (99)'],
  [
    { thresholds: { 'cache-hits': { critical: 99 } } },
    'it would be critical (99) before it is a warning (90)',
  ],
  [{ thresholds: { connections: { warning: '80' } } }, 'thresholds.connections.warning'],
  [{ thresholds: { connections: { warn: 80 } } }, 'warn'],
  [{ sizeLimitBytes: -1 }, 'sizeLimitBytes'],
  [{ sizeLimit: 8 }, 'sizeLimit'],
  [[], 'the settings'],
  [{ thresholds: [] }, 'thresholds'],
  [{ thresholds: { connections: [1, 2] } }, 'thresholds.connections'],
  [{ thresholds: { constructor: { warning: 1 } } }, 'thresholds'],
  ['8GB', 'the settings'],
])('%j is refused by name', (given, named) => {
  expect(() => healthSettings(given)).toThrow(expect.objectContaining({ code: 'health-settings-invalid' }));
  expect(() => healthSettings(given)).toThrow(named);
});

it('a threshold counts from its own value on, in its direction', () => {
  expect([79.9, 80, 95].map((value) => severityOf(value, DEFAULT_THRESHOLDS.connections))).toEqual([
    'ok',
    'warning',
    'critical',
  ]);
  expect([90.1, 90].map((value) => severityOf(value, DEFAULT_THRESHOLDS['cache-hits'], 'below'))).toEqual([
    'ok',
    'warning',
  ]);
});
