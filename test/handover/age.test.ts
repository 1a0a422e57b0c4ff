import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkRecipients, type Recipients } from '../../lib/engine/age/recipients.ts';
import { attemptPrefix } from '../../lib/engine/archive/keys.ts';
import type { Manifest } from '../../lib/engine/archive/manifest.ts';
import { openDirectoryStore } from '../../lib/engine/storage/directory.ts';
import { hashOf, SMALL_COMPANY } from '../integration/restore/restore-world.ts';
import {
  FIXTURE_ATTEMPT,
  FIXTURE_PLACE,
  type FixtureArchive,
  writeFixtureArchive,
} from '../support/archive-fixture.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
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
import { takeBackup, testVault } from '../support/vaults.ts';

const run = promisify(execFile);
const missing = missingPrograms('restore.sh of an encrypted backup', ['psql', 'zstd', 'sha256sum', 'age']);

describe.skipIf(missing.length > 0)('restore.sh of an encrypted backup', () => {
  let server: PostgresServer;
  let directory: string;
  let folder: string;
  let archive: FixtureArchive;
  let recipients: Recipients;
  let keyFile: string;
  let databases = 0;

  beforeAll(async () => {
    server = await startPostgres({ major: 17, settings: { wal_level: 'logical' } });
    await server.run('CREATE ROLE shop_owner; CREATE ROLE company_app; CREATE ROLE company_owner');
    directory = mkdtempSync(join(tmpdir(), 'lifeboat-age-script-'));
    const identity = await generateIdentity();
    keyFile = join(directory, "the key's file.txt");
    writeFileSync(keyFile, `# made by a test\n${identity}\n`);
    writeFileSync(join(directory, 'other.txt'), `${await generateIdentity()}\n`);
    recipients = await checkRecipients([await identityToRecipient(identity)]);
    archive = await writeFixtureArchive(openDirectoryStore(join(directory, 'vault'), { create: true }), {
      recipients,
    });
    folder = join(directory, 'vault', attemptPrefix(FIXTURE_PLACE, FIXTURE_ATTEMPT));
  });
  afterAll(async () => {
    await server?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  async function emptyDatabase(): Promise<string> {
    databases += 1;
    await server.run(`CREATE DATABASE copy_${databases}`);
    return `copy_${databases}`;
  }
  async function restore({ environment, ...options }: RunOptions = {}) {
    const database = await emptyDatabase();
    const ended = await runRestoreScript(folder, {
      environment: { ...psqlEnvironment(server, database), TMPDIR: directory, ...environment },
      ...options,
    });
    const left = readdirSync(directory).filter((name) => name.startsWith('lifeboat-restore'));
    const tables = await rowsOf(
      database,
      "SELECT count(*)::int AS n FROM pg_class WHERE relnamespace = 'public'::regnamespace",
    );
    return { ...ended, database, left, isEmpty: tables[0]?.n === 0 };
  }
  async function rowsOf(database: string, sql: string) {
    const client = await server.connect(database);
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }

  it.for(['dash', 'bash', 'busybox'])(
    'brings everything back in %s, with age, zstd and psql alone',
    async (shell, { skip }) => {
      skip(programPath(shell) === undefined, `${shell} is not installed here`);
      const busybox = shell === 'busybox' ? programFolder([], { sh: 'exec busybox sh "$@"' }) : undefined;
      const { status, stdout, stderr, left, database } = await restore({
        shell: busybox ? join(busybox.path, 'sh') : shell,
        arguments: ['--identity', keyFile],
      });
      busybox?.remove();
      expect({ status, stderr, left }).toEqual({ status: 0, stderr: '', left: [] });
      expect(stdout).toContain(`Restored into ${database}: 1015 rows of 8 tables.`);
      expect(
        await rowsOf(
          database,
          'SELECT count(*)::int AS n, sum(id)::int AS s, count(DISTINCT payload)::int AS d FROM events',
        ),
      ).toEqual([{ n: 1000, s: 500500, d: 1000 }]);
      expect(await rowsOf(database, 'SELECT lo_get(16402) AS content')).toEqual([
        { content: Buffer.from([0, 1, 2, 0xff]) },
      ]);
    },
  );

  it('takes the identity from the environment, by a name from where it was started', async () => {
    const target = new URL(server.url(await emptyDatabase()));
    // A password in the URL makes the script start itself once more.
    const { status, stderr } = await runRestoreScript(folder, {
      arguments: [target.href],
      directory,
      environment: { AGE_IDENTITY_FILE: "the key's file.txt" },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('says what it needs before it touches the database', async () => {
    const without = await restore();
    expect(without).toMatchObject({ status: 1, isEmpty: true, left: [] });
    expect(without.stderr).toContain(`  ${recipients[0]}\n`);
    expect(without.stderr).toContain('--identity key.txt, or AGE_IDENTITY_FILE=key.txt');

    const noAge = programFolder([...RESTORE_PROGRAMS, 'mktemp', 'sha256sum']);
    const uninstalled = await restore({
      arguments: ['--identity', keyFile],
      environment: { PATH: noAge.path },
    });
    noAge.remove();
    expect(uninstalled).toMatchObject({ status: 1, isEmpty: true });
    expect(uninstalled.stderr).toContain('age is not installed. Debian and Ubuntu: apt install age');

    const absent = await restore({ arguments: ['--identity', join(directory, 'absent.txt')] });
    expect(absent).toMatchObject({ status: 1, isEmpty: true });
    expect(absent.stderr).toContain('absent.txt cannot be read');

    const nameless = await restore({ arguments: ['--identity'] });
    expect(nameless).toMatchObject({ status: 2, isEmpty: true });
  });

  it('stops at the wrong identity while the database is still empty', async () => {
    const wrong = await restore({ arguments: ['--identity', join(directory, 'other.txt')] });
    expect(wrong).toMatchObject({ status: 1, isEmpty: true, left: [] });
    expect(wrong.stderr).toContain('no identity matched');
    expect(wrong.stderr).toMatch(/STOPPED: \S+\.sql\.age could not be decrypted with \S+other\.txt/);
    expect(wrong.stderr).toContain('Nothing was changed.');
  });

  it('stops at a chunk that age does not open to its end, even without checksums', async () => {
    const [chunk] = archive.table('public', 'events').chunks;
    const path = join(directory, 'vault', chunk?.key ?? '');
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, -1));
    const programs = programFolder([...RESTORE_PROGRAMS, 'mktemp', 'age']);
    const { status, stderr } = await restore({
      arguments: ['--identity', keyFile],
      environment: { PATH: programs.path },
      shell: programPath('dash') ?? 'sh',
    });
    programs.remove();
    writeFileSync(path, whole);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /STOPPED: data\/\S+\.copy\.zst\.age could not be decrypted and decompressed completely/,
    );
  });

  it('brings a real database back, row for row', async () => {
    const vault = await testVault();
    await server.run('CREATE DATABASE company');
    await server.run(SMALL_COMPANY, 'company');
    const { place, manifest } = await takeBackup(server.url('company'), vault, { recipients });
    const again = await emptyDatabase();
    const { status, stderr } = await runRestoreScript(
      join(vault.directory, attemptPrefix(place, manifest.attempt)),
      {
        environment: { ...psqlEnvironment(server, again), AGE_IDENTITY_FILE: keyFile },
      },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const restored = await takeBackup(server.url(again), vault);
    const contents = ({ tables, sequences }: Manifest) => [
      tables
        // Which hash partition holds which enum value differs from database to database.
        .filter(({ name }) => !name.startsWith('hashed_'))
        .map(({ schema, name, rows, digest }) => ({ schema, name, rows, digest })),
      sequences,
    ];
    expect(contents(restored.manifest)).toEqual(contents(manifest));
    const plain = vault
      .files()
      .filter((file) => file.includes(manifest.attempt) && !file.endsWith('.age'))
      .map((file) => file.replace(/^.*\//, ''));
    expect(plain.sort()).toEqual(['RECOVERY.md', 'restore.sh']);
    vault.remove();
  });

  describe('and the commands in RECOVERY.md', () => {
    const sh = (script: string, database = 'postgres') =>
      run('sh', ['-euc', script.replaceAll(/(?:\/path\/to\/)?\bkey\.txt/g, 'key.txt')], {
        cwd: folder,
        env: { PATH: PROGRAMS_PATH, ...psqlEnvironment(server, database) },
      });
    const blocks = (heading: string) => {
      const page = readFileSync(join(folder, 'RECOVERY.md'), 'utf8');
      const section = page.slice(page.indexOf(heading));
      const end = section.indexOf('\n## ');
      return [...section.slice(0, end === -1 ? undefined : end).matchAll(/```\w+\n([\s\S]*?)```/g)].map(
        ([, text]) => text ?? '',
      );
    };
    beforeAll(() => writeFileSync(join(folder, 'key.txt'), readFileSync(keyFile)));
    afterAll(() => rmSync(join(folder, 'key.txt')));

    it('open an object by hand', async () => {
      const [keys = '', open = ''] = blocks('## The secret key');
      expect(keys).toBe(`${recipients[0]}\n`);
      const { stdout } = await sh(open);
      expect(stdout).toContain('CREATE TABLE public.users');
      expect(stdout).toContain('1\tAda\t1815-12-10');
    });

    it('restore everything, one table, and read rows that a table refuses', async () => {
      const [, , whole = ''] = blocks('## Restore everything');
      const database = await emptyDatabase();
      const command = whole.split('\n').find((line) => line.startsWith('sh restore.sh'));
      expect((await sh(command?.replace(' --roles', '') ?? '', database)).stdout).toContain(
        '1015 rows of 8 tables',
      );

      const one = await emptyDatabase();
      await server.run('CREATE TABLE public.events (id bigint, payload text)', one);
      const [load = ''] = blocks('## One table only');
      expect((await sh(load, one)).stdout.trim().split('\n').at(-1)).toBe('COPY 1000');
      expect(await hashOf(server, one, 'events')).toBe(await hashOf(server, database, 'events'));

      const [, , read = ''] = blocks('## If a table refuses its rows');
      expect((await sh(read)).stdout.split('\n')).toHaveLength(11);
    });
  });
});
