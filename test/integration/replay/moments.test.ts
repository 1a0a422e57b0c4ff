import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type History,
  makeHistory,
  planned,
  restored,
  SERVER_SETTINGS,
  targetOf,
} from '../../support/pitr/moments.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, testVault } from '../../support/vaults.ts';

describe('a moment between two backups', () => {
  let server: PostgresServer;
  let vault: TestVault;
  let history: History;

  beforeAll(async () => {
    vault = await testVault();
    server = await startPostgres({ major: 15, settings: SERVER_SETTINGS });
    history = await makeHistory({ vault, server, points: 6, writers: 3, seed: 1, pointsPerBase: 4 });
  });
  afterAll(async () => {
    await server?.stop();
    vault?.remove();
  });

  it('is restored exactly, by its LSN and by its time', async () => {
    for (const [point, truth] of history.truths.entries()) {
      if (point % 3 === 2) continue;
      const moment = await planned(vault, targetOf(truth, point));
      const found = await restored(vault, server, moment, `point_${point}`);
      expect(found.tables, `point ${point} at ${truth.lsn}`).toEqual(truth.tables);
      expect(found.report.outcome).toBe('restored');
      expect(found.report.items.filter(({ verdict }) => verdict === 'differs')).toEqual([]);
      expect([found.is_fresh, found.left_over]).toEqual([true, 0]);
      expect(BigInt(found.tickets)).toBeGreaterThanOrEqual(BigInt(truth.tickets));
    }
  });
});
