import { PutBucketLifecycleConfigurationCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXPIRY_TAG } from '../../../lib/contract/expiry-tag.ts';
import { METRICS, type MetricDefinition } from '../../../lib/contract/metric-names.ts';
import { STATUS_PAGE_KEY } from '../../../lib/contract/status-page.ts';
import { parseManifestKey } from '../../../lib/engine/archive/keys.ts';
import { drill } from '../../../lib/engine/drill/drill.ts';
import { readObject } from '../../../lib/engine/storage/object-store.ts';
import { installedRuntimeClient } from '../../support/lambda/runtime-client.ts';
import { sandboxMissing } from '../../support/lambda/sandbox.ts';
import { startWorld, type World } from './world.ts';

const HOUR = 3_600_000;
const noSandbox = sandboxMissing();
const noClient = installedRuntimeClient()
  ? undefined
  : 'aws-lambda-ric is not installed (node test/support/lambda/install-runtime-client.ts)';
const missing = [noSandbox, noClient].filter((reason) => reason !== undefined);

let world: World;
beforeAll(async () => {
  world = await startWorld(noSandbox === undefined, {}, {}, undefined, {}, true);
  await world.postgres.run(SHOP);
  world.aws.secrets.set(world.stack.secretArn, secretWith('first-password'));
  world.aws.schedules.set(world.stack.schedules.backup.name, new Date(Date.now() - 3 * HOUR));
  world.aws.schedules.set(world.stack.schedules.drill.name, new Date(Date.now() - 5 * HOUR));
  world.aws.schedules.set(world.stack.scrubSchedule, new Date(Date.now() - 4 * HOUR));
});
afterAll(async () => {
  if (!world) return;
  for (const name of ['backup', 'restore-drill', 'sentinel', 'keeper', 'status-page'] as const) {
    const process = world.process(name);
    if (!process) continue;
    const init = `${Math.round(process.initMs)} ms to start`;
    console.log(`${name}: ${init}, ${process.peakMemoryMb()} MB at most (${process.description})`);
  }
  await world.close();
});

const SHOP = `
  CREATE ROLE lifeboat LOGIN SUPERUSER PASSWORD 'first-password';
  CREATE EXTENSION citext;
  CREATE TABLE customers (id integer PRIMARY KEY, email citext UNIQUE NOT NULL, since date DEFAULT '2026-01-01');
  CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer integer NOT NULL REFERENCES customers,
    note text
  );
  ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
  CREATE POLICY own ON orders USING (customer = 1);
  CREATE INDEX orders_by_note ON orders (note);
  CREATE TABLE scratch_1 (note text);
  INSERT INTO customers SELECT n, 'customer' || n || '@example.com' FROM generate_series(1, 1000) n;
  INSERT INTO orders (customer, note) SELECT 1 + n % 1000, repeat('käse ', 1 + n % 20) FROM generate_series(1, 20000) n;
`;

/** As RDS keeps it, with more fields than are used. */
function secretWith(password: string): string {
  const { port } = world.postgres;
  const login = { username: 'lifeboat', password, host: '127.0.0.1', port, dbname: 'postgres' };
  return JSON.stringify({ ...login, engine: 'postgres', dbInstanceIdentifier: 'shop' });
}

/** What the functions have published since the last time; all of it has to be of our one source. */
function published(): Record<string, number> {
  const { app = {}, ...others } = world.aws.cloudWatch.take();
  expect(others).toEqual({});
  return app;
}

/** As the stack gives them to the vault: what is marked goes after its days. */
async function putRules(): Promise<void> {
  const { endpoint, region, credentials } = world.s3;
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  world.openVault();
  await client.send(
    new PutBucketLifecycleConfigurationCommand({
      Bucket: world.stack.bucket,
      LifecycleConfiguration: {
        Rules: ['daily', 'weekly', 'monthly'].map((name) => ({
          ...{ ID: name, Status: 'Enabled', Expiration: { Days: 14 } },
          Filter: { And: { Prefix: `${name}/`, Tags: [{ Key: EXPIRY_TAG.key, Value: EXPIRY_TAG.value }] } },
        })),
      },
    }),
  );
  client.destroy();
}

