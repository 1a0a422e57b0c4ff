import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { attemptPrefix, type BackupPlace } from '../../../lib/engine/archive/keys.ts';
import { measureNode } from '../../bench/measured-process.ts';
import { FIXTURE_PLACE, writeFixtureArchive } from '../../support/archive-fixture.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { missingPrograms, psqlEnvironment, runRestoreScript } from '../../support/restore-script.ts';
import { type S3Server, startS3Server } from '../../support/s3-server/server.ts';
import { type TestVault, testVault } from '../../support/vaults.ts';
import { lifeboat, startLifeboat } from './lifeboat.ts';

const LAUNCHER = fileURLToPath(new URL('../../../bin/lifeboat.mjs', import.meta.url));
const STAMPED: BackupPlace = {
  retentionClass: 'manual',
  source: 'stamped',
  backupId: '20261129T095045Z-iuqcq3',
};
const missing = missingPrograms('a copy, restored by its script', ['psql', 'zstd', 'sha256sum']);

describe('lifeboat copy, to a bucket of another provider', () => {
  let near: TestVault;
  let here: S3Server;
  let elsewhere: S3Server;
  let home: string;
  beforeAll(async () => {
    near = await testVault();
    await writeFixtureArchive(near.store);
    // Two servers with credentials, regions and ports of their own; each refuses the other's.
    here = await startS3Server();
    elsewhere = await startS3Server({ bucket: 'offsite', region: 'eu-central-003' });
    home = mkdtempSync(join(tmpdir(), 'lifeboat-home-'));
    const { accessKeyId, secretAccessKey } = elsewhere.credentials;
    mkdirSync(join(home, '.aws'));
    const credentials = [`aws_access_key_id = ${accessKeyId}`, `aws_secret_access_key = ${secretAccessKey}`];
    writeFileSync(
      join(home, '.aws/config'),
      [
        '[profile offsite]',
        `endpoint_url = ${elsewhere.endpoint}`,
        `region = ${elsewhere.region}`,
        '[profile offsite-services]',
        'services = other-provider',
        `region = ${elsewhere.region}`,
        '[services other-provider]',
        's3 =',
        `  endpoint_url = ${elsewhere.endpoint}`,
        '[profile keys-only]',
        '',
      ].join('\n'),
    );
    writeFileSync(
      join(home, '.aws/credentials'),
      ['offsite', 'offsite-services', 'keys-only']
        .map((name) => [`[${name}]`, ...credentials, ''].join('\n'))
        .join('\n'),
    );
  });
  afterAll(async () => {
    near.remove();
    await here.stop();
    await elsewhere.stop();
    rmSync(home, { recursive: true });
  });

  const run = (...argv: string[]) =>
    lifeboat(['copy', ...argv, '--json'], { environment: { ...here.environment(), HOME: home } });

  it('by a profile, beside an environment that describes the vault it comes from', async () => {
    const up = await run('--vault', near.directory, '--to', 's3://vault/lifeboat');
    expect(up).toMatchObject({ exitCode: 0, stderr: '' });
    const over = await run(
      '--vault',
      's3://vault/lifeboat',
      '--to',
      's3://offsite/a',
      '--to-profile',
      'offsite',
    );
    expect(over).toMatchObject({ exitCode: 0, stderr: '' });
    expect(elsewhere.keys('offsite').sort()).toEqual(
      here
        .keys()
        .map((key) => key.replace(/^lifeboat/, 'a'))
        .sort(),
    );
  });

  it('by a profile whose endpoint is that of a services section', async () => {
    const argv = ['--to', 's3://offsite/b', '--to-profile', 'offsite-services'];
    expect(await run('--vault', near.directory, ...argv)).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('by options, with a profile that has only keys', async () => {
    const argv = ['--to', 's3://offsite/c', '--to-profile', 'keys-only'];
    const where = ['--to-endpoint', elsewhere.endpoint, '--to-region', elsewhere.region];
    expect(await run('--vault', near.directory, ...argv, ...where)).toMatchObject({
      exitCode: 0,
      stderr: '',
    });
  });

  it('and not with the credentials of the vault that it comes from', async () => {
    const where = ['--to-endpoint', elsewhere.endpoint, '--to-region', elsewhere.region];
    const { exitCode, stdout } = await run('--vault', near.directory, '--to', 's3://offsite/d', ...where);
    expect(exitCode).toBe(4);
    expect(JSON.parse(stdout).error.code).toBe('vault-credentials-wrong');
  });

  it('locks every object of the copy, where it is told to', async () => {
    const locking = await startS3Server({ objectLock: true });
    const argv = [
      'copy',
      FIXTURE_PLACE.backupId,
      '--vault',
      near.directory,
      '--to',
      's3://vault/a',
      '--lock-days',
      '30',
    ];
    const before = Date.now();
    const { exitCode, stderr } = await lifeboat(argv, {
      environment: { ...locking.environment(), HOME: home },
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const locks = locking.keys().map((key) => locking.object(key)?.lock.retention);
    await locking.stop();
    expect(locks).toHaveLength(21);
    for (const lock of locks) {
      expect(lock?.mode).toBe('GOVERNANCE');
      // A minute less, for clocks that differ.
      expect(new Date(lock?.until ?? 0).getTime()).toBeGreaterThanOrEqual(before + 30 * 86_400_000 - 61_000);
    }
  });

  it('at SIGTERM leaves no manifest and no upload, and the next run goes on', async () => {
    const place = { ...FIXTURE_PLACE, backupId: '20261122T020000Z' };
    const filler = Buffer.alloc(20 * 1024 * 1024, '-- filler\n');
    await writeFixtureArchive(near.store, { place, texts: { roles: filler } });
    let stalled = 0;
    here.onRequest = ({ operation }) => {
      if (operation !== 'UploadPart') return undefined;
      stalled += 1;
      return 'stall';
    };
    const argv = ['copy', place.backupId, '--vault', near.directory, '--to', 's3://vault/cut'];
    const { child, ended } = startLifeboat(argv, { environment: { ...here.environment(), HOME: home } });
    await vi.waitUntil(() => stalled > 0, { timeout: 60_000 });
    child.kill('SIGTERM');
    const { exitCode, stdout, stderr } = await ended;
    expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: '' });
    expect(stderr).toContain('was not sealed in s3://vault/cut. Copy it again');
    expect(here.keys().filter((key) => /^cut.*manifest.json$/.test(key))).toEqual([]);
    expect(here.pendingUploads()).toEqual([]);
    here.onRequest = undefined;
    const again = await run(place.backupId, '--vault', near.directory, '--to', 's3://vault/cut');
    expect(JSON.parse(again.stdout)).toMatchObject({ outcome: 'copied' });
    expect(JSON.parse(again.stdout).objectsFound).toBeGreaterThan(0);
  });

  it('holds a few pieces of an object, however large it is', async () => {
    const peakOf = async (backupId: string, megabytes: number) => {
      const place = { ...FIXTURE_PLACE, backupId };
      const large = Buffer.alloc(megabytes * 1024 * 1024, '-- filler\n');
      await writeFixtureArchive(near.store, { place, texts: { roles: large, database: large } });
      const argv = ['copy', backupId, '--vault', near.directory, '--to', `s3://vault/large`];
      const environment = { ...here.environment(), HOME: home };
      return (await measureNode([LAUNCHER, ...argv], environment)).peakResidentMegabytes;
    };
    const small = await peakOf('20261123T020000Z', 1);
    const large = await peakOf('20261124T020000Z', 192);
    // Three parts of 8 MiB for each of two objects are 50 MB; one object alone would be 200.
    expect(large - small).toBeLessThan(130);
  });
});

describe('a copy alone, of an archive that an earlier version sealed', () => {
  let origin: TestVault;
  let copied: TestVault;
  let server: PostgresServer;
  beforeAll(async () => {
    origin = await testVault();
    copied = await testVault();
    const archives = join(import.meta.dirname, '../../support/archives/stamped/manual');
    cpSync(archives, join(origin.directory, 'manual'), { recursive: true });
    const s3 = await startS3Server();
    // There and back: directory to S3 to directory.
    for (const [from, to] of [
      [origin.directory, `s3://${s3.bucket}/lifeboat`],
      [`s3://${s3.bucket}/lifeboat`, copied.directory],
    ] as const) {
      const argv = ['copy', '--all', '--vault', from, '--to', to];
      expect(await lifeboat(argv, { environment: s3.environment() })).toMatchObject({
        exitCode: 0,
        stderr: '',
      });
    }
    await s3.stop();
    origin.remove();
    server = await startPostgres({ major: 17 });
  });
  afterAll(async () => {
    await server?.stop();
    copied?.remove();
  });

  const inCopy = (...argv: string[]) =>
    lifeboat([...argv, '--json'], {
      environment: { LIFEBOAT_VAULT: copied.directory, LIFEBOAT_TARGET_URL: server.url('restored') },
    });

  it('is listed, verified, drilled and restored', async () => {
    const list = JSON.parse((await inCopy('list')).stdout);
    expect(list.backups).toMatchObject([{ ...STAMPED, problem: null }]);
    expect(JSON.parse((await inCopy('verify')).stdout)).toMatchObject({ verdict: 'intact', notes: [] });
    expect(JSON.parse((await inCopy('drill')).stdout)).toMatchObject({ verdict: 'proven' });
    await server.run('CREATE DATABASE restored TEMPLATE template0');
    const restored = await inCopy('restore', '--yes', 'restored');
    expect(JSON.parse(restored.stdout)).toMatchObject({ outcome: 'restored' });
    const client = await server.connect('restored');
    expect((await client.query('SELECT count(*)::int FROM orders')).rows).toEqual([{ count: 100 }]);
  });

  it.skipIf(missing.length > 0)('can be checked by its own script, without Lifeboat', async () => {
    const folder = join(copied.directory, attemptPrefix(STAMPED, 'z383surr'));
    const ran = await runRestoreScript(folder, { environment: psqlEnvironment(server, 'nowhere') });
    // The script reads and compares every file before it asks for the database, which is not there.
    expect(ran.stderr).toContain('nowhere');
  });
});
