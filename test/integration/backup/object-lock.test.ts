import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manifestKey, proofKey } from '../../../lib/engine/archive/keys.ts';
import { backup } from '../../../lib/engine/backup/backup.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { drill } from '../../../lib/engine/drill/drill.ts';
import type { ObjectStore } from '../../../lib/engine/storage/object-store.ts';
import { openS3Store } from '../../../lib/engine/storage/s3.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type S3Server, startS3Server } from '../../support/s3-server/server.ts';
import { newPlace, takeBackup, testVault } from '../../support/vaults.ts';

const DAY_MS = 86_400_000;
let server: PostgresServer;
let locking: S3Server;
let plain: S3Server;
const stores: ObjectStore[] = [];

beforeAll(async () => {
  [server, locking, plain] = await Promise.all([
    startPostgres({ major: 18 }),
    startS3Server({ objectLock: true, writeOnce: true }),
    startS3Server({ versioning: true }),
  ]);
  // Random text: it does not compress, so that the chunk needs several parts.
  await server.run(
    `CREATE TABLE noise AS SELECT g AS id, encode(sha512(g::text::bytea) || sha512((-g)::text::bytea), 'base64') AS t
       FROM generate_series(1, 90000) g;
     CREATE TABLE small AS SELECT g AS id FROM generate_series(1, 10) g`,
  );
});
afterAll(async () => {
  for (const store of stores) await store.close();
  await Promise.all([server?.stop(), locking?.stop(), plain?.stop()]);
});

function openAt({ endpoint, region, credentials, bucket }: S3Server): ObjectStore {
  const store = openS3Store({ bucket, prefix: 'team', endpoint, region, credentials, maxAttempts: 2 });
  stores.push(store);
  return store;
}

describe('a backup with a lock', () => {
  it.each(['when_supported', 'when_required'])(
    'has every object locked until one moment, and so is its proof for a time of its own (checksums %s)',
    async (checksums) => {
      process.env.AWS_REQUEST_CHECKSUM_CALCULATION = checksums;
      try {
        const store = openAt(locking);
        const before = Date.now();
        const lock = { mode: 'governance', days: 30 } as const;
        const { place } = await takeBackup(server.url(), { store }, { lock });
        const prefix = `team/${manifestKey(place).replace('manifest.json', '')}`;
        const retentions = locking
          .versions()
          .filter(({ key }) => key.startsWith(prefix))
          .map(({ lock: { retention } }) => retention);
        expect(retentions.length).toBeGreaterThan(6);
        expect(new Set(retentions.map((each) => each?.until.toISOString())).size).toBe(1);
        expect(new Set(retentions.map((each) => each?.mode))).toEqual(new Set(['GOVERNANCE']));
        const untilMs = retentions[0]?.until.getTime() ?? 0;
        // A minute less, for clocks that differ.
        expect(untilMs - 30 * DAY_MS + 60_000).toBeGreaterThanOrEqual(before - 1);
        expect(untilMs - 30 * DAY_MS + 60_000).toBeLessThanOrEqual(Date.now());
        await drill({ store, place, lock: { mode: 'compliance', days: 7 } });
        const proof = locking.object(`team/${proofKey(place)}`)?.lock.retention;
        expect(proof?.mode).toBe('COMPLIANCE');
        expect((proof?.until.getTime() ?? 0) - 7 * DAY_MS).toBeGreaterThanOrEqual(untilMs - 30 * DAY_MS);
      } finally {
        delete process.env.AWS_REQUEST_CHECKSUM_CALCULATION;
      }
    },
  );

  it('fails in a bucket without Object Lock, and says what the bucket lacks', async () => {
    const store = openAt(plain);
    const place = newPlace();
    const settings = connectionSettings(server.url());
    const taking = backup({ settings, store, place, lock: { mode: 'governance', days: 30 } });
    await expect(taking).rejects.toMatchObject({ code: 'vault-no-object-lock', kind: 'vault' });
    expect(plain.keys()).toEqual([]);
    expect(plain.pendingUploads()).toEqual([]);
  });

  it('is refused at once for a directory', async () => {
    const vault = await testVault();
    const settings = connectionSettings('postgres://nobody@127.0.0.1:1/nowhere');
    const taking = backup({
      ...{ settings, store: vault.store, place: newPlace() },
      lock: { mode: 'compliance', days: 1 },
    });
    await expect(taking).rejects.toMatchObject({ code: 'vault-no-object-lock' });
    vault.remove();
  });
});