/** Has the status page written, as the sentinel does when something is new, and reads it as a person gets it. */
async function statusPage(): Promise<{ readonly state: unknown; readonly page: string }> {
  const answer = await world.call('status-page', {});
  expect(answer).toMatchObject({ outcome: 'written', sources: 1 });
  const page = await readObject(world.openPages(), STATUS_PAGE_KEY);
  return { state: answer.state, page: page.toString() };
}

const slot = new Date(Math.floor(Date.now() / 60_000) * 60_000);
const name = (definition: MetricDefinition) => definition.name;

it.skipIf(missing.length > 0)(
  `the functions run in a sandbox like Lambda’s, under AWS’s own runtime client${missing.map((reason) => `; ${reason}`).join('')}`,
  async () => {
    await world.call('sentinel', {});
    published();
    expect(world.process('sentinel')?.description).toMatch(/^bubblewrap, aws-lambda-ric, 512 MB by /);
  },
);

describe('from an empty vault to a proven backup', () => {
  it('the drill of a new source finds nothing to drill, and nothing has failed', async () => {
    expect(await world.call('restore-drill', world.stack.schedules.drill.event(slot))).toMatchObject({
      ...{ outcome: 'refused', code: 'backup-none' },
    });
    expect(published()).toEqual({});
  });

  it('the sentinel counts from the creation of the schedules', async () => {
    await world.call('sentinel', {});
    const metrics = published();
    expect(metrics).toEqual({
      BackupAgeSeconds: expect.closeTo(3 * 3600, -2),
      // Due from the later of both schedules.
      ProvenAgeSeconds: expect.closeTo(3 * 3600, -2),
      ScrubAgeSeconds: expect.closeTo(4 * 3600, -2),
      StorageBytes: 0,
      RawBytesMonth: 0,
      ConsecutiveDrillFailures: 0,
    });
  });

  it('the status page says before the first backup that there is none', async () => {
    const { state, page } = await statusPage();
    expect(state).toBe('critical');
    expect(page).toContain('<title>Not safe: sandbox – Lifeboat</title>');
    expect(page).toContain('There is no full backup.');
  });

  it('the backup function seals the slot of its schedule', async () => {
    const answer = await world.call('backup', world.stack.schedules.backup.event(slot));
    expect(answer).toMatchObject({ outcome: 'sealed', scope: 'full', tables: 2, rows: 21_000, leftOut: 1 });
    expect(answer.drillRoom).toMatchObject({ roomBytes: 10_240 * 1024 * 1024, percent: 3 });
    expect(answer).not.toHaveProperty('warnings');
    expect(answer.backup).toMatch(/^(daily|weekly|monthly)\/app\/\d{8}T\d{6}Z$/);
    const manifest = await readObject(world.openVault(), `${answer.backup}/manifest.json`);
    // As the environment file has it: whoever restores the backup needs nothing else.
    expect(JSON.parse(manifest.toString()).tiers).toEqual([['public.customers']]);
    expect(published()).toEqual({
      BackupSucceeded: 1,
      BackupDurationSeconds: answer.durationSeconds,
      BackupSizeBytes: answer.storedBytes,
    });
  });

  it('a slot that is delivered twice is sealed once, and a success', async () => {
    const objects = world.s3.keys();
    expect(await world.call('backup', world.stack.schedules.backup.event(slot))).toMatchObject({
      outcome: 'already-sealed',
    });
    expect(published()).toEqual({ BackupSucceeded: 1 });
    expect(world.s3.keys().filter((key) => key.endsWith('manifest.json'))).toHaveLength(1);
    expect(world.s3.keys()).toEqual(expect.arrayContaining(objects));
  });

  it('the sentinel sees it, and that it is not proven', async () => {
    await world.call('sentinel', {});
    const metrics = published();
    expect(metrics.BackupAgeSeconds).toBeLessThan(60);
    expect(metrics.ProvenAgeSeconds).toBeCloseTo(3 * 3600, -2);
    expect(metrics.StorageBytes).toBeGreaterThan(10_000);
  });

  it('the drill function proves it', async () => {
    const answer = await world.call('restore-drill', world.stack.schedules.drill.event(slot));
    expect(answer).toMatchObject({
      verdict: expect.stringMatching(/^proven/),
      tables: 2,
      rows: 21_000,
      differing: 0,
    });
    const proof = await readObject(world.openVault(), `${answer.backup}/proof.json`);
    expect(JSON.parse(proof.toString())).toMatchObject({
      items: expect.arrayContaining([{ kind: 'custom-check', name: 'customers', verdict: 'match' }]),
    });
    expect(published()).toEqual({ DrillStarted: 1, DrillSucceeded: 1 });
  });

  it('the sentinel sees the proof', async () => {
    await world.call('sentinel', {});
    const metrics = published();
    expect(metrics.ProvenAgeSeconds).toBe(metrics.BackupAgeSeconds);
    expect(metrics.ConsecutiveDrillFailures).toBe(0);
    expect(metrics.DrillAgeSeconds).toBeLessThan(metrics.BackupAgeSeconds ?? 0);
    expect(metrics.RecoveryTimeSeconds).toBeGreaterThan(0);
    expect(metrics.DrillDiskBytes).toBeGreaterThan(256 * 1024 * 1024);
  });

  it('the status page is written over the one before, and is green', async () => {
    await putRules();
    const { state, page } = await statusPage();
    expect(state).toBe('ok');
    expect(page).toContain('The database is safe.');
    expect(page).toContain('21,000 rows in 2 tables');
    // What expires is read from the bucket's rules, and the storage has the region's price.
    expect(page).toContain('kept: the newest proven one');
    expect(page).toContain('List price of S3 Standard in ');
    expect(page).toContain('A new page comes at least every 15 min');
    expect((await world.openPages().list('')).objects.map(({ key }) => key)).toEqual([STATUS_PAGE_KEY]);
  });
});

