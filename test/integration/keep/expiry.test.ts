import {
  DeleteObjectCommand,
  type LifecycleRule,
  PutBucketLifecycleConfigurationCommand,
  PutBucketTaggingCommand,
  PutObjectLegalHoldCommand,
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
import { nameOfBackup } from '../../../lib/engine/archive/listing.ts';
import { formatSealedJson } from '../../../lib/engine/archive/sealed-json.ts';
import { neededExpiryMarks } from '../../../lib/engine/keep/expiry-marks.ts';
import { leftByExpiry } from '../../../lib/engine/keep/left-by-expiry.ts';
import { markExpired } from '../../../lib/engine/keep/mark-expired.ts';
import type { ObjectStore } from '../../../lib/engine/storage/object-store.ts';
import { openS3Store } from '../../../lib/engine/storage/s3.ts';
import { writeFixtureArchive } from '../../support/archive-fixture.ts';
import { proofOf } from '../../support/proof-of.ts';
import { type S3Server, startS3Server } from '../../support/s3-server/server.ts';
import { lifeboat } from '../../unit/cli/command-line.ts';

const DAY_MS = 86_400_000;
const DAYS = { daily: 7, weekly: 28, monthly: 365, manual: 30 };

let server: S3Server;
let client: S3Client;
let store: ObjectStore;

beforeEach(async () => {
  server = await startS3Server({ objectLock: true });
  const { endpoint, region, credentials, bucket } = server;
  client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  // The SDK reads the process's own.
  for (const [name, value] of Object.entries(server.environment())) vi.stubEnv(name, value);
  store = openS3Store({ bucket, prefix: 'team/vault', endpoint, region, credentials, maxAttempts: 1 });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  client.destroy();
  await store.close();
  await server.stop();
});

/** Makes a backup of so many days ago. Older ones have to be made first. */
async function backup(
  daysAgo: number,
  isProven: boolean,
  changes: Partial<BackupPlace> = {},
): Promise<BackupPlace> {
  const slot = new Date(Date.now() - daysAgo * DAY_MS);
  const place = {
    ...({ retentionClass: 'daily', source: 'shop', backupId: scheduledBackupId(slot) } as const),
    ...changes,
  };
  const { manifest } = await writeFixtureArchive(store, { place });
  if (isProven) await store.put(proofKey(place), formatSealedJson(proofOf(manifest)));
  return place;
}

function pass(days: number): void {
  server.age(days * DAY_MS);
}

const tag = { Key: EXPIRY_TAG.key, Value: EXPIRY_TAG.value };

/** The rules of a vault as the stack makes them, below a prefix. */
function rulesWith(filter: (prefix: string) => LifecycleRule['Filter']): LifecycleRule[] {
  return [
    ...Object.entries(DAYS).map(
      ([name, days]): LifecycleRule => ({
        ID: name,
        Status: 'Enabled',
        Filter: filter(`team/vault/${name}/`),
        Expiration: { Days: days },
      }),
    ),
    { ID: 'abandoned', Status: 'Enabled', Filter: {}, Expiration: { ExpiredObjectDeleteMarker: true } },
  ];
}

async function setRules(Rules: LifecycleRule[]): Promise<void> {
  const { bucket: Bucket } = server;
  await client.send(
    new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }),
  );
}

const byTag = () => setRules(rulesWith((Prefix) => ({ And: { Prefix, Tags: [tag] } })));

async function list(...options: string[]) {
  const argv = ['list', '--vault', `s3://${server.bucket}/team/vault`, ...options];
  return lifeboat(argv, { now: () => new Date() });
}

interface Listed {
  readonly name: string;
  readonly expiry: { state: string; at: string | null; reason: string | null } | null;
}

async function expiries(...options: string[]): Promise<Record<string, Listed['expiry']>> {
  const { backups } = JSON.parse((await list('--json', ...options)).stdout) as { backups: Listed[] };
  return Object.fromEntries(backups.map(({ name, expiry }) => [name, expiry]));
}

const kept = (reason: string) => ({ state: 'kept', at: null, reason });
const midnightIn = (days: number) =>
  new Date(Math.ceil((Date.now() + days * DAY_MS) / DAY_MS) * DAY_MS).toISOString();

async function keep() {
  const report = await markExpired({ store, marks: neededExpiryMarks(store), days: DAYS, undrilled: [] });
  expect(report.failures).toEqual([]);
  return report;
}

