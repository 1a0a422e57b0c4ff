import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ObjectStore } from '../../lib/engine/storage/object-store.ts';
import { openS3Store } from '../../lib/engine/storage/s3.ts';
import { startLifeboat } from '../integration/cli/lifeboat.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { type S3Server, startS3Server } from '../support/s3-server/server.ts';
import { seededRandom, seedFrom } from '../support/seeded-random.ts';
import { Tally } from '../support/tally.ts';
import { type TestVault, testVault } from '../support/vaults.ts';
import { expectAllWhole, expectNextRunFine, expectSourceLeftAlone } from './aftermath.ts';

/** kill -9 of the command at random moments, into both kinds of vault. */
const random = seededRandom(seedFrom(process.env.LIFEBOAT_SEED));
const ROUNDS = 50;

let server: PostgresServer;
let directory: TestVault;
let s3: S3Server;
let inS3: ObjectStore;
const tally = new Tally();

beforeAll(async () => {
  [server, s3, directory] = await Promise.all([
    startPostgres({ major: 15 }),
    startS3Server({ writeOnce: true }),
    testVault(),
  ]);
  const { endpoint, region, credentials, bucket } = s3;
  inS3 = openS3Store({ bucket, endpoint, region, credentials, prefix: '' });
  await server.run(
    `CREATE TABLE large AS SELECT g AS id, md5(g::text) || md5((-g)::text) AS t FROM generate_series(1, 60000) g;
     CREATE TABLE small AS SELECT g AS id FROM generate_series(1, 10) g`,
  );
});
afterAll(async () => {
  await inS3?.close();
  await server?.stop();
  await s3?.stop();
  directory?.remove();
  console.log(
    `kill -9, LIFEBOAT_SEED=${random.seed}\n${tally.table(['vault, outcome', 'tried', 'survived'])}`,
  );
});

it(`${ROUNDS} rounds of kill -9 seal nothing that is not whole`, async () => {
  const kinds = [
    { name: 'directory', store: directory.store, url: directory.directory, known: new Set<string>() },
    { name: 'S3', store: inS3, url: `s3://${s3.bucket}`, known: new Set<string>() },
  ];
  const start = (url: string) =>
    startLifeboat(['backup'], {
      environment: { ...s3.environment(), LIFEBOAT_SOURCE_URL: server.url(), LIFEBOAT_VAULT: url },
    });
  const startedAt = performance.now();
  expect(await start(directory.directory).ended).toMatchObject({ exitCode: 0 });
  const usualMs = performance.now() - startedAt;
  await expectAllWhole(directory.store, kinds[0]?.known ?? new Set());

  for (let round = 0; round < ROUNDS; round += 1) {
    const vault = kinds[round % kinds.length];
    if (!vault) throw new Error('no vault');
    const sealedBefore = vault.known.size;
    const { child } = start(vault.url);
    const gone = once(child, 'exit');
    // The moment is the point: no condition of the process could be waited for that is as blind as a power cut.
    const timer = setTimeout(() => child.kill('SIGKILL'), random.below(Math.ceil(usualMs * 1.1)));
    await gone;
    clearTimeout(timer);
    await expectSourceLeftAlone(server);
    await expectAllWhole(vault.store, vault.known);
    tally.add(`${vault.name}, ${vault.known.size > sealedBefore ? 'sealed' : 'not sealed'}`, true);
  }
  for (const { store } of kinds) await expectNextRunFine(server, store);
});
