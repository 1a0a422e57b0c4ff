import { expect, it } from 'vitest';
import type { HealthServer } from '../../../../../lib/engine/health/measures/health-server.ts';
import { sequencesUse } from '../../../../../lib/engine/health/measures/sequences.ts';

const server = (sequences: number) =>
  ({ sequences, isStandby: false, hostSchemas: [] }) as unknown as HealthServer;

it('at most 500 sequences are locked in one transaction, and their rows add up', () => {
  expect([0, 500, 501, 1200].map((n) => [sequencesUse.sql(server(n))].flat().length)).toEqual([1, 1, 2, 3]);
  const row = { name: 's', readable: true, used: 1, type: 'bigint', schema: 'public' };
  const rows = [
    { ...row, batch: 0, total: '2', unreadable: '1' },
    { ...row, readable: false, batch: 0, total: '2', unreadable: '1' },
    { ...row, used: 7, batch: 1, total: '1', unreadable: '0' },
  ];
  const read = sequencesUse.read(rows);
  expect(read).toMatchObject({ total: 3, unreadable: 1, unreadableSchemas: ['public'] });
  expect(read.sequences.map(({ usedPercent }) => usedPercent)).toEqual([7, 1]);
});