/** What the rules do to what is marked: a delete marker hides it. */
async function expire(): Promise<void> {
  for (const key of server.keys()) {
    if (server.object(key)?.tags[EXPIRY_TAG.key] !== EXPIRY_TAG.value) continue;
    await client.send(new DeleteObjectCommand({ Bucket: server.bucket, Key: key }));
  }
}

async function manyBackups() {
  const old = await backup(20, true);
  pass(5);
  const held = await backup(15, false);
  pass(10);
  const proven = await backup(5, true);
  pass(5);
  const latest = await backup(0, false);
  const Key = `team/vault/${manifestKey(held)}`;
  await client.send(
    new PutObjectLegalHoldCommand({ Bucket: server.bucket, Key, LegalHold: { Status: 'ON' } }),
  );
  return { old, held, proven, latest };
}

describe('a vault in S3', () => {
  it('loses a backup as a whole: the manifest, then everything else, and nothing of any other', async () => {
    const { old, held } = await manyBackups();
    const before = server.keys();
    const report = await keep();
    expect(report).toMatchObject({ expiring: [nameOfBackup(old)], held: [nameOfBackup(held)] });
    await expire();
    expect(before.filter((key) => !server.keys().includes(key))).toEqual([`team/vault/${manifestKey(old)}`]);
    const rest = server.keys().filter((key) => key.includes(old.backupId));
    expect((await keep()).swept).toEqual([{ folder: nameOfBackup(old), objects: rest.length }]);
    await expire();
    expect(server.keys().sort()).toEqual(before.filter((key) => !key.includes(old.backupId)).sort());
    expect(await keep()).toMatchObject({ expiring: [], swept: [] });
  });

  it('is not asked for what a newer mark would not change', async () => {
    await manyBackups();
    await keep();
    const marks = () => server.requests.filter(({ operation }) => operation === 'PutObjectTagging').length;
    const once = marks();
    await keep();
    expect(marks()).toBe(once);
  });
});

describe('a folder without a manifest', () => {
  it('is what an expired backup leaves, once its days are over and something newer is proven', async () => {
    const old = await backup(20, true);
    pass(8);
    const young = await backup(3, true);
    const gone = [old, young];
    const left = async () => [...(await leftByExpiry(store, gone, new Date(), {}))];
    // Without rules nothing expires, so somebody has deleted both.
    expect(await left()).toEqual([]);
    await byTag();
    for (const place of gone) server.remove(`team/vault/${manifestKey(place)}`);
    expect(await left()).toEqual([]);
    await backup(0, true);
    expect(await left()).toEqual([nameOfBackup(old)]);
    await setRules(rulesWith((Prefix) => ({ Prefix })));
    expect(await left()).toEqual([nameOfBackup(old)]);
  });
});

describe('lifeboat list and doctor', () => {
  it('call a manifest gone that somebody has deleted, and not one that has expired', async () => {
    const old = await backup(20, true);
    pass(17);
    const young = await backup(3, true);
    pass(3);
    await backup(0, true);
    await byTag();
    for (const place of [old, young]) server.remove(`team/vault/${manifestKey(place)}`);
    const { unfinished, manifestsGone } = JSON.parse((await list('--json')).stdout) as Record<
      string,
      string[]
    >;
    expect({ unfinished, manifestsGone }).toEqual({
      unfinished: [nameOfBackup(old)],
      manifestsGone: [nameOfBackup(young)],
    });
    const vault = `s3://${server.bucket}/team/vault`;
    const { stdout } = await lifeboat(['doctor', '--vault', vault, '--json'], { now: () => new Date() });
    const { findings } = JSON.parse(stdout) as { findings: Array<{ check: string; what: string }> };
    const gone = findings.filter(({ check }) => check === 'manifest-gone').map(({ what }) => what);
    expect(gone).toEqual([`${nameOfBackup(young)} has a proof, but its manifest was deleted.`]);
  });
});

