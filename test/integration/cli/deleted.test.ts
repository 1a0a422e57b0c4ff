import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BackupPlace, manifestKey, proofKey } from '../../../lib/engine/archive/keys.ts';
import { nameOfBackup } from '../../../lib/engine/archive/listing.ts';
import { versionsOf } from '../../../lib/engine/storage/object-versions.ts';
import { openS3Store } from '../../../lib/engine/storage/s3.ts';
import { FIXTURE_PLACE, writeFixtureArchive } from '../../support/archive-fixture.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import type { RequestInfo } from '../../support/s3-server/fault.ts';
import { type S3Server, startS3Server } from '../../support/s3-server/server.ts';
import { newPlace, takeBackup } from '../../support/vaults.ts';
import { oneValue } from '../restore/restore-world.ts';
import { lifeboat } from './lifeboat.ts';

const PREFIX = 'team a/+vault';
let server: PostgresServer;
let s3: S3Server;
let client: S3Client;
let place: BackupPlace;
let name: string;

beforeAll(async () => {
  [server, s3] = await Promise.all([
    startPostgres({ major: 18 }),
    startS3Server({ versioning: true, writeOnce: true }),
  ]);
  await server.run(
    `CREATE TABLE "odd <&> näme" (id int PRIMARY KEY, t text);
     INSERT INTO "odd <&> näme" SELECT g, 'row ' || g FROM generate_series(1, 1000) g`,
  );
  const { endpoint, region, credentials, bucket } = s3;
  client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const store = openS3Store({ bucket, prefix: PREFIX, endpoint, region, credentials });
  ({ place } = await takeBackup(server.url(), { store }, { place: newPlace('shop') }));
  name = nameOfBackup(place);
  for (const key of s3.keys()) await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  expect(s3.keys()).toEqual([]);
  await store.close();
});
afterAll(async () => {
  client?.destroy();
  await Promise.all([server?.stop(), s3?.stop()]);
});

const spaced = (text: string) => text.replaceAll(/\s+/g, ' ');

function run(...argv: string[]) {
  const environment = {
    ...s3.environment(),
    AWS_MAX_ATTEMPTS: '2',
    LIFEBOAT_VAULT: `s3://vault/${PREFIX}`,
    LIFEBOAT_TARGET_URL: server.url('rescued'),
    LIFEBOAT_SOURCE_URL: server.url(),
  };
  return lifeboat(argv, { environment });
}

describe('a backup of which everything was deleted', () => {
  it('is not there, and --deleted lists it with the time of its end', async () => {
    const plain = await run('list');
    expect(plain.stdout).toContain('No backup in');
    expect(spaced(plain.stdout)).toContain(
      `${name} is deleted, but not for good yet: \`lifeboat list --deleted\``,
    );
    const { exitCode, stdout } = await run('list', '--deleted', '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      backups: [{ name, deletedAt: expect.stringMatching(/Z$/), proven: false }],
      unfinished: [],
      leftovers: [],
    });
    const text = (await run('list', '--deleted')).stdout;
    expect(text).toMatch(/DELETED/);
    expect(text).toContain('deleted: only --deleted finds it');
    for (const [code, ...argv] of [
      ['backup-not-found', 'show', name],
      ['backup-not-found', 'show', place.backupId],
      ['backup-none', 'show', 'latest'],
    ] as const) {
      const { stderr } = await run(...argv);
      expect(stderr).toContain(code);
      expect(spaced(stderr)).toContain('`lifeboat list --deleted`');
    }
  });

  it('is a problem to the doctor, who names it', async () => {
    const { exitCode, stdout } = await run('doctor', '--json');
    expect(exitCode).toBe(8);
    const { findings } = JSON.parse(stdout);
    expect(findings.find(({ check }: { check: string }) => check === 'backup-age')).toMatchObject({
      verdict: 'problem',
      what: expect.stringContaining(`${name} was deleted`),
      remedy: expect.stringContaining('`lifeboat list --deleted`'),
    });
  });

  it('is shown, verified, queried and drilled, and the drill leaves no proof that others would see', async () => {
    expect((await run('show', 'latest', '--deleted')).stdout).toContain(name);
    expect((await run('verify', '--deleted')).stdout).toContain('intact');
    const rows = await run('query', 'latest', 'SELECT count(*) FROM "odd <&> näme"', '--deleted');
    expect(rows.stdout).toContain('1000');
    const drill = await run('drill', '--deleted');
    expect(drill.exitCode).toBe(0);
    expect(drill.stdout).toContain('proven');
    expect(`${drill.stdout}${drill.stderr}`.replaceAll(/\s+/g, ' ')).toContain('The proof was not kept');
    expect(s3.keys()).toEqual([]);
    const diff = await run('diff', '--deleted', '--json');
    expect(diff.exitCode).toBe(0);
  }, 120_000);

  it('is restored, and a safety backup of the target is a backup like any other', async () => {
    await server.run('CREATE DATABASE rescued');
    const restored = await run('restore', '--deleted', '--unproven', '--yes', 'rescued');
    expect(restored.stderr).toBe('');
    expect(restored.exitCode).toBe(0);
    const count = () => oneValue(server, 'rescued', 'SELECT count(*)::text FROM "odd <&> näme"');
    expect(await count()).toBe('1000');
    await server.run('DELETE FROM "odd <&> näme" WHERE id > 10', 'rescued');
    const over = ['--table', 'public.odd <&> näme', '--into-existing', '--yes', 'rescued', '--json'];
    const again = await run('restore', name, '--deleted', '--unproven', ...over);
    expect(again.stderr).toBe('');
    const { safetyBackup } = JSON.parse(again.stdout);
    expect(await count()).toBe('1000');
    const listed = JSON.parse((await run('list', '--json')).stdout);
    expect(listed.backups).toMatchObject([{ name: safetyBackup, rows: 10, deletedAt: null }]);
  }, 120_000);

  it('is not proven by a drill that saw chunks which others do not see', async () => {
    const { bucket } = s3;
    const body = s3
      .versions()
      .find((version) => !version.deleteMarker && version.key === `${PREFIX}/${manifestKey(place)}`);
    expect(body).toBeDefined();
    const store = openS3Store({ bucket, prefix: PREFIX, ...connection() });
    // Somebody puts the manifest back, and nothing else.
    const versions = versionsOf(store);
    if (!versions) throw new Error('a vault in S3 has versions');
    const pieces: Uint8Array[] = [];
    for await (const piece of versions.get(manifestKey(place), body?.versionId ?? '')) pieces.push(piece);
    await client.send(
      new PutObjectCommand({
        ...{ Bucket: bucket, Key: `${PREFIX}/${manifestKey(place)}` },
        ...{ Body: Buffer.concat(pieces), IfNoneMatch: '*' },
      }),
    );
    expect((await run('drill', '--deleted', name)).exitCode).toBe(0);
    expect(await store.head(proofKey(place))).toBeUndefined();
    await store.close();
  }, 120_000);
});

