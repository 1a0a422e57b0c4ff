import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BackupPlace, backupPrefix, manifestKey } from '../../../lib/engine/archive/keys.ts';
import { nameOfBackup } from '../../../lib/engine/archive/listing.ts';
import type { Manifest } from '../../../lib/engine/archive/manifest.ts';
import { resolveBackup } from '../../../lib/engine/archive/resolve-backup.ts';
import { storedObjects } from '../../../lib/engine/archive/stored-objects.ts';
import type { ObjectStore } from '../../../lib/engine/storage/object-store.ts';
import { openS3Store } from '../../../lib/engine/storage/s3.ts';
import { lookAtReplica } from '../../../lib/engine/watch/look-at-replica.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type S3Server, startS3Server } from '../../support/s3-server/server.ts';
import { takeBackup } from '../../support/vaults.ts';
import { lifeboat } from '../cli/lifeboat.ts';

const REPLICA = 'replica';
const SHOP = `
  CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);
  INSERT INTO users SELECT n, 'user ' || n FROM generate_series(1, 500) n;
  CREATE TABLE orders (id integer PRIMARY KEY, customer integer REFERENCES users);
  INSERT INTO orders SELECT n, n FROM generate_series(1, 300) n;
`;

interface Backup {
  readonly place: BackupPlace;
  readonly manifest: Manifest;
}

let postgres: PostgresServer;
let s3: S3Server;
let replica: ObjectStore;
let environment: Record<string, string>;
/** Arrives whole, before the tests. */
let first: Backup;
/** Its manifest arrives before everything else. */
let second: Backup;

/** A vault that S3 replicates, object by object, when a test says so. */
beforeAll(async () => {
  [postgres, s3] = await Promise.all([startPostgres({ major: 17 }), startS3Server({ objectLock: true })]);
  await postgres.run('CREATE DATABASE shop');
  await postgres.run(SHOP, 'shop');
  const { endpoint, region, credentials } = s3;
  const open = (bucket: string) => openS3Store({ bucket, prefix: '', endpoint, region, credentials });
  const vault = { store: open(s3.bucket) };
  replica = open(REPLICA);
  const place = (backupId: string) => ({ retentionClass: 'daily', source: 'shop', backupId }) as const;
  first = await takeBackup(postgres.url('shop'), vault, { place: place('20261127T020000Z') });
  // Times in a vault are those of its objects, to the second.
  s3.age(24 * 3_600_000);
  second = await takeBackup(postgres.url('shop'), vault, { place: place('20261128T020000Z') });
  for (const key of s3.keys()) if (key.startsWith(backupPrefix(first.place))) s3.replicate(key, REPLICA);
  environment = { ...s3.environment(), LIFEBOAT_VAULT: `s3://${REPLICA}` };
  await vault.store.close();
});
afterAll(async () => {
  await replica?.close();
  await Promise.all([postgres?.stop(), s3?.stop()]);
});

const command = (...argv: string[]) => lifeboat(argv, { environment });
const latest = () => resolveBackup(replica, 'latest', { source: 'shop' });
const look = () => lookAtReplica({ store: replica, source: 'shop', dueSince: new Date(0), now: new Date() });

async function newDatabase(name: string): Promise<string> {
  await postgres.run(`CREATE DATABASE ${name} TEMPLATE template0`);
  return postgres.url(name);
}

async function tablesIn(database: string): Promise<string[]> {
  const client = await postgres.connect(database);
  try {
    const { rows } = await client.query(
      "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
    );
    return rows.map(({ tablename }) => String(tablename));
  } finally {
    await client.end();
  }
}

