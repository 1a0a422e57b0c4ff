import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyInStatement } from '../../../../lib/engine/archive/copy-in-statement.ts';
import { RESTORE_SETTINGS, sessionSettings } from '../../../../lib/engine/connection/session-settings.ts';
import { writeRecoveryGuide } from '../../../../lib/engine/handover/recovery-guide.ts';
import { writeRestoreScript } from '../../../../lib/engine/handover/restore-script.ts';
import { restoreSettings } from '../../../../lib/engine/handover/restore-settings.ts';
import { type FixtureTable, sha256, writeFixtureArchive } from '../../../support/archive-fixture.ts';
import { MemoryStore } from '../../../support/memory-store.ts';

/** Any text that PostgreSQL takes as a name, biased towards what shells and SQL trip over. */
const name = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
    fc
      .array(
        fc.constantFrom(
          "'",
          '"',
          '$',
          '`',
          '\\',
          '\n',
          '\r',
          ' ',
          ';',
          '$(exit 9)',
          '%s',
          'EOF',
          '--',
          ':x',
          '|',
        ),
        {
          minLength: 1,
        },
      )
      .map((parts) => parts.join('')),
  )
  .map((text) => text.replaceAll('\0', '') || 'x');

/** Stands for psql: notes its arguments, answers as a server of 15 that takes no rows. */
const PSQL = `#!/bin/sh
for word do printf '%s\\0' "$word"; done >> "$LOG"
case $* in
  *server_version_num*) echo 150004 ;;
  *"FROM STDIN"*) cat > /dev/null; echo COPY 0 ;;
esac
`;