describe('by hand', () => {
  it('a backup has a reason, and can be of the schema only', async () => {
    const answer = await world.call('backup', { reason: 'before migration 005', scope: 'schema-only' });
    expect(answer).toMatchObject({ outcome: 'sealed', scope: 'schema-only', reason: 'before migration 005' });
    expect(answer.backup).toMatch(/^manual\/app\/\d{8}T\d{6}Z-[a-z0-9]{6}$/);
    expect(published().BackupSucceeded).toBe(1);
  });

  it('an event that is not understood says what one looks like', async () => {
    const refused = { outcome: 'refused', code: 'event-invalid', meaning: 'Nothing was done.' };
    expect(await world.call('backup', { reasn: 'typo' })).toMatchObject({
      ...refused,
      what: expect.stringContaining('reasn'),
      remedy: expect.stringContaining('To invoke the function by hand, send'),
    });
    // No backup and no drill has begun, so none has failed: alarms are about backups, not about typing.
    expect(await world.call('restore-drill', { backpu: 'latest' })).toMatchObject(refused);
    expect(await world.call('restore-drill', { backup: '20250101T020000Z' })).toMatchObject({
      ...{ outcome: 'refused', code: 'backup-not-found' },
    });
    expect(published()).toEqual({});
  });

  it('an event of a schedule that is not understood is a night without a backup, and fails', async () => {
    const event = { slot: 'soon', schedule: 'cron(0 2 * * ? *)', timeZone: 'UTC' };
    expect(await world.callFailing('backup', event)).toContain('slot');
    expect(published()).toEqual({ BackupFailed: 1 });
    expect(await world.callFailing('restore-drill', { manifestKey: 'nothing' })).toContain('nothing');
    expect(published()).toEqual({ DrillStarted: 1, DrillFailed: 1 });
  });
});

