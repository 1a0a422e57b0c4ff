import { globSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWorld, type World } from './world.ts';

/** PGlite can hang instead of failing when a file is missing beside its bundle: nobody would hear of it for 15 minutes. */
const WITHIN_MS = 120_000;

let world: World;
beforeAll(async () => {
  world = await startWorld(false);
  world.aws.secrets.set(world.stack.secretArn, world.postgres.url());
  await world.postgres.run('CREATE TABLE t (n integer); INSERT INTO t SELECT generate_series(1, 10)');
  await world.call('backup', {});
});
afterAll(() => world?.close());

it.each([
  ['backup', 'pg_dump.wasm'],
  ['backup', 'pg-dump-worker.mjs'],
  ['restore-drill', 'pglite.wasm'],
  ['restore-drill', 'pglite.data'],
  ['restore-drill', 'initdb.wasm'],
  ['restore-drill', 'embedded-worker.mjs'],
] as const)('%s without %s fails soon, and says so', async (name, file) => {
  await world.stop(name);
  const { asset } = world.stack.functions[name];
  const [found = ''] = globSync(`**/${file}`, { cwd: asset });
  const path = join(asset, found);
  renameSync(path, `${path}.away`);
  try {
    world.aws.cloudWatch.take();
    const startedAt = performance.now();
    const message = await world.callFailing(name, {});
    expect(performance.now() - startedAt).toBeLessThan(WITHIN_MS);
    expect(message).toContain(file);
    const { app = {} } = world.aws.cloudWatch.take();
    expect(app).toMatchObject(name === 'backup' ? { BackupFailed: 1 } : { DrillStarted: 1, DrillFailed: 1 });
  } finally {
    renameSync(`${path}.away`, path);
    await world.stop(name);
  }
});
