import { userInfo } from 'node:os';
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectTaggingCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EXPIRY_TAG } from '../../../lib/contract/expiry-tag.ts';
import { manifestKey, proofKey } from '../../../lib/engine/archive/keys.ts';
import { nameOfBackup } from '../../../lib/engine/archive/listing.ts';
import { formatSealedJson } from '../../../lib/engine/archive/sealed-json.ts';
import type { ObjectStore } from '../../../lib/engine/storage/object-store.ts';
import { openS3Store } from '../../../lib/engine/storage/s3.ts';
import { FIXTURE_PLACE, type FixtureArchive, writeFixtureArchive } from '../../support/archive-fixture.ts';
import { failAtRequests, type HoldAction } from '../../support/failing-hold.ts';
import { proofOf } from '../../support/proof-of.ts';
import type { Fault, RequestInfo } from '../../support/s3-server/fault.ts';
import { type S3Server, startS3Server } from '../../support/s3-server/server.ts';
import { lifeboat } from '../../unit/cli/command-line.ts';

const VAULT = ['--vault', 's3://vault/team a/+vault'];
const NAME = nameOfBackup(FIXTURE_PLACE);
const MANIFEST = `team a/+vault/${manifestKey(FIXTURE_PLACE)}`;
const FOLDER = `team a/+vault/${NAME}/`;

let server: S3Server;
let client: S3Client;
let store: ObjectStore;
let archive: FixtureArchive;

async function start(options: Parameters<typeof startS3Server>[0]): Promise<void> {
  server = await startS3Server(options);
  const { endpoint, region, credentials, bucket } = server;
  client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  // The SDK reads the process's own.
  for (const [name, value] of Object.entries(server.environment())) vi.stubEnv(name, value);
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
  store = openS3Store({ bucket, prefix: 'team a/+vault', endpoint, region, credentials, maxAttempts: 1 });
  archive = await writeFixtureArchive(store);
  await store.put(proofKey(FIXTURE_PLACE), formatSealedJson(proofOf(archive.manifest)));
}
async function end(): Promise<void> {
  vi.unstubAllEnvs();
  client.destroy();
  await store.close();
  await server.stop();
}
beforeEach(() => start({ objectLock: true, mostKeys: 7 }));
afterEach(end);

const add = (reason = 'case 4711', ...more: string[]) =>
  run('hold', 'add', NAME, '--reason', reason, ...more);
const remove = () => run('hold', 'remove', NAME, '--reason', 'case closed', '--by', 'Jo');
const listHolds = async () => JSON.parse((await run('hold', 'list', '--json')).stdout).holds;

function run(...argv: string[]) {
  return lifeboat([...argv, ...VAULT], { environment: { USER: 'ada' } });
}

/** All versions in the backup's folder, without delete markers. */
function versions() {
  return server.versions().filter(({ key, deleteMarker }) => key.startsWith(FOLDER) && !deleteMarker);
}

const held = () => versions().filter(({ lock }) => lock.legalHold);

/** Deletes the folder as a person at the console would, and each of its versions: what was refused. */
async function deleteEverything(): Promise<number> {
  for (const { key } of versions())
    await client.send(new DeleteObjectCommand({ Bucket: server.bucket, Key: key }));
  const listed = await client.send(
    new ListObjectVersionsCommand({ Bucket: server.bucket, Prefix: FOLDER, MaxKeys: 1000 }),
  );
  let refused = 0;
  for (const { key, versionId } of versions()) {
    const { Errors } = await client.send(
      new DeleteObjectsCommand({
        Bucket: server.bucket,
        Delete: { Objects: [{ Key: key, VersionId: versionId }] },
      }),
    );
    refused += Errors?.length ?? 0;
  }
  expect(listed.Versions?.length ?? 0).toBeGreaterThan(0);
  return refused;
}