describe('the secret', () => {
  it('is read anew, once, when it was rotated', async () => {
    await world.postgres.run("ALTER ROLE lifeboat PASSWORD 'second-password'");
    world.aws.secrets.set(world.stack.secretArn, secretWith('second-password'));
    const before = world.aws.requests.filter((action) => action.startsWith('secretsmanager')).length;
    expect(await world.call('backup', {})).toMatchObject({ outcome: 'sealed' });
    const reads = world.aws.requests.filter((action) => action.startsWith('secretsmanager')).length - before;
    expect(reads).toBe(1);
    published();
  });

  it('that is wrong fails the backup in words that do not repeat it', async () => {
    await world.postgres.run("ALTER ROLE lifeboat PASSWORD 'third-password'");
    const message = await world.callFailing('backup', {});
    expect(message).toContain('The server refused the password for this user.');
    expect(published()).toEqual({ BackupFailed: 1 });
    const log = world.process('backup')?.log() ?? '';
    expect(log).toContain('source-password-refused');
    expect(log).not.toMatch(/(first|second|third)-password/);
    // Only of the rotation above: a password that is known to be wrong is not sent again, lest the account be locked.
    expect(log.match(/trying again with the new one/g)).toHaveLength(1);
    world.aws.secrets.set(world.stack.secretArn, secretWith('third-password'));
  });
});

