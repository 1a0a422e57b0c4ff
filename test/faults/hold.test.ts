import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { proofKey } from '../../lib/engine/archive/keys.ts';
import { nameOfBackup } from '../../lib/engine/archive/listing.ts';
import { formatSealedJson } from '../../lib/engine/archive/sealed-json.ts';
import type { ObjectStore } from '../../lib/engine/storage/object-store.ts';
import { openS3Store } from '../../lib/engine/storage/s3.ts';
import { FIXTURE_PLACE, writeFixtureArchive } from '../support/archive-fixture.ts';
import { failAtRequests, type HoldAction } from '../support/failing-hold.ts';
import { proofOf } from '../support/proof-of.ts';
import { type S3Server, startS3Server } from '../support/s3-server/server.ts';
import { lifeboat } from '../unit/cli/command-line.ts';

const NAME = nameOfBackup(FIXTURE_PLACE);

let server: S3Server;
let store: ObjectStore;
beforeEach(async () => {
  server = await startS3Server({ objectLock: true, mostKeys: 7 });
  const { endpoint, region, credentials, bucket } = server;
  // The SDK reads the process's own.
  for (const [name, value] of Object.entries(server.environment())) vi.stubEnv(name, value);
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
  store = openS3Store({ bucket, prefix: 'vault', endpoint, region, credentials, maxAttempts: 1 });
  const { manifest } = await writeFixtureArchive(store);
  await store.put(proofKey(FIXTURE_PLACE), formatSealedJson(proofOf(manifest)));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await store.close();
  await server.stop();
});

const hold = (...argv: string[]) =>
  lifeboat(['hold', ...argv, '--vault', `s3://${server.bucket}/vault`], { environment: { USER: 'ada' } });
const change = (action: HoldAction) => hold(action, NAME, '--reason', 'case 4711');

async function states(): Promise<string[]> {
  const { exitCode, stdout } = await hold('list', '--json');
  expect(exitCode).toBe(0);
  return JSON.parse(stdout).holds.map((one: { state: string }) => one.state);
}

function counts() {
  const versions = server
    .versions()
    .filter(({ key, deleteMarker }) => key.startsWith(`vault/${NAME}/`) && !deleteMarker);
  return { versions: versions.length, held: versions.filter(({ lock }) => lock.legalHold).length };
}

it.each(['add', 'remove'] as const)(
  'a hold that fails at any request is finished by running %s again',
  async (action) => {
    await failAtRequests({ server, change, states, counts }, action, 'all');
  },
);
