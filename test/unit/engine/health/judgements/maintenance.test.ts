import { expect, it } from 'vitest';
import { contextOf } from '../../../../../lib/engine/health/check.ts';
import {
  judgeAutovacuum,
  judgeTransactionIds,
} from '../../../../../lib/engine/health/judgements/maintenance.ts';
import type { HealthServer } from '../../../../../lib/engine/health/measures/health-server.ts';
import type { VacuumedTable } from '../../../../../lib/engine/health/measures/tables.ts';
import { healthSettings } from '../../../../../lib/engine/health/settings.ts';

const autovacuum = { isOn: true, threshold: 50, scaleFactor: 0.2, maxThreshold: Number.POSITIVE_INFINITY };
const context = (
  name: 'autovacuum' | 'transaction-ids',
  changed: Partial<HealthServer['autovacuum']> = {},
) => {
  const server = { autovacuum: { ...autovacuum, ...changed } } as HealthServer;
  return contextOf(name, { server, settings: healthSettings(), previous: undefined });
};
const table = (changed: Partial<VacuumedTable>): VacuumedTable => ({
  name: 'public.t',
  liveRows: 1000,
  deadRows: 0,
  vacuumedSeconds: null,
  isBeingVacuumed: false,
  estimatedRows: 1000,
  options: [],
  ...changed,
});

it.each([
  ['under twice its threshold', table({ deadRows: 499 }), 'ok'],
  ['twice its threshold', table({ deadRows: 500 }), 'warning'],
  ['vacuumed in the last hour', table({ deadRows: 500, vacuumedSeconds: 3599 }), 'ok'],
  ['being vacuumed', table({ deadRows: 500, isBeingVacuumed: true }), 'ok'],
  ['a threshold of its own', table({ deadRows: 500, options: ['autovacuum_vacuum_scale_factor=0.5'] }), 'ok'],
  ['switched off', table({ deadRows: 5000, options: ['autovacuum_enabled=false'] }), 'info'],
])('autovacuum: %s', (_, found, severity) => {
  expect(judgeAutovacuum([found], context('autovacuum')).severity).toBe(severity);
});

it('a largest threshold, of PostgreSQL 18, counts, and autovacuum that is off is a warning', () => {
  const large = table({ deadRows: 4000, estimatedRows: 1e9 });
  expect(judgeAutovacuum([large], context('autovacuum')).severity).toBe('ok');
  expect(judgeAutovacuum([large], context('autovacuum', { maxThreshold: 1000 }))).toMatchObject({
    severity: 'warning',
    value: 4,
  });
  expect(judgeAutovacuum([], context('autovacuum', { isOn: false })).severity).toBe('warning');
});

it.each([
  [200e6, 200e6, 'ok'],
  [301e6, 200e6, 'warning'],
  [900e6, 1e9, 'ok'],
  [1.4e9, 1e9, 'warning'],
  [1.7e9, 200e6, 'critical'],
])('transaction IDs: %i old, where vacuum comes at %i', (age, maxAge, severity) => {
  const ages = {
    databases: [{ database: 'shop', transactionAge: age, multixactAge: 0 }],
    transactionMaxAge: maxAge,
    multixactMaxAge: 4e8,
  };
  expect(judgeTransactionIds(ages, context('transaction-ids'))).toMatchObject({
    severity,
    figures: { age, maxAge },
  });
});
