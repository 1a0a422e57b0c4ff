import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDirectoryStore } from '../../lib/engine/storage/directory.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { Tally } from '../support/tally.ts';
import { attempt, expectNextRunFine, expectSourceLeftAlone } from './aftermath.ts';

/** A vault on a disk of its own, too small at first. */
const directory = mkdtempSync(join(tmpdir(), 'lifeboat-disk-'));
const mounted = mountDisk();
let server: PostgresServer;
const tally = new Tally();

beforeAll(async () => {
  server = await startPostgres({ major: 17 });
  // About 5 MB that do not compress.
  await server.run(
    `CREATE TABLE noise AS SELECT g AS id, encode(sha512(g::text::bytea), 'base64') AS t FROM generate_series(1, 60000) g;
     CREATE TABLE small AS SELECT g AS id FROM generate_series(1, 10) g`,
  );
});
afterAll(async () => {
  await server?.stop();
  if (mounted) execFileSync('umount', [directory]);
  rmSync(directory, { recursive: true, force: true });
  console.log(`full disk\n${tally.table(['disk', 'tried', 'survived'])}`);
});

function mountDisk(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', directory], { stdio: 'pipe' });
    return true;
  } catch (error) {
    console.warn(`FULL DISK NOT TRIED: no tmpfs can be mounted here (${String(error).split('\n')[0]})`);
    return false;
  }
}

it.skipIf(!mounted)('a full disk seals nothing, leaves nothing behind, and is named', async () => {
  const store = await openDirectoryStore(directory);
  for (const size of ['64k', '512k', '1m', '2m', '3m']) {
    execFileSync('mount', ['-o', `remount,size=${size}`, directory]);
    const { sealed, error } = await attempt(server.url(), store, {});
    expect(sealed, size).toBe(false);
    expect(error, size).toMatchObject({ code: 'vault-full', kind: 'vault' });
    await expectSourceLeftAlone(server);
    expect(readdirSync(join(directory, '.lifeboat-tmp')), 'no half-written file').toEqual([]);
    tally.add(`disk of ${size}`, true);
    for (const name of readdirSync(directory)) rmSync(join(directory, name), { recursive: true });
  }
  execFileSync('mount', ['-o', 'remount,size=64m', directory]);
  await expectNextRunFine(server, store);
  await store.close();
});
