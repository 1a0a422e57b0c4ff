import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDirectoryStore } from '../../../lib/engine/storage/directory.ts';
import { writeFixtureArchive } from '../../support/archive-fixture.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { missingPrograms, psqlEnvironment } from '../../support/restore-script.ts';

const run = promisify(execFile);
const missing = missingPrograms('RECOVERY.md', ['psql', 'zstd']);

describe.skipIf(missing.length > 0)('the commands in RECOVERY.md', () => {
  let server: PostgresServer;
  let vault: string;
  let folder: string;
  let page: string;
  let fixture: Awaited<ReturnType<typeof writeFixtureArchive>>;

  beforeAll(async () => {
    server = await startPostgres({ major: 15 });
    vault = mkdtempSync(join(tmpdir(), "lifeboat vault's "));
    folder = mkdtempSync(join(tmpdir(), "lifeboat recovery's "));
    fixture = await writeFixtureArchive(openDirectoryStore(vault));
    page = readFileSync(join(vault, fixture.keyOf('recovery-guide')), 'utf8');
  });
  afterAll(async () => {
    await server?.stop();
    for (const directory of [vault, folder]) rmSync(directory, { recursive: true, force: true });
  });

  /** The fenced blocks below a heading, in their order. */
  function blocks(heading: string): string[] {
    const section = page.slice(page.indexOf(heading));
    const end = section.indexOf('\n## ');
    return [...section.slice(0, end === -1 ? undefined : end).matchAll(/```\w+\n([\s\S]*?)```/g)].map(
      ([, text]) => text ?? '',
    );
  }

  const sh = (script: string, database = 'postgres', cwd = folder) =>
    run('sh', ['-euc', script], {
      cwd,
      env: { PATH: process.env.PATH, ...psqlEnvironment(server, database) },
    });

  it('fetch the backup, create the database and restore it', async () => {
    const [fetch = '', create = '', restore = ''] = blocks('## Restore everything');
    await sh(fetch);
    const { PGHOST, PGPORT, PGUSER, PGPASSWORD } = psqlEnvironment(server, '');
    const here = restore
      .replace('your-new-server', `${PGHOST}`)
      .replace('PGPORT=5432', `PGPORT=${PGPORT}`)
      .replace('PGUSER=postgres', `PGUSER=${PGUSER}`)
      .replace('PGPASSWORD=...', `PGPASSWORD=${PGPASSWORD}`);
    const fetched = join(folder, 'lifeboat-restore', fixture.manifest.attempt);
    await server.run(create);
    const { stdout } = await sh(here, 'postgres', fetched);
    expect(stdout).toContain('Restored into shop: 1015 rows of 8 tables.');
  });

  it('bring one table back into an empty database of its own', async () => {
    const [load = ''] = blocks('## One table only');
    await server.run('CREATE DATABASE one');
    await server.run('CREATE TABLE public.events (id bigint, payload text)', 'one');
    const { stdout } = await sh(load, 'one', join(folder, 'lifeboat-restore', fixture.manifest.attempt));
    expect(stdout.trim().split('\n').at(-1)).toBe('COPY 1000');
  });

  it('bring rows in that a constraint refuses, and the constraint back for new rows', async () => {
    const [load = ''] = blocks('## One table only');
    const [without = '', again = '', read = ''] = blocks('## If a table refuses its rows');
    const fetched = join(folder, 'lifeboat-restore', fixture.manifest.attempt);
    const named = (sql: string) =>
      sql.replace('name_of_the_constraint', 'no_row').replace('(...)', '(id > 2000)');
    await server.run('CREATE DATABASE refusing');
    await server.run(
      'CREATE TABLE public.events (id bigint CONSTRAINT no_row CHECK (id > 2000), payload text)',
      'refusing',
    );
    await expect(sh(load, 'refusing', fetched)).rejects.toThrow('violates check constraint "no_row"');
    await server.run(named(without), 'refusing');
    await sh(load, 'refusing', fetched);
    await server.run(named(again), 'refusing');
    const { stdout } = await sh('psql -XAtc "SELECT count(*), max(id) FROM events"', 'refusing');
    expect(stdout.trim()).toBe('1000|1000');
    await expect(server.run('INSERT INTO events VALUES (5)', 'refusing')).rejects.toThrow('no_row');
    expect((await sh(read, 'refusing', fetched)).stdout.split('\n')).toHaveLength(11);
  });
});
