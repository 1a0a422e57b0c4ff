import {
  type BucketLifecycleConfiguration,
  PutBucketLifecycleConfigurationCommand,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
  PutObjectTaggingCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EXPIRY_TAG } from '../../../lib/contract/expiry-tag.ts';
import {
  type BackupPlace,
  manifestKey,
  proofKey,
  scheduledBackupId,
} from '../../../lib/engine/archive/keys.ts';
import { listBackups } from '../../../lib/engine/archive/listing.ts';
import { formatSealedJson } from '../../../lib/engine/archive/sealed-json.ts';
import type { ObjectStore } from '../../../lib/engine/storage/object-store.ts';
import { openS3Store } from '../../../lib/engine/storage/s3.ts';
import { writeFixtureArchive } from '../../support/archive-fixture.ts';
import { proofOf } from '../../support/proof-of.ts';
import { type S3Server, startS3Server } from '../../support/s3-server/server.ts';
import { lifeboat } from '../../unit/cli/command-line.ts';

const DAY_MS = 86_400_000;
const PREFIX = 'team/vault';

let server: S3Server;
let client: S3Client;
let store: ObjectStore;

async function start(options: Parameters<typeof startS3Server>[0]): Promise<void> {
  server = await startS3Server(options);
  const { endpoint, region, credentials, bucket } = server;
  client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  for (const [name, value] of Object.entries(server.environment())) vi.stubEnv(name, value);
  store = openS3Store({ bucket, prefix: PREFIX, endpoint, region, credentials, maxAttempts: 1 });
}
beforeEach(() => start({ objectLock: true }));
afterEach(stop);

async function stop(): Promise<void> {
  vi.unstubAllEnvs();
  client.destroy();
  await store.close();
  await server.stop();
}

/** Makes a backup of so many days ago. Older ones have to be made first. */
async function backup(daysAgo: number, isProven = false): Promise<BackupPlace> {
  const slot = new Date(Date.now() - daysAgo * DAY_MS);
  const place = { retentionClass: 'daily', source: 'shop', backupId: scheduledBackupId(slot) } as const;
  const { manifest } = await writeFixtureArchive(store, { place });
  if (isProven) await store.put(proofKey(place), formatSealedJson(proofOf(manifest)));
  return place;
}

/** An old backup, and a newer one that is proven. */
async function oldAndNew(): Promise<{ readonly old: BackupPlace; readonly newest: BackupPlace }> {
  const old = await backup(20);
  server.age(19 * DAY_MS);
  return { old, newest: await backup(1, true) };
}

const addressOf = (place: BackupPlace) => ({
  Bucket: server.bucket,
  Key: `${PREFIX}/${manifestKey(place)}`,
});

function prune(...argv: string[]) {
  return lifeboat(['prune', '--vault', `s3://${server.bucket}/${PREFIX}`, ...argv], {
    environment: server.environment(),
    now: () => new Date(),
  });
}

async function ids(): Promise<string[]> {
  return (await listBackups(store)).backups.map(({ place }) => place.backupId);
}