describe('--deleted', () => {
  it('names the permissions that lack', async () => {
    for (const [operation, permission] of [
      ['ListObjectVersions', 's3:ListBucketVersions'],
      ['GetObject', 's3:GetObjectVersion'],
    ] as const) {
      const isMeant = (request: RequestInfo) =>
        request.operation === operation && (operation !== 'GetObject' || request.query.has('versionId'));
      s3.onRequest = (request) => (isMeant(request) ? { status: 403, code: 'AccessDenied' } : 'pass');
      const { exitCode, stderr } = await run('query', name, 'SELECT 1', '--deleted');
      s3.onRequest = undefined;
      expect(exitCode).toBe(4);
      expect(stderr).toContain(permission);
    }
  });

  it('says of a bucket without versions that nothing more is found, and is refused by a directory', async () => {
    const plain = await startS3Server();
    const environment = { ...plain.environment(), LIFEBOAT_VAULT: 's3://vault/x' };
    const list = await lifeboat(['list', '--deleted'], { environment });
    await plain.stop();
    expect(list.exitCode).toBe(0);
    expect(list.stdout.replaceAll('\n', ' ')).toContain('This bucket keeps no versions');
    const directory = await lifeboat(['list', '--deleted', '--vault', '/tmp']);
    expect(directory).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('vault-no-versions') });
  });
});

function connection() {
  const { endpoint, region, credentials } = s3;
  return { endpoint, region, credentials };
}

describe('a backup of which a part was deleted', () => {
  const OTHER = 'other';
  async function deleted(key: string) {
    await client.send(new DeleteObjectCommand({ Bucket: s3.bucket, Key: `${OTHER}/${key}` }));
  }

  it('names --deleted, whether it lacks its manifest or an object', async () => {
    const { endpoint, region, credentials, bucket } = s3;
    const store = openS3Store({ bucket, prefix: OTHER, endpoint, region, credentials });
    const { keyOf } = await writeFixtureArchive(store);
    await store.close();
    const full = nameOfBackup(FIXTURE_PLACE);
    const vault = ['--vault', `s3://vault/${OTHER}`];
    await deleted(keyOf('pre-data'));
    const refused = await run('restore', full, '--target', server.url('new'), '--create-database', ...vault);
    expect(refused.exitCode).toBe(5);
    expect(refused.stderr).toContain('backup-incomplete');
    expect(spaced(refused.stderr)).toContain('`lifeboat list --deleted`');
    await deleted(manifestKey(FIXTURE_PLACE));
    const { stderr } = await run('show', full, ...vault);
    expect(stderr).toContain('backup-unfinished');
    expect(spaced(stderr)).toContain('or somebody deleted its manifest');
    expect(spaced(stderr)).toContain('`lifeboat list --deleted`');
  });
});
