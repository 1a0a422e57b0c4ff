import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptPrefix } from '../../../lib/engine/archive/keys.ts';
import type { Manifest } from '../../../lib/engine/archive/manifest.ts';
import { type ObjectStore, readObject } from '../../../lib/engine/storage/object-store.ts';
import { openS3Store } from '../../../lib/engine/storage/s3.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import {
  missingPrograms,
  PROGRAMS_PATH,
  type ProgramFolder,
  programFolder,
  programPath,
  psqlEnvironment,
  runRestoreScript,
} from '../../support/restore-script.ts';
import { type S3Server, startS3Server } from '../../support/s3-server/server.ts';
import { takeBackup } from '../../support/vaults.ts';
import { hashOf, oneValue } from '../restore/restore-world.ts';

const missing = missingPrograms('restore.sh out of the vault', ['psql', 'zstd']);

/** The AWS CLI itself takes a second to start; what does not depend on it is tried with one that stands in for it. */
const real = programPath('aws');
const standIn = fileURLToPath(new URL('../../support/aws-command.ts', import.meta.url));
const STAND_IN = `exec '${process.execPath}' '${standIn}' "$@"`;
/** An older one has to be told the endpoint. */
const AWS = real ? `exec '${real}' --endpoint-url "$AWS_ENDPOINT_URL" "$@"` : STAND_IN;

const SCHEMA = `
  CREATE TABLE users (id int PRIMARY KEY, name text);
  INSERT INTO users SELECT n, 'user ' || n FROM generate_series(1, 1000) n;
  CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users);
  INSERT INTO orders SELECT n, n FROM generate_series(1, 1000) n;
  SELECT lo_from_bytea(4711, 'a large object')`;

describe.skipIf(missing.length > 0)('restore.sh with nothing beside it', () => {
  let server: PostgresServer;
  let s3: S3Server;
  let store: ObjectStore;
  let programs: { readonly aws: ProgramFolder; readonly standIn: ProgramFolder };
  let folder: string;
  let manifest: Manifest;
  let from: string;
  beforeAll(async () => {
    [server, s3] = await Promise.all([
      startPostgres({ major: 17, settings: { wal_level: 'logical' } }),
      startS3Server({ writeOnce: true }),
    ]);
    const { endpoint, region, credentials, bucket } = s3;
    store = openS3Store({ bucket, prefix: 'some/prefix', endpoint, region, credentials });
    programs = { aws: programFolder([], { aws: AWS }), standIn: programFolder([], { aws: STAND_IN }) };
    await server.run('CREATE DATABASE company');
    await server.run(SCHEMA, 'company');
    const backup = await takeBackup(server.url('company'), { store });
    manifest = backup.manifest;
    const attempt = attemptPrefix(backup.place, manifest.attempt);
    from = `s3://${bucket}/some/prefix/${attempt}`;
    folder = mkdtempSync(join(tmpdir(), 'lifeboat-alone-'));
    writeFileSync(join(folder, 'restore.sh'), await readObject(store, `${attempt}restore.sh`));
  });
  afterAll(async () => {
    await store?.close();
    await Promise.all([server?.stop(), s3?.stop()]);
    for (const one of Object.values(programs ?? {})) one.remove();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  async function run(database: string, options: string[] = [], aws: keyof typeof programs = 'standIn') {
    await server.run(`CREATE DATABASE ${database}`);
    return runRestoreScript(folder, {
      arguments: options,
      environment: {
        ...psqlEnvironment(server, database),
        ...s3.environment(),
        PATH: `${programs[aws].path}:${PROGRAMS_PATH}`,
        TMPDIR: folder,
      },
    });
  }

  it('fetches what it needs by aws s3 cp, a chunk at a time, and leaves nothing lying about', async () => {
    const { status, stderr, stdout } = await run('whole', ['--from', from], 'aws');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(`Restored into whole: ${manifest.totals.rows} rows`);
    for (const table of ['users', 'orders']) {
      expect(await hashOf(server, 'whole', table), table).toBe(await hashOf(server, 'company', table));
    }
    expect(await oneValue(server, 'whole', "SELECT convert_from(lo_get(4711), 'UTF8')")).toBe(
      'a large object',
    );
    expect(readdirSync(folder)).toEqual(['restore.sh']);
  });

  it('takes the place as one word, with a slash at its end or none, and a password in the URL', async () => {
    await server.run('CREATE DATABASE by_url');
    const { status, stderr } = await runRestoreScript(folder, {
      arguments: [`--from=${from.replace(/\/$/, '')}`, server.url('by_url')],
      environment: {
        ...s3.environment(),
        PATH: `${programs.standIn.path}:${PROGRAMS_PATH}`,
        TMPDIR: folder,
      },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('says what is wrong with the place, before anything is changed', async () => {
    const another = await run('another', ['--from', from.replace(/[^/]+\/$/, 'other/')]);
    expect(another.status).toBe(1);
    expect(another.stderr).toMatch(/STOPPED: .*(cannot be listed|is missing in).*\nNothing was changed\./);
    const nowhere = await run('nowhere', ['--from', '/var/backups']);
    expect(nowhere).toMatchObject({ status: 2, stderr: expect.stringContaining('--from needs the folder') });
    const without = await run('without', ['--from']);
    expect(without.status).toBe(2);
    const beside = await run('beside');
    expect(beside.stderr).toMatch(/STOPPED: .* is missing: .*--from/);
  });

  it('stops at a chunk that is damaged, and says in what state the database is', async () => {
    const { key = '' } = manifest.tables.find(({ name }) => name === 'orders')?.chunks[0] ?? {};
    const bytes = await readObject(store, key);
    s3.writeOnce = false;
    await store.put(key, Buffer.from(bytes).fill(0, 20, 24), { ifAbsent: false });
    try {
      const { status, stderr } = await run('damaged', ['--from', from]);
      expect(status).toBe(1);
      expect(stderr).toMatch(/STOPPED: data\/.*public\.orders.* is damaged.*\n.*is not complete/);
    } finally {
      await store.put(key, bytes, { ifAbsent: false });
    }
  });
});