/** Runs the script with everything around it replaced; returns every word that psql was given. */
function wordsGivenToPsql(script: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'lifeboat-script-'));
  try {
    const program = (file: string, text: string) => writeFileSync(join(folder, file), text, { mode: 0o755 });
    program('psql', PSQL);
    program('zstd', '#!/bin/sh\n');
    program('sha256sum', '#!/bin/sh\n');
    // No files lie beside it.
    const bare = script.replace(/(<<'END_OF_FILES'\n)[\s\S]*?(END_OF_FILES\n)/, '$1$2');
    writeFileSync(join(folder, 'restore.sh'), bare);
    execFileSync('sh', [join(folder, 'restore.sh')], {
      env: { PATH: `${folder}:${process.env.PATH}`, LOG: join(folder, 'log'), TMPDIR: folder },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    return readFileSync(join(folder, 'log'), 'utf8').split('\0');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a script without files, with a psql that only notes its words; returns what it said and the databases. */
function started(script: string, argv: readonly string[], variables: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'lifeboat-script-'));
  try {
    const program = (file: string, text: string) => writeFileSync(join(folder, file), text, { mode: 0o755 });
    program('psql', PSQL);
    for (const name of ['zstd', 'sha256sum']) program(name, '#!/bin/sh\n');
    const bare = script.replace(/(<<'END_OF_FILES'\n)[\s\S]*?(END_OF_FILES\n)/, '$1$2');
    writeFileSync(join(folder, 'restore.sh'), bare);
    writeFileSync(join(folder, 'log'), '');
    const { status, stdout, stderr } = spawnSync('sh', [join(folder, 'restore.sh'), ...argv], {
      env: {
        PATH: `${folder}:${process.env.PATH}`,
        LOG: join(folder, 'log'),
        TMPDIR: folder,
        ...variables,
      },
      encoding: 'utf8',
    });
    const words = readFileSync(join(folder, 'log'), 'utf8').split('\0');
    const databases = new Set(words.flatMap((word, at) => (word === '-d' ? [words[at + 1]] : [])));
    return { status, said: `${stdout}${stderr}`, databases: [...databases], ran: words.length > 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function scriptOf(tables: readonly FixtureTable[]) {
  const { manifest } = await writeFixtureArchive(new MemoryStore(), { tables, largeObjects: new Map() });
  return { manifest, script: writeRestoreScript(manifest) };
}

// A hundred programs are started for each script.
describe('restore.sh', { timeout: 180_000 }, () => {
  it('gives psql the COPY statement of every table, whatever its name', async () => {
    const table = fc.record({
      schema: name,
      name,
      columns: fc.array(name, { maxLength: 3 }),
      chunks: fc.constant([[]]),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(table, { minLength: 10, maxLength: 10 }), async (tables) => {
        const { manifest, script } = await scriptOf(tables);
        const words = wordsGivenToPsql(script);
        const statements = manifest.tables.map((one) => copyInStatement(one, 'UTF8'));
        expect(words.filter((word) => word.startsWith('COPY '))).toEqual(statements);
      }),
      { numRuns: 8 },
    );
  });

  it('is not led astray by the names of its other parts', async () => {
    const { manifest } = await writeFixtureArchive(new MemoryStore(), {
      tables: [],
      largeObjects: new Map(),
    });
    fc.assert(
      fc.property(name, name, (one, other) => {
        const script = writeRestoreScript({
          ...manifest,
          server: { ...manifest.server, database: one, version: other, encoding: one, collate: other },
          lifeboatVersion: one,
          roles: [one, other],
          extensions: [{ name: one, version: other, schema: one }],
        });
        expect(wordsGivenToPsql(script).length).toBeGreaterThan(10);
      }),
      { numRuns: 15 },
    );
  });

  it('refuses a key that a shell could read otherwise', async () => {
    const { manifest } = await writeFixtureArchive(new MemoryStore());
    const [first, ...others] = manifest.objects;
    const renamed = (key: string) => ({
      ...manifest,
      objects: [{ ...first, key }, ...others] as typeof manifest.objects,
    });
    for (const key of [`${first?.key} x`, `${first?.key}$x`, 'daily/shop/roles.sql', `${first?.key}\nx`]) {
      expect(() => writeRestoreScript(renamed(key))).toThrow('cannot be named in a script');
    }
  });

  it('lists the checksum of every other object', async () => {
    const { manifest, script } = await scriptOf([]);
    for (const { purpose, sha256 } of manifest.objects) {
      if (purpose !== 'recovery-guide' && purpose !== 'restore-script')
        expect(script).toContain(`${sha256}  `);
    }
    expect(sha256(Buffer.from(script))).toBe(sha256(Buffer.from(writeRestoreScript(manifest))));
  });
});

describe('the settings of a restore', () => {
  it.each([13, 14, 15, 16, 17, 18])(
    'are those of every session of ours on PostgreSQL %i, and nothing it does not know',
    (major) => {
      const set = restoreSettings('UTF8')
        .filter(({ sinceMajor }) => sinceMajor <= major)
        .flatMap(({ statements }) => statements);
      expect(set).toEqual(expect.arrayContaining(sessionSettings(major)));
      const others = set.filter((one) => !sessionSettings(major).includes(one));
      expect(others).toEqual([...RESTORE_SETTINGS, "SET client_encoding = 'UTF8'"]);
    },
  );
});

describe('the database of restore.sh', () => {
  const LIFEBOAT_TARGET_URL = 'postgres://app@variable/one';

  it.each(['postgres://app@argument/two', 'postgres://app:word@argument/two'])(
    'is the argument %s, whatever the variables say',
    async (argument) => {
      const { script } = await scriptOf([]);
      const databases = ['postgres://app@argument/two'];
      for (const variables of [{}, { LIFEBOAT_TARGET_URL }, { LIFEBOAT_TARGET_URL, PGDATABASE: 'three' }]) {
        expect(started(script, [argument], variables)).toMatchObject({ databases, ran: true });
      }
    },
  );

  it('is what the variables name, if they name one', async () => {
    const { script } = await scriptOf([]);
    const held = started(script, [], { LIFEBOAT_TARGET_URL });
    expect(held).toMatchObject({ databases: [LIFEBOAT_TARGET_URL], ran: true });
    expect(started(script, [], { PGDATABASE: 'three' })).toMatchObject({ databases: [], ran: true });
  });

  it.each(['PGDATABASE', 'PGSERVICE', 'PGHOST', 'PGHOSTADDR'])(
    'is not guessed from LIFEBOAT_TARGET_URL and %s',
    async (variable) => {
      const { script } = await scriptOf([]);
      const refused = started(script, ['--roles'], { LIFEBOAT_TARGET_URL, [variable]: 'x' });
      expect(refused).toMatchObject({ status: 2, ran: false });
      expect(refused.said).toContain(`LIFEBOAT_TARGET_URL and ${variable} are both set`);
    },
  );

  it('is given once', async () => {
    const { script } = await scriptOf([]);
    const refused = started(script, ['postgres://a/b', 'postgres://a/c']);
    expect(refused).toMatchObject({ status: 2, ran: false });
    expect(refused.said).toContain('more than one database was given');
  });

  it('is explained by the usage text and by the guide', async () => {
    const { manifest, script } = await scriptOf([]);
    expect(started(script, ['--help']).said).toContain('LIFEBOAT_TARGET_URL');
    expect(writeRecoveryGuide(manifest, { vaultUrl: 's3://vault' })).toContain('unset LIFEBOAT_TARGET_URL');
  });
});

it.each(['AGE-SECRET-KEY-1QPZRY9X8', 'AGE-SECRET-KEY-PQ-1QPZRY9X8', 'age-secret-key-1qpzry9x8'])(
  'restore.sh never repeats the key %s',
  async (key) => {
    const { script } = await scriptOf([]);
    for (const [argv, variables] of [
      [['--identity', key], {}],
      [[`--identity=${key}`], {}],
      [[`--identty=${key}`], {}],
      [[key], {}],
      [['--from', key], {}],
      [[], { AGE_IDENTITY_FILE: key }],
    ] as const) {
      const refused = started(script, argv, variables);
      expect(refused).toMatchObject({ status: 2, ran: false });
      expect(refused.said).toContain('give the file, not the key itself');
      expect(refused.said.toLowerCase()).not.toContain('qpzry9x8');
    }
  },
);
