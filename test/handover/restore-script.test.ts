import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptPrefix } from '../../lib/engine/archive/keys.ts';
import { openDirectoryStore } from '../../lib/engine/storage/directory.ts';
import {
  compressed,
  copyText,
  FIXTURE_ATTEMPT,
  FIXTURE_LARGE_OBJECTS,
  FIXTURE_PLACE,
  type FixtureOptions,
  NASTY_COLUMNS,
  NASTY_SCHEMA,
  NASTY_TABLE,
  writeFixtureArchive,
} from '../support/archive-fixture.ts';
import { npmBinaries, type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import {
  missingPrograms,
  PROGRAMS_PATH,
  programFolder,
  programPath,
  psqlEnvironment,
  RESTORE_PROGRAMS,
  type RunOptions,
  runRestoreScript,
} from '../support/restore-script.ts';

/** Without pipefail, where there is one. */
const plainShell = programPath('dash') ?? programPath('sh') ?? 'sh';
const missing = missingPrograms('restore.sh', ['psql', 'zstd', 'sha256sum']);

describe.skipIf(missing.length > 0).each([15, 18] as const)('restore.sh into PostgreSQL %i', (major) => {
  let server: PostgresServer;
  const vaults: string[] = [];
  let databases = 0;

  beforeAll(async () => {
    server = await startPostgres({ major });
    await server.run('CREATE ROLE shop_owner');
  });
  afterAll(async () => {
    await server?.stop();
    for (const vault of vaults) rmSync(vault, { recursive: true, force: true });
  });

  /** A backup on disk, its folder, and an empty database to restore it into. */
  async function prepared(options: FixtureOptions = {}) {
    const vault = mkdtempSync(join(tmpdir(), 'lifeboat-vault-'));
    vaults.push(vault);
    const archive = await writeFixtureArchive(openDirectoryStore(vault), options);
    databases += 1;
    const database = `shop's "copy" ${databases}`;
    await server.run(`CREATE DATABASE "${database.replaceAll('"', '""')}"`);
    const folder = join(vault, attemptPrefix(FIXTURE_PLACE, FIXTURE_ATTEMPT));
    const file = (key: string) => join(vault, key);
    const run = ({ environment, ...more }: RunOptions = {}) =>
      runRestoreScript(folder, {
        environment: { ...psqlEnvironment(server, database), TMPDIR: vault, ...environment },
        ...more,
      });
    const query = async (text: string) => {
      const client = await server.connect(database);
      try {
        return (await client.query(text)).rows;
      } finally {
        await client.end();
      }
    };
    return { archive, database, folder, file, run, query, vault };
  }

  it('brings everything back, whatever it is called', async () => {
    const { run, query, folder, database, vault } = await prepared();
    const { status, stdout, stderr } = await run();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(`Restored into ${database}: 1015 rows of 8 tables.`);
    expect(await query('SELECT id, name, born::text, shout FROM users ORDER BY id')).toEqual([
      { id: 1, name: 'Ada', born: '1815-12-10', shout: 'ADA' },
      {
        id: 2,
        name: 'tab\there, line\nthere, back\\slash',
        born: null,
        shout: 'TAB\tHERE, LINE\nTHERE, BACK\\SLASH',
      },
      { id: 3, name: '', born: '2000-02-29', shout: '' },
      {
        id: 4,
        name: '\\N is not NULL, and \\. is no end',
        born: '2026-11-20',
        shout: '\\N IS NOT NULL, AND \\. IS NO END',
      },
      { id: 5, name: 'käse 表 😀', born: null, shout: expect.stringMatching(/^K.SE 表 😀$/) },
    ]);
    expect(
      await query(
        'SELECT count(*)::int AS n, sum(id)::int AS s, count(DISTINCT payload)::int AS d FROM events',
      ),
    ).toEqual([{ n: 1000, s: 500500, d: 1000 }]);
    const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
    expect(await query(`SELECT * FROM ${quoted(NASTY_SCHEMA)}.${quoted(NASTY_TABLE)} ORDER BY 1`)).toEqual(
      [
        ['$(touch pwned)', '`touch pwned`', "'; DROP TABLE public.users; --"],
        ['\\.', '\r\n', null],
      ].map((row) => Object.fromEntries(NASTY_COLUMNS.map((column, index) => [column, row[index]]))),
    );
    expect(await query('SELECT count(*)::int AS n FROM nothing')).toEqual([{ n: 3 }]);
    expect(await query('SELECT always FROM computed')).toEqual([{ always: 7 }, { always: 7 }]);
    expect(await query('SELECT note FROM mood ORDER BY how')).toEqual([
      { note: 'a' },
      { note: 'b' },
      { note: 'c' },
    ]);
    for (const [loid, content] of FIXTURE_LARGE_OBJECTS) {
      expect(await query(`SELECT lo_get(${loid}) AS content`)).toEqual([{ content }]);
    }
    expect(await query("SELECT nextval('users_id_seq')::int AS n")).toEqual([{ n: 43 }]);
    expect(
      await query(`SELECT relrowsecurity, relowner::regrole::text AS owner,
        (SELECT count(*)::int FROM pg_policy WHERE polrelid = c.oid) AS policies,
        (SELECT count(*)::int FROM pg_trigger WHERE tgrelid = c.oid) AS triggers,
        (SELECT count(*)::int FROM pg_index WHERE indrelid = c.oid) AS indexes
        FROM pg_class c WHERE oid = 'users'::regclass`),
    ).toEqual([{ relrowsecurity: true, owner: 'shop_owner', policies: 1, triggers: 1, indexes: 1 }]);
    const left = [...readdirSync(folder), ...readdirSync(vault)].filter((name) =>
      /pwned|lifeboat-restore/.test(name),
    );
    expect(left).toEqual([]);
  });

  it.for(['dash', 'bash', 'busybox'])('runs in %s as well', async (shell, { skip }) => {
    skip(programPath(shell) === undefined, `${shell} is not installed here`);
    const { run, query } = await prepared();
    const busybox = shell === 'busybox' ? programFolder([], { sh: 'exec busybox sh "$@"' }) : undefined;
    const { status, stderr } = await run({ shell: busybox ? join(busybox.path, 'sh') : shell });
    busybox?.remove();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(await query('SELECT count(*)::int AS n FROM events')).toEqual([{ n: 1000 }]);
  });

  it('is not led astray by what the database sets for its sessions', async () => {
    const slow =
      "SELECT pg_catalog.pg_sleep(0.5);\nSELECT pg_catalog.setval('public.users_id_seq', 42, true);\n";
    const { run, database } = await prepared({ texts: { sequences: slow } });
    const name = `"${database.replaceAll('"', '""')}"`;
    await server.run(`
      ALTER DATABASE ${name} SET default_transaction_read_only = on;
      ALTER DATABASE ${name} SET standard_conforming_strings = off;
      ALTER DATABASE ${name} SET datestyle = 'SQL, DMY';
      ALTER DATABASE ${name} SET search_path = nowhere;
      ALTER DATABASE ${name} SET client_encoding = 'LATIN1';
      ALTER DATABASE ${name} SET statement_timeout = '300ms'`);
    expect(await run()).toMatchObject({ status: 0, stderr: '' });
    const rows = await server.connect(database);
    await rows.query('SET statement_timeout = 0');
    expect((await rows.query('SELECT name FROM public.users WHERE id = 5')).rows).toEqual([
      { name: 'käse 表 😀' },
    ]);
    await rows.end();
  });

  it('refuses a database that is not empty, and says what is there', async () => {
    for (const [sql, named] of [
      ['CREATE TABLE mine (a int)', 'public.mine'],
      ['CREATE SCHEMA mine', 'schema mine'],
      ["CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'", 'function public.mine'],
      ["CREATE TYPE mine AS ENUM ('a')", 'type public.mine'],
      ['SELECT lo_create(4711)', 'large object 4711'],
    ] as const) {
      const { run, query } = await prepared();
      await query(sql);
      const { status, stderr } = await run();
      expect(status, sql).toBe(1);
      expect(stderr).toContain('is not empty');
      expect(stderr).toContain(named);
      expect(stderr).toContain('Nothing was changed.');
      expect(await query("SELECT to_regclass('public.users') AS users")).toEqual([{ users: null }]);
    }
    const { run, query } = await prepared();
    await query('CREATE EXTENSION pg_trgm; CREATE TABLE mine (a int)');
    await query('DROP TABLE mine');
    expect(await run(), 'an extension is no content').toMatchObject({ status: 0 });
    const other = await prepared();
    await other.query('CREATE TABLE mine (a int)');
    expect(await other.run({ arguments: ['--into-existing'] })).toMatchObject({ status: 0 });
  });

  it('finds damaged and missing files before it changes anything', async () => {
    for (const damage of ['cut', 'changed', 'missing'] as const) {
      const { run, archive, file, query } = await prepared();
      const path = file(archive.table('public', 'events').chunks[1]?.key ?? '');
      if (damage === 'cut') truncateSync(path, 100);
      if (damage === 'changed') writeFileSync(path, readFileSync(path).fill(0, 50, 60));
      if (damage === 'missing') rmSync(path);
      const { status, stderr } = await run();
      expect(status, damage).toBe(1);
      expect(stderr).toContain('0002-public.events.0002.copy.zst');
      expect(stderr).toContain('Nothing was changed.');
      expect(await query("SELECT to_regclass('public.users') AS users")).toEqual([{ users: null }]);
    }
  });

  it('notices a bad chunk without checksum programs and without pipefail', async () => {
    const programs = programFolder(RESTORE_PROGRAMS);
    try {
      for (const damage of ['cut', 'at a row', 'fewer rows'] as const) {
        const { run, archive, file } = await prepared();
        const path = file(archive.table('public', 'events').chunks[1]?.key ?? '');
        const whole = readFileSync(path);
        if (damage === 'cut') writeFileSync(path, whole.subarray(0, whole.length - 20));
        // Ends well and at a row's end, but the decompressor reports what follows.
        if (damage === 'at a row') writeFileSync(path, Buffer.concat([whole, Buffer.from('garbage')]));
        if (damage === 'fewer rows') writeFileSync(path, compressed(copyText([['1', 'one']])));
        const { status, stdout, stderr } = await run({
          shell: plainShell,
          environment: { PATH: programs.path },
        });
        expect(stdout).toContain('Neither sha256sum nor shasum is installed');
        expect(status, damage).toBe(1);
        expect(stderr).toContain('STOPPED: ');
        expect(stderr).toContain('0002-public.events.0002.copy.zst');
        expect(stderr).toContain('is not complete. Do not use it.');
      }
    } finally {
      programs.remove();
    }
  });

  it('stops at the first error before the rows, and names each one after them', async () => {
    const before = await prepared({
      texts: { 'pre-data': 'CREATE TABLE public.users ();\nCREATE NONSENSE;\n' },
    });
    const first = await before.run();
    expect(first.status).toBe(1);
    expect(first.stderr).toMatch(/psql:pre-data.sql:2: ERROR/);
    expect(first.stderr).toContain('is not complete. Do not use it. Drop it');
    expect(first.stdout).not.toContain('Loading rows');

    const after = await prepared({ texts: { 'post-data': 'SELECT 1/0;\nCREATE TABLE public.later ();\n' } });
    const second = await after.run();
    expect(second.status).toBe(1);
    expect(second.stderr).toContain('NOT WHOLE');
    expect(second.stderr).toContain('What could not be made, or not as it was:\n  division by zero');
    expect(await after.query("SELECT to_regclass('public.later')::text AS later")).toEqual([
      { later: 'later' },
    ]);
  });

  it('lets psql run SQL only: a command hidden in a file is refused', async () => {
    const { run } = await prepared({ texts: { 'pre-data': '\\! echo ran >&2\n' } });
    const { status, stderr } = await run();
    expect(status).toBe(1);
    expect(stderr).not.toMatch(/^ran$/m);
    expect(stderr).toContain('backslash commands are restricted');
  });

  it('never takes rows for commands, though the table that they are for cannot be had', async () => {
    const { run, archive, file } = await prepared({
      texts: { 'pre-data': 'CREATE TABLE public.other ();\n' },
    });
    const programs = programFolder(RESTORE_PROGRAMS);
    const rows = '\\! echo ran >&2\n\\.\n\\! echo ran >&2\n\\unrestrict `echo ran >&2`\n';
    for (const { chunks } of archive.manifest.tables) {
      for (const { key } of chunks) writeFileSync(file(key), compressed(Buffer.from(rows)));
    }
    try {
      const { status, stderr } = await run({ shell: plainShell, environment: { PATH: programs.path } });
      expect(status).toBe(1);
      expect(stderr).toContain('relation "public.users" does not exist');
      expect(stderr).not.toMatch(/^ran$/m);
    } finally {
      programs.remove();
    }
  });

  it('counts what is there in the end, and says what it did not compare', async () => {
    const whole = await (await prepared()).run();
    expect(whole.stdout).toContain('Compared: the checksum of each file.');
    expect(whole.stdout).toContain('Compared: the number of rows of each table.');
    expect(whole.stdout).toMatch(/Not compared: the values in the rows.*\n.*lifeboat diff daily\/shop/);

    const fewer = await prepared({
      edit: (backup) => ({
        ...backup,
        tables: backup.tables.map((table) => (table.name === 'empty' ? { ...table, rows: 1 } : table)),
      }),
    });
    const { status, stderr } = await fewer.run();
    expect(status).toBe(1);
    expect(stderr).toContain('do not hold as many rows as the backup: public.empty has 0 instead of 1.');
  });

  it('names roles and extensions that the server lacks, before it changes anything', async () => {
    const roles = await prepared({ edit: (backup) => ({ ...backup, roles: ['shop_owner', `o'"brien`] }) });
    expect((await roles.run()).stderr).toMatch(
      /STOPPED: roles .* are not on this server: "o'""brien"\..*\nNothing was changed/,
    );
    const extensions = await prepared({
      edit: (backup) => ({
        ...backup,
        extensions: [...backup.extensions, { name: "no'such", version: '1', schema: 'public' }],
      }),
    });
    expect((await extensions.run()).stderr).toMatch(/does not have the extensions .*"no'such"/);
  });

  it('creates roles and applies settings on request only', async () => {
    const role = `shop_role_${major}`;
    const { run, query, database } = await prepared({
      edit: (backup) => ({ ...backup, roles: [role] }),
      texts: {
        roles: `CREATE ROLE ${role};\n`,
        database: `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = %L', current_database(), '7MB'); END $$;\n`,
        'pre-data': `CREATE TABLE public.t (); ALTER TABLE public.t OWNER TO ${role};\n`,
        'post-data': '',
        sequences: '',
      },
      tables: [],
      largeObjects: new Map(),
    });
    expect((await run()).stderr).toContain(`not on this server: ${role}`);
    expect(await run({ arguments: ['--roles', '--database-settings'] })).toMatchObject({
      status: 0,
      stderr: '',
    });
    expect(await query('SHOW work_mem')).toEqual([{ work_mem: '7MB' }]);
    expect(database).toBeDefined();
  });

  it('notes another encoding and sort order, and refuses an older server', async () => {
    const { run } = await prepared({
      edit: (backup) => ({ ...backup, server: { ...backup.server, encoding: 'LATIN1', collate: 'de_DE' } }),
      tables: [],
    });
    const { status, stdout } = await run();
    expect(status).toBe(0);
    expect(stdout).toMatch(/encoding is LATIN1, this database's is UTF8/);
    expect(stdout).toMatch(/text sorts by de_DE in the backup, by C here/);
    const newer = await prepared({ serverMajor: major + 1 });
    expect((await newer.run()).stderr).toMatch(
      /STOPPED: this server is PostgreSQL \d+, and the backup comes from \d+.*\nNothing/,
    );
  });

  it('keeps a password out of every command line, though it was given in one', async ({ skip }) => {
    skip(!existsSync('/proc/self/cmdline'), 'there is no /proc here to see command lines by');
    const { folder, database, query } = await prepared();
    const password = `p@:ss/w%rd 'é"`;
    await query(`CREATE ROLE "o'brien" SUPERUSER LOGIN PASSWORD '${password.replaceAll("'", "''")}'`);
    const log = join(folder, 'seen');
    const programs = programFolder([], {
      psql: `tr '\\0' ' ' < /proc/$PPID/cmdline >> ${log}; echo "$@" >> ${log}; exec ${programPath('psql')} "$@"`,
    });
    const secret = encodeURIComponent(password);
    const url = `postgres://${encodeURIComponent("o'brien")}:${secret}@127.0.0.1:${server.port}/${encodeURIComponent(database)}?sslmode=disable`;
    const environment = { PATH: `${programs.path}:${PROGRAMS_PATH}` };
    try {
      const { status, stderr, stdout } = await runRestoreScript(folder, { arguments: [url], environment });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      const seen = readFileSync(log, 'utf8');
      expect(seen).toContain(`-d postgres://o'brien@127.0.0.1:${server.port}`);
      for (const text of [seen, stdout, stderr]) {
        expect(text).not.toContain(secret);
        expect(text).not.toContain(password);
      }
    } finally {
      programs.remove();
      await query(`DROP ROLE "o'brien"`).catch(() => {});
    }
  });

  it('says what is wrong with the connection or the command line', async () => {
    const { folder, run } = await prepared();
    expect(await run({ environment: { PGPORT: '1' } })).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/STOPPED: the database cannot be reached.*\nNothing was changed/),
    });
    expect(await run({ arguments: ['--what'] })).toMatchObject({ status: 2 });
    expect((await run({ arguments: ['--help'] })).stdout).toContain('sh restore.sh [options]');
    for (const target of ['host=x password=y', 'postgres://h/d?password=y']) {
      const { status, stderr } = await runRestoreScript(folder, { arguments: [target] });
      expect(status).toBe(1);
      expect(stderr).toContain('password must not be');
    }
    const none = programFolder(RESTORE_PROGRAMS.filter((name) => name !== 'zstd'));
    expect((await run({ shell: plainShell, environment: { PATH: none.path } })).stderr).toContain(
      'zstd is not installed',
    );
    none.remove();
  });

  it('says where it stands when it is interrupted', async () => {
    const { run, vault } = await prepared();
    const programs = programFolder([], { zstd: 'exec sleep 60' });
    const { status, stderr } = await run({
      environment: { PATH: `${programs.path}:${PROGRAMS_PATH}` },
      onOutput: (output, interrupt) => {
        // Again and again, as people do.
        if (output.includes('1 of 11')) interrupt();
      },
    });
    programs.remove();
    expect(status).toBe(1);
    expect(stderr).toMatch(/STOPPED: .*\n.* is not complete/);
    expect(readdirSync(vault).filter((name) => name.startsWith('lifeboat-restore'))).toEqual([]);
  });
});

it('is restored by servers that npm has for this platform', () => {
  expect([15, 18].filter((major) => npmBinaries(major as 15 | 18) === undefined)).toEqual([]);
});
