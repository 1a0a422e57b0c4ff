import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyInStatement } from '../../../../lib/engine/archive/copy-in-statement.ts';
import { RESTORE_SETTINGS, sessionSettings } from '../../../../lib/engine/connection/session-settings.ts';
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