describe('time', () => {
  it('that runs out ends a backup while it can still put things in order, and hand it to a task', async () => {
    const locker = await world.postgres.connect();
    await locker.query('BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
    const sealed = world.s3.keys().filter((key) => key.endsWith('manifest.json'));
    const startedAt = performance.now();
    const outcome = await world.invoke('backup', {}, 32_000);
    // It stopped by itself, and was not given up on 10 seconds before the end.
    expect(performance.now() - startedAt).toBeLessThan(21_000);
    // The task that goes on with it says how that ends: test/integration/lambda/task.test.ts.
    expect(outcome).toMatchObject({ ok: true, payload: { outcome: 'handed-over', reason: 'time-up' } });
    expect(world.aws.tasks.size).toBe(1);
    expect(published()).toEqual({});
    expect(world.s3.keys().filter((key) => key.endsWith('manifest.json'))).toEqual(sealed);
    expect(world.s3.pendingUploads()).toEqual([]);
    await locker.end();
    expect(await world.call('backup', {})).toMatchObject({ outcome: 'sealed' });
    published();
  });
});

describe('drills that fail', () => {
  it('are said, counted, and over with the next that succeeds', async () => {
    // What was said until now is long ago.
    world.aws.cloudWatch.age(24 * HOUR);
    world.s3.age(24 * HOUR);
    const { backup } = await world.call('backup', {});
    const vault = world.openVault();
    const chunk = world.s3.keys().find((key) => key.startsWith(`${backup}/`) && key.includes('orders')) ?? '';
    const whole = world.s3.object(chunk);
    expect(whole?.sizeBytes).toBeGreaterThan(100);
    await vault.put(chunk, Buffer.from('not what was sealed'), { ifAbsent: false });
    published();
    for (const failures of [1, 2]) {
      // As EventBridge sends it when a manifest appears.
      const message = await world.callFailing('restore-drill', { manifestKey: `${backup}/manifest.json` });
      expect(message).toContain('orders');
      expect(published()).toEqual({ DrillStarted: 1, DrillFailed: 1 });
      await world.call('sentinel', {});
      expect(published().ConsecutiveDrillFailures).toBe(failures);
    }
    // The function counts them itself, by the metrics that it may read.
    const { state, page } = await statusPage();
    expect(state).toBe('critical');
    expect(page).toContain('2 drills in a row failed.');
    world.aws.cloudWatch.age(HOUR);
    const { backup: sound } = await world.call('backup', {});
    published();
    await world.call('backup', { scope: 'schema-only' });
    // The newest that has rows, for everything has to be restored.
    expect(await world.call('restore-drill', { backup: 'latest' })).toMatchObject({ backup: sound });
    expect(published().DrillSucceeded).toBe(1);
    await world.call('sentinel', {});
    expect(published().ConsecutiveDrillFailures).toBe(0);
  }, 180_000);

  it('are over too when a machine elsewhere has put a proof into the vault', async () => {
    world.aws.cloudWatch.age(24 * HOUR);
    world.s3.age(24 * HOUR);
    const { backup } = await world.call('backup', {});
    const chunk = world.s3.keys().find((key) => key.startsWith(`${backup}/`) && key.includes('orders')) ?? '';
    const vault = world.openVault();
    const whole = await readObject(vault, chunk);
    await vault.put(chunk, Buffer.from('not what was sealed'), { ifAbsent: false });
    published();
    for (const _ of [1, 2]) {
      await world.callFailing('restore-drill', { backup });
      expect(published()).toEqual({ DrillStarted: 1, DrillFailed: 1 });
    }
    world.aws.cloudWatch.age(HOUR);
    await world.call('sentinel', {});
    expect(published().ConsecutiveDrillFailures).toBe(2);
    // The machine has what the function had not.
    const elsewhere = world.openVault();
    await elsewhere.put(chunk, whole, { ifAbsent: false });
    const place = parseManifestKey(`${backup}/manifest.json`);
    if (!place) throw new Error(`${backup} is the name of a backup`);
    expect((await drill({ store: elsewhere, place })).verdict).toMatch(/^proven/);
    await world.call('sentinel', {});
    const metrics = published();
    expect(metrics.ConsecutiveDrillFailures).toBe(0);
    expect(metrics.ProvenAgeSeconds).toBe(metrics.BackupAgeSeconds);
    expect(metrics.RecoveryTimeSeconds).toBeGreaterThan(0);
  }, 180_000);
});

describe('the keeper', () => {
  const YEARS = 400 * 24 * HOUR;
  const markedKeys = () =>
    world.s3.keys().filter((key) => world.s3.object(key)?.tags[EXPIRY_TAG.key] === 'yes');
  const manifests = () => world.s3.keys().filter((key) => parseManifestKey(key) !== undefined);

  it('marks nothing in a vault in which nothing is old', async () => {
    expect(await world.call('keeper', {})).toEqual({
      ...{ expiring: [], swept: [], held: [], problems: [] },
      ...{ changes: [], needed: [] },
    });
    expect(markedKeys()).toEqual([]);
  });

  it('marks the manifests of everything but the newest proven backup, and what is newer, years later', async () => {
    world.s3.age(YEARS);
    const { expiring } = await world.call<{ expiring: string[] }>('keeper', {});
    const proven = world.s3.keys().filter((key) => key.endsWith('/proof.json'));
    const marked = markedKeys();
    expect(expiring.length).toBeGreaterThan(0);
    expect(marked.sort()).toEqual(expiring.map((name) => `${name}/manifest.json`).sort());
    const kept = manifests().filter((key) => !marked.includes(key));
    expect(kept.filter((key) => proven.includes(key.replace('manifest.json', 'proof.json')))).toHaveLength(1);
  });

  it('marks the rest of a backup when its manifest has expired, and says what it did', async () => {
    const [gone = ''] = markedKeys();
    world.s3.remove(gone);
    const folder = gone.replace('/manifest.json', '');
    const rest = world.s3.keys().filter((key) => key.startsWith(`${folder}/`));
    expect(rest.length).toBeGreaterThan(5);
    const { swept } = await world.call<{ swept: object[] }>('keeper', {});
    expect(swept).toEqual([{ folder, objects: rest.length }]);
    expect(markedKeys().filter((key) => key.startsWith(`${folder}/`))).toEqual(rest);
  });
});

describe('in all of this', () => {
  it('each function published its own metrics, as they are named and measured', () => {
    const definitions = new Map<string, MetricDefinition>(
      Object.values(METRICS).map((one) => [one.name, one]),
    );
    for (const datum of world.aws.cloudWatch.data) {
      const definition = definitions.get(datum.name);
      expect(datum.namespace, datum.name).toBe(
        definition?.publishedBy === 'sentinel' ? 'Lifeboat' : 'Lifeboat/sandbox/app',
      );
      expect(datum.unit, datum.name).toBe(definition?.unit);
      expect(datum.dimensions).toEqual({ Environment: 'sandbox', Source: 'app' });
    }
    const seen = new Set(world.aws.cloudWatch.data.map((datum) => datum.name));
    // The functions of scrubs are in test/integration/scrub.
    const ofThese = Object.values(METRICS).filter(({ publishedBy }) => publishedBy !== 'scrub');
    expect([...seen].sort()).toEqual(ofThese.map(name).sort());
  });

  it('no function asked for more than its role allows, but for a look at what it may not know of', () => {
    // A role that may not list is refused where an object is not there: no refusal of the role itself.
    expect(world.guard.refused).toEqual([]);
  });
});