describe('a manifest that arrives before its chunks', () => {
  let objects: string[];
  beforeAll(() => {
    objects = storedObjects(second.manifest).map(({ key }) => key);
    expect(objects.length).toBeGreaterThan(8);
    s3.replicate(manifestKey(second.place), REPLICA);
  });

  it('is not a backup yet: latest is the one before, in every command', async () => {
    expect(await latest()).toEqual(first.place);
    const shown = await command('show', 'latest', '--json');
    expect(JSON.parse(shown.stdout).name).toBe(nameOfBackup(first.place));
    expect(shown.stderr).toContain(
      `Not all objects of ${nameOfBackup(second.place)} have arrived in this replica yet.`,
    );
    expect((await look()).newestFull).toEqual(first.place);
  });

  it('is listed as arriving, with what is missing', async () => {
    const { exitCode, stdout } = await command('list', '--json');
    expect(exitCode).toBe(0);
    const [newest, older] = JSON.parse(stdout).backups;
    expect(newest).toMatchObject({
      name: nameOfBackup(second.place),
      problemCode: 'backup-arriving',
      problem: expect.stringContaining(`${objects.length} of ${objects.length} objects have not arrived`),
    });
    expect(older).toMatchObject({ name: nameOfBackup(first.place), problem: null });
    expect((await command('list')).stdout).toMatch(/20261128T020000Z .* arriving /m);
  });

  it('ends a drill of it with a clear code, and proves nothing', async () => {
    const drilled = await command('drill', nameOfBackup(second.place));
    expect(drilled).toMatchObject({ exitCode: 4 });
    expect(drilled.stderr).toContain('backup-arriving');
    expect(s3.keys(REPLICA).filter((key) => key.endsWith('proof.json'))).toEqual([]);
  });

  it('ends a restore of it before the first change, and names another', async () => {
    const target = await newDatabase('arriving');
    const restored = await command(
      'restore',
      nameOfBackup(second.place),
      '--target',
      target,
      '--yes',
      'arriving',
    );
    expect(restored).toMatchObject({ exitCode: 5 });
    expect(restored.stderr).toContain('backup-incomplete');
    expect(restored.stderr.replace(/\s+/g, ' ')).toContain(
      `The newest full backup that has all of its objects is ${nameOfBackup(first.place)}.`,
    );
    expect(await tablesIn('arriving')).toEqual([]);
  });

  it('is not copied elsewhere, and keeps no other backup from being copied', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'lifeboat-copies-'));
    try {
      const copied = await command('copy', '--all', '--to', elsewhere, '--create-vault');
      expect(copied.exitCode).not.toBe(0);
      expect(copied.stderr + copied.stdout).toContain('backup-arriving');
      const { stdout } = await lifeboat(['list', '--json', '--vault', elsewhere]);
      const { backups } = JSON.parse(stdout);
      expect(backups.map(({ name }: { name: string }) => name)).toEqual([nameOfBackup(first.place)]);
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });

  it('is not intact for verify, which says that the rest may be on its way', async () => {
    const { exitCode, stdout } = await command('verify', nameOfBackup(second.place), '--json');
    expect(exitCode).toBe(5);
    expect(JSON.parse(stdout).notes).toContainEqual(
      expect.stringMatching(/^\d+ objects have not arrived: this vault is a replica/),
    );
  });

  it('becomes one with its last object, in whatever order they come', async () => {
    // The larger ones last, as they would.
    for (const key of objects) {
      expect(await latest(), key).toEqual(first.place);
      expect((await look()).newestFull, key).toEqual(first.place);
      s3.replicate(key, REPLICA);
    }
    expect(await latest()).toEqual(second.place);
    expect(await look()).toMatchObject({ newestFull: second.place, problems: [] });
    const [newest] = JSON.parse((await command('list', '--json')).stdout).backups;
    expect(newest).toMatchObject({ problem: null, problemCode: null });
  });

  it('is then listed, verified, drilled and restored from the replica alone', async () => {
    expect(await command('verify', 'latest', '--name', 'shop')).toMatchObject({ exitCode: 0 });
    expect(await command('drill', 'latest', '--name', 'shop')).toMatchObject({ exitCode: 0 });
    const target = await newDatabase('arrived');
    const restored = await command(
      'restore',
      'latest',
      '--name',
      'shop',
      '--target',
      target,
      '--yes',
      'arrived',
    );
    expect(restored).toMatchObject({ exitCode: 0 });
    expect(await tablesIn('arrived')).toEqual(['orders', 'users']);
  });
});

