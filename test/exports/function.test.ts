import { zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { readSealedJson } from '../../lib/engine/archive/sealed-json.ts';
import { readObject } from '../../lib/engine/storage/object-store.ts';
import { startWorld, type World } from '../integration/lambda/world.ts';
import { sandboxMissing } from '../support/lambda/sandbox.ts';

const SLOT = new Date('2026-11-20T02:00:00Z');
const ID = '20261120T020000Z';
let world: World;

beforeAll(async () => {
  world = await startWorld(
    sandboxMissing() === undefined,
    {},
    {
      ...{ selection: {}, tiers: [], drillChecks: [] },
      exports: [
        { name: 'gone', tables: ['public.nobody'] },
        { name: 'users', tables: ['public.users'], keepDays: 3 },
        { name: 'sums', query: 'SELECT count(*) AS n FROM public.users', format: 'ndjson' },
      ],
    },
  );
  await world.postgres.run(
    "CREATE TABLE users (id int, email text); INSERT INTO users VALUES (1, 'ada@example.com')",
  );
  world.aws.secrets.set(world.stack.secretArn, world.postgres.url('postgres'));
  await world.call('backup', world.stack.schedules.backup.event(SLOT));
});
afterAll(async () => {
  console.log(`export: ${world?.process('export')?.peakMemoryMb()} MB at most`);
  await world?.close();
});
beforeEach(() => {
  world.guard.refused.length = 0;
});

const key = `daily/app/${ID}/manifest.json`;

it('makes each export that it can, and fails for one that it cannot; under its role', async () => {
  const message = await world.callFailing('export', { manifestKey: key });
  expect(message).toContain('no table public.nobody');
  expect(world.guard.refused).toEqual([]);
  const store = world.openExports();
  const folder = `keep-3-days/app/users/${ID}/`;
  const rows = zstdDecompressSync(await readObject(store, `${folder}public.users.csv.zst`)).toString();
  expect(rows).toBe('id,email\r\n1,ada@example.com\r\n');
  const record = readSealedJson(await readObject(store, `${folder}export.json`));
  expect(record).toMatchObject({
    intact: true,
    value: { from: `daily/app/${ID}`, files: [{ file: 'public.users.csv.zst', rows: 1 }] },
  });
  const sums = zstdDecompressSync(await readObject(store, `keep-7-days/app/sums/${ID}/sums.ndjson.zst`));
  expect(sums.toString()).toBe('{"n":"1"}\n');
});

it('does not make an export twice, whoever asks', async () => {
  await world.callFailing('export', { backup: 'latest' });
  const { objects } = await world.openExports().list(`keep-3-days/app/users/${ID}/`);
  expect(objects).toHaveLength(2);
  expect((await world.openExports().list('keep-3-days/app/users/')).prefixes).toHaveLength(1);
});

it('exports no other source', async () => {
  const message = await world.callFailing('export', { manifestKey: key.replace('app', 'billing') });
  expect(message).toContain('belongs to another source');
});
