import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manifestKey } from '../../../lib/engine/archive/keys.ts';
import { backup } from '../../../lib/engine/backup/backup.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import type { ObjectStore } from '../../../lib/engine/storage/object-store.ts';
import { openS3Store } from '../../../lib/engine/storage/s3.ts';
import { verifyBackup } from '../../../lib/engine/verify/verify.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type S3Server, startS3Server } from '../../support/s3-server/server.ts';
import { newPlace, takeBackup } from '../../support/vaults.ts';

let server: PostgresServer;
let s3: S3Server;
let store: ObjectStore;

beforeAll(async () => {
  [server, s3] = await Promise.all([startPostgres({ major: 18 }), startS3Server({ writeOnce: true })]);
  const { endpoint, region, credentials, bucket } = s3;
  store = openS3Store({ bucket, prefix: 'team', endpoint, region, credentials, maxAttempts: 2 });
  // Random text: it does not compress, so that the chunk needs several parts.
  await server.run(
    `CREATE TABLE noise AS SELECT g AS id, encode(sha512(g::text::bytea) || sha512((-g)::text::bytea), 'base64') AS t
       FROM generate_series(1, 120000) g;
     CREATE TABLE small AS SELECT g AS id FROM generate_series(1, 10) g`,
  );
});
afterAll(async () => {
  await store?.close();
  await server?.stop();
  await s3?.stop();
});

const settings = () => connectionSettings(server.url());

describe('a backup into S3', () => {
  it('goes up in parts, is sealed conditionally, and verifies', async () => {
    const { place, manifest } = await takeBackup(server.url(), { store });
    const parts = s3.requests.filter(({ operation }) => operation === 'UploadPart');
    expect(parts.length).toBeGreaterThan(1);
    // The record for auditors comes after it.
    const seal = s3.requests.findLast(
      ({ operation, key }) => operation === 'PutObject' && !key?.startsWith('team/evidence/'),
    );
    expect(seal?.key).toBe(`team/${manifestKey(place)}`);
    expect(seal?.headers['if-none-match']).toBe('*');
    expect(s3.pendingUploads()).toEqual([]);
    expect(manifest.totals.rows).toBe(120_010);
    expect((await verifyBackup(store, place)).verdict).toBe('intact');
  });

  it('leaves no upload pending and no manifest when S3 refuses a part', async () => {
    s3.onRequest = ({ operation }) =>
      operation === 'UploadPart' ? { status: 403, code: 'AccessDenied' } : undefined;
    const place = newPlace();
    try {
      await expect(backup({ settings: settings(), store, place })).rejects.toMatchObject({ kind: 'vault' });
    } finally {
      s3.onRequest = undefined;
    }
    expect(s3.pendingUploads()).toEqual([]);
    expect(await store.head(manifestKey(place))).toBeUndefined();
  });

  it('is aborted, uploads and all, when it is told to stop', async () => {
    const stop = new AbortController();
    const place = newPlace();
    s3.onRequest = ({ operation }) => {
      if (operation === 'UploadPart') stop.abort(new Error('told to stop'));
      return undefined;
    };
    try {
      await expect(backup({ settings: settings(), store, place, signal: stop.signal })).rejects.toThrow(
        'told to stop',
      );
    } finally {
      s3.onRequest = undefined;
    }
    expect(s3.pendingUploads()).toEqual([]);
    expect(await store.head(manifestKey(place))).toBeUndefined();
  });

  it('does without the right to list, as the backup function has none', async () => {
    s3.onRequest = ({ operation }) =>
      operation === 'HeadObject' || operation === 'ListObjectsV2'
        ? { status: 403, code: 'AccessDenied' }
        : undefined;
    try {
      const { manifest } = await takeBackup(server.url(), { store });
      expect(manifest.totals.rows).toBe(120_010);
    } finally {
      s3.onRequest = undefined;
    }
  });

  it('knows its own seal when the answer to it was lost', async () => {
    let lost = false;
    s3.onRequest = ({ operation, key }) => {
      if (operation !== 'PutObject' || !key?.endsWith('manifest.json') || lost) return undefined;
      lost = true;
      return 'cut-after';
    };
    try {
      const { place } = await takeBackup(server.url(), { store });
      expect(lost).toBe(true);
      expect((await verifyBackup(store, place)).verdict).toBe('intact');
    } finally {
      s3.onRequest = undefined;
    }
  });
});
