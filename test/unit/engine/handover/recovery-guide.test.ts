import { describe, expect, it } from 'vitest';
import { code, plainWords } from '../../../../lib/engine/ground/markdown.ts';
import { writeRecoveryGuide } from '../../../../lib/engine/handover/recovery-guide.ts';
import type { UnsealedBackup } from '../../../../lib/engine/handover/unsealed-backup.ts';
import { writeFixtureArchive } from '../../../support/archive-fixture.ts';
import { MemoryStore } from '../../../support/memory-store.ts';

const { manifest } = await writeFixtureArchive(new MemoryStore());
const guide = (changes: Partial<UnsealedBackup> = {}, vaultUrl = 's3://vault/lifeboat') =>
  writeRecoveryGuide({ ...manifest, ...changes }, { vaultUrl });

describe('RECOVERY.md', () => {
  it('says what it is, from when, and how to fetch it', () => {
    const page = guide({ reason: 'before *migration* 005' });
    expect(page).toContain('backup of the PostgreSQL database `shop`');
    expect(page).toContain('**2026-11-20T02:00:01.000Z**');
    expect(page).toContain('before \\*migration\\* 005');
    expect(page).toContain(
      "aws s3 cp --recursive 's3://vault/lifeboat/daily/shop/20261120T020000Z/' lifeboat-restore/",
    );
    expect(page).toContain('cd lifeboat-restore/k3f9aqxz');
    expect(page).toContain(
      `CREATE DATABASE "shop" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';`,
    );
    expect(guide({}, 'file:///var/my%20vault')).toContain(
      "cp -R '/var/my vault/daily/shop/20261120T020000Z/' lifeboat-restore",
    );
  });

  it('lists every table with its rows, one line each, whatever its name', () => {
    const page = guide();
    const lines = page.slice(page.indexOf('## What is inside')).split('\n');
    const rows = lines.filter((line) => /^\| /.test(line)).slice(2, 2 + manifest.tables.length);
    expect(rows).toHaveLength(manifest.tables.length);
    for (const row of rows) expect(row.split(/(?<!\\)\|/)).toHaveLength(6);
    expect(page).toContain('| `public.users` | 5 | 140 B | `data/0001-public.users.copy.zst` |');
    expect(page).toContain(
      '| `public.events` | 1000 | 13.8 kB | `data/0002-public.events.0001.copy.zst` and 2 more |',
    );
    expect(page).toContain('| `public.log` | left out: unlogged |');
  });

  it('says what was left out and which passwords to put back', () => {
    const page = guide({
      leftOut: [{ name: 'auth|users', what: 'table', reason: 'belongs to the <host>' }],
      placeholders: [{ name: 'user mapping of app on billing', placeholder: 'lifeboat-placeholder-1' }],
    });
    expect(page).toContain('| `auth\\|users` | table | belongs to the \\<host\\> |');
    expect(page).toContain('| user mapping of app on billing | `lifeboat-placeholder-1` |');
    expect(guide({ leftOut: [] })).not.toContain('What is not inside');
    expect(guide()).not.toContain('Passwords to put back');
  });

  it('does not speak of what a backup does not have', () => {
    const page = guide({
      scope: 'schema-only',
      roles: [],
      tables: manifest.tables.map((table) => ({ ...table, dataLeftOut: 'the schema only', chunks: [] })),
    });
    expect(page).toContain('**the schema only: no rows**');
    expect(page).not.toContain('One table only');
    expect(page).not.toContain('If a table refuses its rows\n');
    expect(page).not.toContain('--roles\n');
    expect(page).not.toMatch(/undefined|NaN|\[object/);
  });
});

describe('names in Markdown', () => {
  it('stay in their code span, cell and line', () => {
    expect(code('plain')).toBe('`plain`');
    expect(code('a`b``c')).toBe('```a`b``c```');
    expect(code('`tick`')).toBe('`` `tick` ``');
    expect(code('a|b\nc')).toBe('`a\\|b\\u{a}c`');
    expect(plainWords('<b>*x*</b> [a](b) `c`')).toBe('\\<b\\>\\*x\\*\\</b\\> \\[a\\](b) \\`c\\`');
  });
});
