import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BackupPlace, backupPrefix, manifestKey } from '../../../lib/engine/archive/keys.ts';
import { nameOfBackup } from '../../../lib/engine/archive/listing.ts';
import type { Manifest } from '../../../lib/engine/archive/manifest.ts';
import { storedObjects } from '../../../lib/engine/archive/stored-objects.ts';
import { openS3Store } from '../../../lib/engine/storage/s3.ts';
import { makeStacks } from '../../../lib/infra/make-stacks.ts';
import { resource } from '../../infra/support/synthesized.ts';
import { type AwsServer, startAwsServer } from '../../support/aws/aws-server.ts';
import { type FunctionProcess, startFunction } from '../../support/lambda/function-process.ts';
import { RoleGuard } from '../../support/lambda/role-guard.ts';
import { sandboxMissing } from '../../support/lambda/sandbox.ts';
import { functionOf, type SynthesizedFunction } from '../../support/lambda/synthesized-functions.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type S3Server, startS3Server } from '../../support/s3-server/server.ts';
import { takeBackup } from '../../support/vaults.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const outdir = mkdtempSync(join(tmpdir(), 'lifeboat-cdk-'));

/** The functions of a replica with drills, as they would be deployed. */
const app = new App({ outdir, context: { 'aws:cdk:enable-asset-metadata': true } });
const { replica: stack } = makeStacks(app, 'sandbox', {
  account: '111122223333',
  region: 'eu-central-1',
  sources: [{ name: 'app', secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:app-AbCdEf' }],
  notifications: { emails: ['nobody@example.com'] },
  replica: { region: 'eu-west-1', drillSchedule: 'rate(7 days)' },
});
if (!stack) throw new Error('there is a replica');
const template = Template.fromStack(stack);
const [bucket] = resource(template, 'AWS::S3::Bucket', /VaultBucket/);
const [drillSchedule] = resource(template, 'AWS::Scheduler::Schedule', /DrillSchedule/);
const looking = String(resource(template, 'AWS::Scheduler::Schedule', /Sentinel/)[1].Properties.Name);
const functions = {
  sentinel: functionOf(template, outdir, bucket, /SentinelFunction/),
  drill: functionOf(template, outdir, bucket, /RestoreDrillFunction/),
};

let postgres: PostgresServer;
let s3: S3Server;
let aws: AwsServer;
let guard: RoleGuard;
const processes = new Map<SynthesizedFunction, FunctionProcess>();
let backup: { place: BackupPlace; manifest: Manifest };

beforeAll(async () => {
  [postgres, s3, aws] = await Promise.all([
    startPostgres({ major: 18 }),
    startS3Server({ objectLock: true, bucket: 'vault' }),
    startAwsServer(),
  ]);
  aws.schedules.set(looking, new Date(Date.now() - 5 * HOUR));
  aws.schedules.set(drillSchedule, new Date(Date.now() - 3 * DAY));
  await postgres.run('CREATE TABLE t (id integer PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 100)');
  const { endpoint, region, credentials } = s3;
  const store = openS3Store({ bucket: 'vault', prefix: '', endpoint, region, credentials });
  const place = { retentionClass: 'daily', source: 'app', backupId: '20261128T020000Z' } as const;
  backup = await takeBackup(postgres.url('postgres'), { store }, { place });
  await store.close();
  s3.age(2 * HOUR);
  guard = new RoleGuard(s3);
  // The server of the tests knows schedules by their names only.
  const arnOf = (resourceArn: string) =>
    resourceArn.replace(
      /^arn:lifeboat-/,
      'arn:aws:scheduler:eu-west-1:111122223333:schedule/default/lifeboat-',
    );
  aws.allows = (access) => guard.allows({ ...access, resource: arnOf(access.resource) });
});
afterAll(async () => {
  for (const process of processes.values()) await process.stop();
  await Promise.all([postgres?.stop(), s3?.stop(), aws?.stop()]);
  rmSync(outdir, { recursive: true, force: true });
});

async function invoke(one: SynthesizedFunction, event: unknown): Promise<Record<string, unknown>> {
  const process =
    processes.get(one) ??
    (await startFunction({
      asset: one.asset,
      handler: one.handler,
      memoryMb: one.memoryMb,
      isSandboxed: sandboxMissing() === undefined,
      variables: { ...one.variables, ...s3.environment(), ...aws.environment() },
    }));
  processes.set(one, process);
  guard.statements = one.statements;
  guard.principal = one.principal;
  const outcome = await process.invoke(event);
  if (!outcome.ok) throw new Error(`${outcome.error.errorMessage}\n${process.log().slice(-4000)}`);
  expect(guard.refused).toEqual([]);
  return outcome.payload as Record<string, unknown>;
}

/** What was published since the last time. */
const published = () => aws.cloudWatch.take().app ?? {};
const look = async () => {
  await invoke(functions.sentinel, {});
  return published();
};

describe('the functions of a replica, under their roles', () => {
  it('count from the schedule of the sentinel while nothing has arrived, and publish what concerns a replica', async () => {
    s3.replicate(manifestKey(backup.place), bucket);
    expect(await look()).toEqual({
      BackupAgeSeconds: expect.closeTo((5 * HOUR) / 1000, -2),
      DrillAgeSeconds: expect.closeTo((3 * DAY) / 1000, -2),
      ConsecutiveDrillFailures: 0,
    });
  });

  it('drill nothing that is arriving: an answer, and neither a start nor a failure', async () => {
    for (const name of ['latest', nameOfBackup(backup.place)]) {
      expect(await invoke(functions.drill, { backup: name })).toMatchObject({
        ...{ outcome: 'refused', code: 'backup-arriving' },
      });
    }
    expect(published()).toEqual({});
  });

  it('see a backup when its last object is there, as old as it is in the vault', async () => {
    const keys = storedObjects(backup.manifest).map(({ key }) => key);
    for (const key of keys.slice(0, -1)) s3.replicate(key, bucket);
    expect((await look()).BackupAgeSeconds).toBeCloseTo((5 * HOUR) / 1000, -2);
    s3.replicate(keys.at(-1) ?? '', bucket);
    expect(await look()).toMatchObject({
      BackupAgeSeconds: expect.closeTo((2 * HOUR) / 1000, -2),
      DrillDiskBytes: expect.any(Number),
    });
  });

  it('drill it, tell that they did, and leave nothing behind', async () => {
    const before = s3.versions(bucket).length;
    expect(await invoke(functions.drill, { backup: 'latest' })).toMatchObject({
      backup: nameOfBackup(backup.place),
      verdict: 'proven',
    });
    expect(published()).toEqual({ DrillStarted: 1, DrillSucceeded: 1 });
    expect(s3.versions(bucket)).toHaveLength(before);
    const { DrillAgeSeconds } = await look();
    expect(DrillAgeSeconds).toBeLessThan(15 * 60);
  });

  it('do not take the vault’s proof for one of the replica', async () => {
    const { endpoint, region, credentials } = s3;
    guard.statements = [{ Effect: 'Allow', Action: '*', Resource: '*' }];
    const store = openS3Store({ bucket: 'vault', prefix: '', endpoint, region, credentials });
    await store.put(`${backupPrefix(backup.place)}proof.json`, Buffer.from('{}'));
    await store.close();
    s3.replicate(`${backupPrefix(backup.place)}proof.json`, bucket);
    aws.cloudWatch.take();
    const requests = s3.requests.length;
    await look();
    expect(s3.requests.slice(requests).filter(({ key }) => key?.endsWith('proof.json'))).toEqual([]);
  });
});
