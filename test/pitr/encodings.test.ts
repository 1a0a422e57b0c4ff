import { expect, it } from 'vitest';
import { capture } from '../../lib/engine/capture/capture.ts';
import { enable } from '../../lib/engine/capture/enable.ts';
import { connectionSettings } from '../../lib/engine/connection/connection-settings.ts';
import { lsnOf } from '../../lib/engine/pgoutput/lsn.ts';
import { planMoment } from '../../lib/engine/replay/plan/plan-moment.ts';
import { restore } from '../../lib/engine/restore/restore.ts';
import { readCaptured } from '../support/captured.ts';
import { startPostgres } from '../support/postgres-server.ts';
import { takeBackup, testVault } from '../support/vaults.ts';

/** Bytes that are no UTF-8: `größe` and `ü` in LATIN1. */
const ROWS = `SELECT encode(convert_to(name, getdatabaseencoding()), 'hex') AS name FROM "TABLE" ORDER BY id`;

it.each(['LATIN1', 'SQL_ASCII'])(
  'a database in %s comes back as of a moment, byte for byte',
  async (encoding) => {
    const [server, vault] = await Promise.all([
      startPostgres({ major: 14, settings: { wal_level: 'logical' } }),
      testVault(),
    ]);
    // LATIN1 knows names that are no ASCII; in SQL_ASCII they are bytes.
    const table = encoding === 'LATIN1' ? 'größe' : 'groesse';
    try {
      for (const database of ['shop', 'shop_then'])
        await server.run(`CREATE DATABASE ${database} ENCODING '${encoding}' LOCALE 'C' TEMPLATE template0`);
      const client = await server.connect('shop');
      const text = (hex: string) => `convert_from('\\x${hex}', '${encoding}')`;
      await client.query(`CREATE TABLE "${table}" (id int PRIMARY KEY, name text)`);
      await client.query(`INSERT INTO "${table}" SELECT 1, ${text('fc')}`);
      const order = { settings: connectionSettings(server.url('shop')), store: vault.store, source: 'shop' };
      const poll = () => capture({ ...order, quietEntryEveryMs: 0, memory: { holder: 'test' } });
      await enable(order);
      await poll();
      const { place } = await takeBackup(server.url('shop'), vault, {
        place: { retentionClass: 'manual', source: 'shop', backupId: '20261120T000000Z' },
      });
      await client.query(`INSERT INTO "${table}" SELECT 2, ${text('e4f6fc')}`);
      await client.query(`UPDATE "${table}" SET name = name || ${text('df')} WHERE id = 1`);
      await poll();
      await poll();
      const rows = ROWS.replace('TABLE', table);
      const truth = (await client.query(rows)).rows;
      expect(truth).toEqual([{ name: 'fcdf' }, { name: 'e4f6fc' }]);
      const [epoch] = await readCaptured(vault.store, 'shop');
      const moment = await planMoment({
        ...{ store: vault.store, source: 'shop', signal: new AbortController().signal },
        target: { kind: 'lsn', lsn: lsnOf(epoch?.entries.at(-1)?.to ?? '') },
      });
      expect(moment.base.place).toEqual(place);
      const settings = connectionSettings(server.url('shop_then'));
      await restore({ store: vault.store, place, moment, settings, unproven: true, jobs: 2 });
      const then = await server.connect('shop_then');
      expect((await then.query(rows)).rows).toEqual(truth);
    } finally {
      await server.stop();
      vault.remove();
    }
  },
);