describe('two proofs of one backup, of the vault and of a drill of the replica by hand', () => {
  it.each(['the vault’s first', 'the vault’s last'])(
    '%s: either counts, and no drill fails',
    async (order) => {
      const backup = order === 'the vault’s first' ? first : second;
      const proof = `${backupPrefix(backup.place)}proof.json`;
      const ofVault = { ...environment, LIFEBOAT_VAULT: `s3://${s3.bucket}` };
      const drill = (vault: Record<string, string>) =>
        lifeboat(['drill', nameOfBackup(backup.place)], { environment: vault });
      expect(await drill(ofVault)).toMatchObject({ exitCode: 0 });
      if (order === 'the vault’s first') s3.replicate(proof, REPLICA);
      expect(await drill(environment)).toMatchObject({ exitCode: 0 });
      if (order === 'the vault’s last') s3.replicate(proof, REPLICA);
      const versions = s3.versions(REPLICA).filter(({ key }) => key === proof);
      expect(versions).toHaveLength(order === 'the vault’s first' ? 1 : 2);
      const { backups } = JSON.parse((await command('list', '--json')).stdout);
      const listed = backups.find(({ name }: { name: string }) => name === nameOfBackup(backup.place));
      expect(listed).toMatchObject({ proven: true, problem: null });
    },
  );
});

describe('an object that never arrives', () => {
  it('leaves its backup out for ever, and a later one counts', async () => {
    const { endpoint, region, credentials } = s3;
    const store = openS3Store({ bucket: s3.bucket, prefix: '', endpoint, region, credentials });
    const place = (backupId: string) => ({ retentionClass: 'daily', source: 'shop', backupId }) as const;
    s3.age(24 * 3_600_000);
    s3.age(24 * 3_600_000, REPLICA);
    const lame = await takeBackup(postgres.url('shop'), { store }, { place: place('20261129T020000Z') });
    const [lost = '', ...arrived] = storedObjects(lame.manifest)
      .map(({ key }) => key)
      .toSorted((a, b) => Number(b.endsWith('.zst')) - Number(a.endsWith('.zst')));
    for (const key of [manifestKey(lame.place), ...arrived]) s3.replicate(key, REPLICA);
    expect(await latest()).toEqual(second.place);
    const { newestFull, problems } = await look();
    expect(newestFull).toEqual(second.place);
    expect(problems).toEqual([expect.stringContaining(lost)]);

    const later = await takeBackup(postgres.url('shop'), { store }, { place: place('20261129T030000Z') });
    for (const key of s3.keys()) if (key.startsWith(backupPrefix(later.place))) s3.replicate(key, REPLICA);
    expect(await latest()).toEqual(later.place);
    await store.close();
  });

  it('is damage where the vault is no replica: a restore says so before its first change, and saves what is whole', async () => {
    const { endpoint, region, credentials } = s3;
    const store = openS3Store({ bucket: 'vault', prefix: '', endpoint, region, credentials });
    const { place, manifest } = await takeBackup(postgres.url('shop'), { store });
    const orders = manifest.tables.find(({ name }) => name === 'orders')?.chunks[0]?.key ?? '';
    // Somebody broke through the glass.
    const all = s3.keys().filter((key) => key.startsWith(backupPrefix(place)) && key !== orders);
    const copy = openS3Store({ bucket: 'vault', prefix: 'broken', endpoint, region, credentials });
    for (const key of all) {
      const pieces: Uint8Array[] = [];
      for await (const piece of store.get(key)) pieces.push(piece);
      await copy.put(key, Buffer.concat(pieces));
    }
    await copy.close();
    await store.close();
    const broken = { ...s3.environment(), LIFEBOAT_VAULT: 's3://vault/broken' };
    const restore = async (database: string, ...options: string[]) =>
      lifeboat(
        [
          'restore',
          'latest',
          '--target',
          await newDatabase(database),
          '--yes',
          database,
          '--unproven',
          ...options,
        ],
        { environment: broken },
      );
    const failed = await restore('broken_whole');
    expect(failed, failed.stderr).toMatchObject({ exitCode: 5 });
    expect(failed.stderr.replace(/\s+/g, '')).toContain(`lackswhatitsmanifestnames:${orders}.`);
    expect(await tablesIn('broken_whole')).toEqual([]);
    const saved = await restore('broken_part', '--table', 'public.users');
    expect(saved).toMatchObject({ exitCode: 0 });
    expect(await tablesIn('broken_part')).toEqual(['users']);
    const { stdout } = await lifeboat(['list', '--json'], { environment: broken });
    expect(JSON.parse(stdout).backups[0]).toMatchObject({ problemCode: 'backup-incomplete' });
  });
});