describe('lifeboat hold', () => {
  it('holds every version of every object, manifest last, so that nothing can be deleted', async () => {
    const key = `${FOLDER}${archive.manifest.attempt}/restore.sh`;
    await client.send(new PutObjectCommand({ Bucket: server.bucket, Key: key, Body: 'written over' }));
    await client.send(new PutObjectCommand({ Bucket: server.bucket, Key: `${FOLDER}ü&<+>/x`, Body: 'odd' }));
    const { exitCode, stdout, stderr } = await add();
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain(`${NAME} is on hold: ${versions().length} versions of its objects`);
    expect(held()).toHaveLength(versions().length);
    const order = server.requests.filter(({ operation }) => operation === 'PutObjectLegalHold');
    expect(order.at(-1)?.key).toBe(MANIFEST);
    const all = versions().length;
    expect(await deleteEverything()).toBe(all);
    expect(versions()).toHaveLength(all);
  });

  it('says who holds what and why, and who let it go', async () => {
    await add('case 4711: ask “legal” first', '--by', 'Ada Lovelace');
    expect(await listHolds()).toEqual([
      {
        ...FIXTURE_PLACE,
        ...{ name: NAME, state: 'held', reason: 'case 4711: ask “legal” first', by: 'Ada Lovelace' },
        ...{ at: '2026-11-20T05:00:00.000Z', deletedAt: null, unheld: [] },
      },
    ]);
    expect((await run('hold', 'list')).stdout).toMatch(/held .*Ada Lovelace .*case 4711/);
    const { exitCode, stdout } = await remove();
    expect(exitCode).toBe(0);
    expect(stdout).toContain('is on hold no more');
    expect(held()).toEqual([]);
    expect(await listHolds()).toEqual([]);
    expect((await run('hold', 'list')).stdout).toContain('No backup in s3://vault/team a/+vault is on hold.');
    const history = (await store.list(`holds/${NAME}/`)).objects;
    expect(history).toHaveLength(3);
    await add('again');
    expect(await listHolds()).toMatchObject([{ reason: 'again', by: 'ada', state: 'held' }]);
  });

  it('is not removed where none is, and nothing is changed then', async () => {
    const refused = await remove();
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('hold-none');
    expect((await store.list('holds/')).prefixes).toEqual([]);
    expect(server.requests.filter(({ operation }) => operation === 'PutObjectLegalHold')).toEqual([]);
    await add();
    await remove();
    const again = (await remove()).stderr.replaceAll(/\s+/g, ' ');
    expect(again).toContain('hold-none');
    expect(again).toContain('Jo had its hold removed at');
    // Somebody else's hold, on one object that is not the manifest.
    await client.send(
      new PutObjectLegalHoldCommand({
        ...{ Bucket: server.bucket, Key: `${FOLDER}${archive.manifest.attempt}/restore.sh` },
        LegalHold: { Status: 'ON' },
      }),
    );
    expect((await remove()).exitCode).toBe(0);
    expect(held()).toEqual([]);
  });

  it('says of a second one that it was held already, by whom and why, and keeps both', async () => {
    const first = JSON.parse((await add('case 1', '--by', 'Ada', '--json')).stdout);
    expect(first.before).toBeNull();
    const second = (await add('case 2', '--by', 'Bo')).stdout.replaceAll(/\s+/g, ' ');
    expect(second).toMatch(/A hold was asked for already, by Ada at 2026-11-20 05:00.* UTC: case 1/);
    const third = JSON.parse((await add('case 3', '--json')).stdout);
    expect(third.before).toMatchObject({ reason: 'case 2', by: 'Bo' });
    expect((await store.list(`holds/${NAME}/`)).objects).toHaveLength(3);
    expect(await listHolds()).toMatchObject([{ reason: 'case 3', by: 'ada' }]);
  });

  it('is asked for by the user of the process where no variable names one', async () => {
    const argv = ['hold', 'add', NAME, '--reason', 'case', '--json', ...VAULT];
    const { by } = JSON.parse((await lifeboat(argv)).stdout);
    expect(by).toBe(userInfo().username);
  });

  it('names a proof that came later and is not held, until it is added again', async () => {
    await add();
    const proof = proofKey(FIXTURE_PLACE);
    await client.send(
      new PutObjectCommand({ Bucket: server.bucket, Key: `team a/+vault/${proof}`, Body: '{}' }),
    );
    expect(await listHolds()).toMatchObject([{ state: 'held', unheld: [proof] }]);
    expect((await run('hold', 'list')).stdout.replaceAll(/\s+/g, ' ')).toContain(
      `not held: ${proof} came after the hold. \`lifeboat hold add ${NAME}\` again`,
    );
    await add();
    expect(await listHolds()).toMatchObject([{ state: 'held', unheld: [] }]);
  });

  it('refuses a folder that holds an attempt only', async () => {
    const key = 'daily/shop/20261121T020000Z/zzzzzzzz/pre-data.sql.zst';
    await store.put(key, Buffer.from('x'));
    for (const action of ['add', 'remove']) {
      const refused = await run('hold', action, 'daily/shop/20261121T020000Z', '--reason', 'case');
      expect(refused.exitCode).not.toBe(0);
      expect(refused.stderr).toContain('backup-unfinished');
      const short = await run('hold', action, '20261121T020000Z', '--reason', 'case');
      expect(short.stderr).toContain('backup-unfinished');
    }
    expect((await store.list('holds/')).prefixes).toEqual([]);
  });

  it('lists a hold that somebody else has put, without a reason', async () => {
    await add();
    for (const { key } of (await store.list(`holds/${NAME}/`)).objects)
      await client.send(new DeleteObjectCommand({ Bucket: server.bucket, Key: `team a/+vault/${key}` }));
    expect(await listHolds()).toMatchObject([{ state: 'held', reason: null, by: null }]);
    await remove();
    await client.send(
      new PutObjectLegalHoldCommand({
        ...{ Bucket: server.bucket, Key: MANIFEST },
        LegalHold: { Status: 'ON' },
      }),
    );
    expect(await listHolds()).toMatchObject([{ state: 'held', reason: null, by: null }]);
    expect((await run('hold', 'list')).stdout).toContain('not put by Lifeboat');
  });

  it('forgets an expiry that has begun, and touches no tag where none has', async () => {
    const tag = (key: string) =>
      client.send(
        new PutObjectTaggingCommand({
          ...{ Bucket: server.bucket, Key: key },
          Tagging: { TagSet: [{ Key: EXPIRY_TAG.key, Value: EXPIRY_TAG.value }] },
        }),
      );
    for (const { key } of versions()) await tag(key);
    const { stdout } = await add();
    expect(stdout).toContain('Its expiry had begun.');
    expect(versions().filter(({ tags }) => EXPIRY_TAG.key in tags)).toEqual([]);
    // Only the keeper may set tags.
    const mine = server.requests.filter(({ operation }) => operation === 'PutObjectTagging');
    expect(mine).toHaveLength(versions().length);
    const before = server.requests.length;
    await add();
    const since = server.requests.slice(before).filter(({ operation }) => /Tagging/.test(operation));
    expect(since.map(({ operation, key }) => [operation, key])).toEqual([['GetObjectTagging', MANIFEST]]);
  });

  it('stands even if nobody lets it see the tags', async () => {
    server.onRequest = ({ operation }) =>
      operation === 'GetObjectTagging' ? { status: 403, code: 'AccessDenied' } : 'pass';
    const { exitCode, stdout } = await add();
    expect(exitCode).toBe(0);
    expect(stdout.replaceAll('\n', ' ')).toContain('It is not known whether its expiry had begun');
    expect(held()).toHaveLength(versions().length);
  });

  it('finds a backup that is deleted already, and says so', async () => {
    for (const { key } of versions())
      await client.send(new DeleteObjectCommand({ Bucket: server.bucket, Key: key }));
    const { exitCode, stdout } = await run('hold', 'add', 'latest', '--reason', 'we need it');
    expect(exitCode).toBe(0);
    expect(stdout.replaceAll('\n', ' ')).toContain(`${versions().length} objects of it are deleted already`);
    expect(held()).toHaveLength(versions().length);
    expect(await listHolds()).toMatchObject([{ state: 'held', deletedAt: expect.stringMatching(/Z$/) }]);
  });

  it('holds a proof that came while it was at work', async () => {
    let came = false;
    server.onRequest = async ({ operation, key }: RequestInfo): Promise<Fault> => {
      if (operation !== 'PutObjectLegalHold' || key !== MANIFEST || came) return 'pass';
      came = true;
      await client.send(
        new PutObjectCommand({ Bucket: server.bucket, Key: `${FOLDER}late.json`, Body: '{}' }),
      );
      return 'pass';
    };
    await add();
    expect(versions().some(({ key }) => key.endsWith('late.json'))).toBe(true);
    expect(held()).toHaveLength(versions().length);
  });

  // At each of its requests: test/faults/hold.test.ts.
  it.each(['add', 'remove'] as const)(
    'that fails at a request of any kind is finished by running %s again',
    async (action) => {
      const change = (wanted: HoldAction) => (wanted === 'add' ? add() : remove());
      const states = async () => (await listHolds()).map((hold: { state: string }) => hold.state);
      const counts = () => ({ versions: versions().length, held: held().length });
      await failAtRequests({ server, change, states, counts }, action, 'kinds');
    },
  );

  it('that broke off is shown as held in part', async () => {
    let puts = 0;
    server.onRequest = ({ operation }: RequestInfo) =>
      operation === 'PutObjectLegalHold' && ++puts > 3 ? { status: 403, code: 'AccessDenied' } : 'pass';
    expect((await add()).exitCode).toBe(4);
    server.onRequest = undefined;
    expect(await listHolds()).toMatchObject([{ state: 'adding', reason: 'case 4711' }]);
    expect((await run('hold', 'list')).stdout.replaceAll('\n', ' ')).toContain(
      `\`lifeboat hold add ${NAME}\` did not end. Run it again.`,
    );
  });

  it('is refused without a reason, and to those who lack a permission, who learn which', async () => {
    const without = await run('hold', 'add', NAME);
    expect(without.stderr).toContain("Required option '--reason <text>'");
    expect(without.stderr).toContain('lifeboat hold add --help');
    expect((await add('  ')).stderr).toContain('It is empty.');
    server.onRequest = ({ operation }) =>
      operation === 'PutObjectLegalHold' ? { status: 403, code: 'AccessDenied' } : 'pass';
    const denied = await add();
    expect(denied.exitCode).toBe(4);
    expect(denied.stderr.replaceAll(/\s+/g, ' ')).toContain('s3:PutObjectLegalHold');
    expect((await store.list('holds/')).prefixes).toEqual([]);
  });

  it('is refused by a bucket without Object Lock, which is left as it was', async () => {
    await end();
    await start({ versioning: true });
    const { exitCode, stderr } = await add();
    expect(exitCode).toBe(4);
    expect(stderr).toContain('vault-no-object-lock');
    expect((await store.list('holds/')).prefixes).toEqual([]);
  });

  it('is refused by a directory', async () => {
    const refused = await lifeboat(['hold', 'list', '--vault', '/tmp']);
    expect(refused.exitCode).toBe(4);
    expect(refused.stderr).toContain('vault-no-object-lock');
  });

  it('leaves records that no list takes for something foreign', async () => {
    await add();
    const listed = await run('list', '--name', 'nobody');
    expect(listed.stdout).not.toContain('holds');
  });
});