describe('lifeboat list', () => {
  it('says when each backup goes, and why not yet', async () => {
    const { old, held, proven, latest } = await manyBackups();
    await byTag();
    expect(await expiries()).toEqual({
      [nameOfBackup(old)]: { state: 'expires', at: midnightIn(0), reason: null },
      [nameOfBackup(held)]: kept('on-hold'),
      [nameOfBackup(proven)]: kept('newest'),
      [nameOfBackup(latest)]: kept('nothing-newer'),
    });
    await keep();
    expect(await expiries('--class', 'daily')).toMatchObject({
      [nameOfBackup(old)]: { state: 'going', at: midnightIn(0), reason: null },
    });
    const { stdout } = await list();
    expect(stdout).toMatch(/PROVEN +EXPIRES/);
    expect(stdout).toMatch(new RegExp(`${old.backupId}.* going ${midnightIn(0).slice(0, 10)}`));
    expect(stdout).toMatch(new RegExp(`${proven.backupId}.* newest$`, 'm'));
    expect(stdout).toContain('on hold: it is under a legal hold.');
    expect(stdout).toContain('not proven: no newer backup of its source is proven.');
  });

  it('knows the newest proven backup of a class that it does not show', async () => {
    const young = await backup(3, false);
    pass(3);
    await backup(0, true, { retentionClass: 'weekly' });
    await byTag();
    expect(await expiries('--class', 'daily')).toEqual({
      [nameOfBackup(young)]: { state: 'expires', at: midnightIn(4), reason: null },
    });
  });

  it('says that rules of an earlier stack delete by age alone', async () => {
    const last = await backup(3, true);
    pass(3);
    await setRules(rulesWith((Prefix) => ({ Prefix })));
    expect(await expiries()).toEqual({
      [nameOfBackup(last)]: { state: 'expires-by-age', at: midnightIn(4), reason: null },
    });
    expect((await list()).stdout).toContain('The rules of this bucket delete by age alone');
  });

  it('counts sealed backups of a source that nobody drills', async () => {
    const old = await backup(3, false);
    pass(3);
    const latest = await backup(0, false);
    await byTag();
    expect(await expiries()).toEqual({
      [nameOfBackup(old)]: kept('nothing-newer'),
      [nameOfBackup(latest)]: kept('nothing-newer'),
    });
    const TagSet = [{ Key: 'lifeboat-undrilled-shop', Value: 'yes' }];
    await client.send(new PutBucketTaggingCommand({ Bucket: server.bucket, Tagging: { TagSet } }));
    expect(await expiries()).toEqual({
      [nameOfBackup(old)]: { state: 'expires', at: midnightIn(4), reason: null },
      [nameOfBackup(latest)]: kept('newest'),
    });
  });

  it('says without rules what prune does, and nothing without the permission', async () => {
    const only = await backup(3, true);
    expect(await expiries()).toEqual({
      [nameOfBackup(only)]: { state: 'kept', at: null, reason: 'newest' },
    });
    await byTag();
    server.onRequest = ({ operation }) =>
      operation === 'GetBucketLifecycleConfiguration' ? DENIED : undefined;
    expect(await expiries()).toEqual({ [nameOfBackup(only)]: null });
    const { stdout, exitCode } = await list();
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain('EXPIRES');
    // Nor does a failure end the list.
    server.onRequest = ({ operation }) =>
      operation === 'GetBucketLifecycleConfiguration'
        ? { status: 404, code: 'NoSuchBucket', message: 'gone' }
        : undefined;
    expect(await expiries()).toEqual({ [nameOfBackup(only)]: null });
    // Who may not read tags of the bucket does not know which sources nobody drills.
    server.onRequest = ({ operation }) =>
      ['GetBucketTagging', 'GetObjectTagging', 'GetObjectLegalHold'].includes(operation) ? DENIED : undefined;
    expect(await expiries()).toEqual({ [nameOfBackup(only)]: kept('newest') });
  });

  it('says of a backup in a folder without a rule that it stays', async () => {
    const only = await backup(3, true);
    await setRules([
      { ID: 'other', Status: 'Enabled', Filter: { Prefix: 'team/vault/weekly/' }, Expiration: { Days: 1 } },
      { ID: 'off', Status: 'Disabled', Filter: { Prefix: '' }, Expiration: { Days: 1 } },
      { ID: 'tagged', Status: 'Enabled', Filter: { Tag: { Key: 'x', Value: 'y' } }, Expiration: { Days: 1 } },
    ]);
    expect(await expiries()).toEqual({ [nameOfBackup(only)]: kept('no-rule') });
  });
});

const DENIED = { status: 403, code: 'AccessDenied', message: 'Access Denied' } as const;
