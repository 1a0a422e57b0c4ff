import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type BackupPlace, manifestKey, scheduledBackupId } from '../../../lib/engine/archive/keys.ts';
import { readManifest } from '../../../lib/engine/archive/read-manifest.ts';
import { type BackupRequest, type BackupResult, backup } from '../../../lib/engine/backup/backup.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { LifeboatError } from '../../../lib/engine/ground/errors.ts';
import type { ObjectStore } from '../../../lib/engine/storage/object-store.ts';
import { verifyBackup } from '../../../lib/engine/verify/verify.ts';
import { type Interceptions, intercept } from '../../support/intercepted-store.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, testVault } from '../../support/vaults.ts';

let server: PostgresServer;
let vault: TestVault;
beforeAll(async () => {
  server = await startPostgres({ major: 17 });
  await server.run(
    `CREATE TABLE large AS SELECT g AS id, repeat(md5(g::text), 20) AS t FROM generate_series(1, 20000) g;
     CREATE TABLE small AS SELECT g AS id FROM generate_series(1, 10) g`,
  );
});
beforeEach(async () => {
  vault = await testVault();
});
afterEach(() => vault.remove());
afterAll(() => server?.stop());

const PLACE: BackupPlace = {
  retentionClass: 'daily',
  source: 'shop',
  backupId: scheduledBackupId(new Date('2026-11-20T02:00:00Z')),
};

function takeSlot(options: Partial<BackupRequest> = {}): Promise<BackupResult> {
  const settings = connectionSettings(server.url());
  return backup({ settings, store: vault.store, place: PLACE, jobs: 1, ...options });
}

/** A run of the slot during which, at the hook, another one seals the backup. */
function loseAt(hook: keyof Interceptions, then = async () => {}, options: Partial<BackupRequest> = {}) {
  let won = false;
  const store = intercept(vault.store, {
    [hook]: async () => {
      if (won) return;
      won = true;
      expect((await takeSlot()).outcome).toBe('sealed');
      await then();
    },
  });
  return takeSlot({ store, ...options });
}

/** Objects of attempts that the manifest does not name. */
async function strays(): Promise<string[]> {
  const { attempt } = await readManifest(vault.store, PLACE, {});
  const folder = manifestKey(PLACE).replace('manifest.json', '');
  return vault.files().filter((key) => key.startsWith(folder) && !key.startsWith(`${folder}${attempt}/`));
}

describe('a run whose slot another one seals', () => {
  it('while it waits for its locks ends at once, and has written nothing', async () => {
    let won = false;
    const beforeStep = async () => {
      if (won) return;
      won = true;
      expect((await takeSlot()).outcome).toBe('sealed');
    };
    expect(await takeSlot({ coordinatorOptions: { beforeStep } })).toEqual({
      outcome: 'already-sealed',
      place: PLACE,
    });
    expect(await strays()).toEqual([manifestKey(PLACE)]);
  });

  it('while it copies stops, and its upload is abandoned', async () => {
    const never = () => new Promise<void>(() => {});
    expect(await loseAt('duringUpload', never, { lookForSealEveryMs: 5 })).toEqual({
      outcome: 'already-sealed',
      place: PLACE,
    });
    expect((await strays()).filter((key) => key.includes('/data/'))).toEqual([]);
    expect((await verifyBackup(vault.store, PLACE)).verdict).toBe('intact');
  });

  it('fails for another reason: the slot is done all the same', async () => {
    const lost = async () => {
      throw new LifeboatError({ code: 'test', kind: 'vault', what: 'The disk went away.' });
    };
    expect((await loseAt('beforeUpload', lost)).outcome).toBe('already-sealed');
  });

  it('at its last step learns it from the seal', async () => {
    expect((await loseAt('beforePut')).outcome).toBe('already-sealed');
  });
});

describe('a run that cannot tell whether the slot is sealed', () => {
  it('goes on where the vault denies the question, and the seal decides', async () => {
    const denied = new LifeboatError({ code: 'vault-access-denied', kind: 'vault', what: 'Denied.' });
    const head = () => Promise.reject(denied);
    const store: ObjectStore = { ...intercept(vault.store, {}), head };
    expect((await takeSlot({ store, lookForSealEveryMs: 5 })).outcome).toBe('sealed');
    expect((await takeSlot({ store })).outcome).toBe('already-sealed');
  });

  it('goes on where the vault stops answering the question in the middle', async () => {
    const failing = new LifeboatError({ code: 'vault-unreachable', kind: 'vault', what: 'Gone.' });
    let asked = 0;
    const head: ObjectStore['head'] = async (key, options) => {
      asked += 1;
      if (asked > 2) throw failing;
      return vault.store.head(key, options);
    };
    const wait = async () => expect.poll(() => asked, { interval: 5, timeout: 60_000 }).toBeGreaterThan(3);
    const store = { ...intercept(vault.store, { duringUpload: wait }), head };
    expect((await takeSlot({ store, lookForSealEveryMs: 5 })).outcome).toBe('sealed');
  });
});
