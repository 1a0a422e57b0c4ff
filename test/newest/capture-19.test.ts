import { describe, expect, it } from 'vitest';
import { capture } from '../../lib/engine/capture/capture.ts';
import { disable } from '../../lib/engine/capture/disable.ts';
import { enable } from '../../lib/engine/capture/enable.ts';
import { connectionSettings } from '../../lib/engine/connection/connection-settings.ts';
import { readCaptured } from '../support/captured.ts';
import { newestPostgres } from '../support/newest-postgres/newest-postgres.ts';
import { startPostgres } from '../support/postgres-server.ts';
import { testVault } from '../support/vaults.ts';

const newest = await newestPostgres(19);

describe.skipIf('missing' in newest)('the capture on PostgreSQL 19', () => {
  it('begins at wal_level replica, without a restart', async () => {
    if ('missing' in newest) return;
    const { binDirectory } = newest;
    const server = await startPostgres({ major: 19, binDirectory, settings: { wal_level: 'replica' } });
    const vault = await testVault();
    try {
      const order = {
        ...{ settings: connectionSettings(server.url()), store: vault.store, source: 'shop' },
        quietEntryEveryMs: 0,
      };
      await server.run('CREATE TABLE users (id int PRIMARY KEY)');
      expect((await enable({ ...order, eventTrigger: true })).outcome).toBe('enabled');
      await server.run('INSERT INTO users VALUES (1)');
      expect(await capture(order)).toMatchObject({ transactions: 1, walStatus: 'reserved' });
      await server.run('ALTER TABLE users ADD name text');
      expect(await capture(order)).toMatchObject({ epoch: 2, ended: { reason: 'schema-changed' } });
      expect((await readCaptured(vault.store, 'shop'))[0]?.messages).toMatch(/^BRIC/);
      expect(await disable(order)).toMatchObject({ slotDropped: true, noted: true, notices: [] });
    } finally {
      await server.stop();
      vault.remove();
    }
  });
});
