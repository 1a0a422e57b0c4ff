import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptPrefix, type BackupPlace } from '../../lib/engine/archive/keys.ts';
import type { Manifest } from '../../lib/engine/archive/manifest.ts';
import { TESTED_MINORS } from '../../lib/engine/backup/tested-minors.ts';
import { connectionSettings } from '../../lib/engine/connection/connection-settings.ts';
import { sessionSettings } from '../../lib/engine/connection/session-settings.ts';
import { diff } from '../../lib/engine/diff/diff.ts';
import { drill } from '../../lib/engine/drill/drill.ts';
import { drillOnServer } from '../../lib/engine/drill/drill-on-server.ts';
import { compareFingerprints } from '../../lib/engine/fingerprint/compare-fingerprints.ts';
import { readFingerprint } from '../../lib/engine/fingerprint/read-fingerprint.ts';
import { restore } from '../../lib/engine/restore/restore.ts';
import { verifyBackup } from '../../lib/engine/verify/verify.ts';
import { newestPostgres } from '../support/newest-postgres/newest-postgres.ts';
import { npmBinaries, type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { missingPrograms, psqlEnvironment, runRestoreScript } from '../support/restore-script.ts';
import { type TestVault, takeBackup, testVault } from '../support/vaults.ts';

const COLUMN_HOLDERS = readFileSync(join(import.meta.dirname, 'column-holders.sql'), 'utf8');
const MAJORS = [13, 15, 17, 18] as const;
/** `LIFEBOAT_NEWEST=15,17`: only these. */
const wanted = process.env.LIFEBOAT_NEWEST?.split(',').map(Number);
const missing = missingPrograms('restore.sh of the newest minors', ['psql', 'zstd', 'sha256sum']);
const SETTINGS = { wal_level: 'logical' };

for (const major of MAJORS.filter((one) => wanted?.includes(one) ?? true)) {
  const found = await newestPostgres(major);
  if ('missing' in found) {
    it.skip(`the newest PostgreSQL ${major}: ${found.missing}`, () => {});
    continue;
  }
  const { version, binDirectory } = found;
  const npm = major === 13 ? undefined : npmBinaries(major);

  it(`PostgreSQL ${version} is the newest minor that the table of tested ones knows`, ({ skip }) => {
    const tested = `${major}.${TESTED_MINORS[major]}`;
    if (version === tested) return;
    const news = `Debian has PostgreSQL ${version}; lib/engine/backup/tested-minors.ts and docs/fidelity.md say ${tested}. Where this suite passes, change both.`;
    console.warn(`NOTE: ${news}`);
    skip(news);
  });

  describe(`PostgreSQL ${version}`, () => {
    let server: PostgresServer;
    /** The oldest minor that there is of the same major, and a server of the newest major. */
    let older: PostgresServer | undefined;
    let newer: PostgresServer | undefined;
    let vault: TestVault;
    let place: BackupPlace;
    let manifest: Manifest;

    beforeAll(async () => {
      vault = await testVault();
      [server, older, newer] = await Promise.all([
        startPostgres({ major, binDirectory, settings: SETTINGS }),
        npm ? startPostgres({ major, settings: SETTINGS }) : undefined,
        major < 18 ? startPostgres({ major: 18, settings: SETTINGS }) : undefined,
      ]);
      for (const one of [server, ...(older ? [older] : [])]) {
        await one.run('CREATE DATABASE holders TEMPLATE template0');
        await one.run(COLUMN_HOLDERS, 'holders');
      }
      ({ place, manifest } = await takeBackup(server.url('holders'), vault));
    }, 300_000);
    afterAll(async () => {
      await Promise.all([server?.stop(), older?.stop(), newer?.stop()]);
      vault?.remove();
    });

    async function restoredInto(target: PostgresServer, name: string, from = place): Promise<unknown[]> {
      await target.run(`CREATE DATABASE ${name} TEMPLATE template0`);
      const settings = connectionSettings(target.url(name));
      const report = await restore({ store: vault.store, place: from, settings, unproven: true });
      return report.items.filter(({ verdict }) => verdict !== 'match');
    }

    async function fingerprintOf(target: PostgresServer, database: string) {
      const client = await target.connect(database);
      for (const setting of sessionSettings(major)) await client.query(setting);
      return readFingerprint(async (sql) => (await client.query(sql)).rows);
    }

    it('is backed up whole', async () => {
      expect(await verifyBackup(vault.store, place)).toMatchObject({ verdict: 'intact' });
      expect(manifest.leftOut.filter(({ what }) => what.startsWith('option'))).toEqual([]);
    });

    it('is proven by a drill', async () => {
      const report = await drill({ store: vault.store, place });
      expect(report.items.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
      expect(report.verdict).toBe('proven');
    });

    it('is proven by a drill on its own server', async () => {
      const report = await drillOnServer({
        store: vault.store,
        place,
        server: connectionSettings(server.url()),
      });
      expect(report.items.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
    });

    it('is restored into the same minor, where diff finds nothing', async () => {
      expect(await restoredInto(server, 'same')).toEqual([]);
      const compared = await diff({
        store: vault.store,
        place,
        settings: connectionSettings(server.url('same')),
      });
      expect(compared.schema).toEqual([]);
      expect(compared.totals).toMatchObject({
        same: manifest.tables.length,
        deleted: 0,
        added: 0,
        changed: 0,
      });
    });

    it.skipIf(major === 18)('is restored into another major', async () => {
      expect(newer && (await restoredInto(newer, 'newer'))).toEqual([]);
    });

    it.skipIf(npm === undefined)('and an older minor are restored into each other', async () => {
      if (!older) return;
      expect(await restoredInto(older, 'older')).toEqual([]);
      const backup = await takeBackup(older.url('holders'), vault, {
        place: { retentionClass: 'manual', source: 'older', backupId: place.backupId },
      });
      expect(await restoredInto(server, 'from_older', backup.place)).toEqual([]);
    });

    it.skipIf(npm === undefined)(
      'has the same fingerprint as an older minor with the same objects',
      async () => {
        if (!older) return;
        const compared = compareFingerprints(
          await fingerprintOf(older, 'holders'),
          await fingerprintOf(server, 'holders'),
        );
        expect(compared.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
      },
    );

    it.skipIf(missing.length > 0)('comes back by restore.sh, on it and on another', async () => {
      const folder = join(vault.directory, attemptPrefix(place, manifest.attempt));
      for (const target of [server, older, newer]) {
        if (!target) continue;
        await target.run('CREATE DATABASE by_script TEMPLATE template0');
        const environment = psqlEnvironment(target, 'by_script');
        const { status, stderr } = await runRestoreScript(folder, { environment });
        expect({ status, stderr }).toMatchObject({ status: 0 });
        const compared = compareFingerprints(
          await fingerprintOf(server, 'holders'),
          await fingerprintOf(target, 'by_script'),
        );
        expect(compared.filter(({ verdict, layer }) => verdict !== 'match' && layer !== 'note')).toEqual([]);
      }
    });
  });
}