describe('lifeboat prune in a bucket of one’s own', () => {
  it('puts delete markers where versions are kept, and says so; --deleted still finds the backup', async () => {
    const { old, newest } = await oldAndNew();
    const { exitCode, stdout } = await prune('--delete', '--yes');
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`deleted: daily/shop/${old.backupId}`);
    expect(stdout).toContain('This bucket keeps versions, so delete markers hide what was deleted.');
    expect(await ids()).toEqual([newest.backupId]);
    // The record of its removal stays.
    expect(server.keys().filter((key) => key.includes(old.backupId))).toEqual([
      expect.stringContaining('evidence/removals/shop/'),
    ]);
    const { stdout: listed } = await lifeboat(
      ['list', '--deleted', '--json', '--vault', `s3://${server.bucket}/${PREFIX}`],
      { environment: server.environment(), now: () => new Date() },
    );
    expect(JSON.parse(listed).backups).toHaveLength(2);
  });

  it('deletes for good where there are no versions, the manifest first and the proof last', async () => {
    await stop();
    await start({});
    const old = await backup(20, true);
    server.age(19 * DAY_MS);
    await backup(1, true);
    const { exitCode, stdout } = await prune('--delete', '--yes');
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.not.stringContaining('versions'),
    });
    const deleted = server.requests
      .filter(({ operation }) => operation === 'DeleteObject')
      .map(({ key }) => key);
    expect(deleted.at(0)).toBe(`${PREFIX}/${manifestKey(old)}`);
    expect(deleted.at(-1)).toBe(`${PREFIX}/${proofKey(old)}`);
    // The record of its removal stays.
    expect(server.keys().filter((key) => key.includes(old.backupId))).toEqual([
      expect.stringContaining('evidence/removals/shop/'),
    ]);
  });

  it.each([
    [
      'on-hold',
      'stays    on hold',
      (place: BackupPlace) =>
        client.send(new PutObjectLegalHoldCommand({ ...addressOf(place), LegalHold: { Status: 'ON' } })),
    ],
    [
      'locked',
      'stays    locked until',
      (place: BackupPlace) =>
        client.send(
          new PutObjectRetentionCommand({
            ...addressOf(place),
            Retention: { Mode: 'GOVERNANCE', RetainUntilDate: new Date(Date.now() + DAY_MS) },
          }),
        ),
    ],
    [
      'marked',
      'stays    marked by a keeper',
      (place: BackupPlace) =>
        client.send(
          new PutObjectTaggingCommand({
            ...addressOf(place),
            Tagging: { TagSet: [{ Key: EXPIRY_TAG.key, Value: EXPIRY_TAG.value }] },
          }),
        ),
    ],
  ])('leaves what is %s', async (_, why, protect) => {
    const { old } = await oldAndNew();
    await protect(old);
    const { exitCode, stdout } = await prune();
    expect(exitCode).toBe(0);
    expect(stdout).toContain(why);
    expect((await prune('--delete', '--yes')).stdout).toContain('Nothing was deleted');
    expect(await ids()).toContain(old.backupId);
  });

  it('counts on no backup that is marked: it goes', async () => {
    const { newest } = await oldAndNew();
    const Tagging = { TagSet: [{ Key: EXPIRY_TAG.key, Value: EXPIRY_TAG.value }] };
    await client.send(new PutObjectTaggingCommand({ ...addressOf(newest), Tagging }));
    await prune('--delete', '--yes');
    expect(await ids()).toHaveLength(2);
  });

  it('refuses the vault of a stack, by the rules of its bucket', async () => {
    await oldAndNew();
    const LifecycleConfiguration: BucketLifecycleConfiguration = {
      Rules: [
        {
          ID: 'daily',
          Status: 'Enabled',
          Filter: { And: { Prefix: `${PREFIX}/daily/`, Tags: [{ Key: EXPIRY_TAG.key, Value: 'yes' }] } },
          Expiration: { Days: 7 },
        },
      ],
    };
    await client.send(
      new PutBucketLifecycleConfigurationCommand({ Bucket: server.bucket, LifecycleConfiguration }),
    );
    const { exitCode, stderr } = await prune('--delete', '--yes', '--undrilled');
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('vault-has-keeper'),
    });
    expect(await ids()).toHaveLength(2);
  });

  it.each([
    ['DeleteObject', 's3:DeleteObject'],
    ['GetObjectLegalHold', 's3:GetObjectLegalHold'],
    ['GetBucketLifecycleConfiguration', 's3:GetLifecycleConfiguration'],
  ] as const)('without the right to %s deletes nothing, and names the right', async (operation, right) => {
    await oldAndNew();
    server.onRequest = (request) =>
      request.operation === operation ? { status: 403, code: 'AccessDenied' } : undefined;
    const { exitCode, stderr } = await prune('--delete', '--yes');
    server.onRequest = undefined;
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 4, stderr: expect.stringContaining(right) });
    expect(await ids()).toHaveLength(2);
  });
});
