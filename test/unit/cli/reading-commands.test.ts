import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatSealedJson } from '../../../lib/engine/archive/sealed-json.ts';
import { openDirectoryStore } from '../../../lib/engine/storage/directory.ts';
import {
  FIXTURE_PLACE,
  FIXTURE_TABLES,
  type FixtureArchive,
  writeFixtureArchive,
} from '../../support/archive-fixture.ts';
import { proofOf } from '../../support/proof-of.ts';
import { lifeboat } from './command-line.ts';

let directory: string;
let vault: string[];
let archive: FixtureArchive;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-cli-'));
  vault = ['--vault', directory];
  const store = openDirectoryStore(directory);
  archive = await writeFixtureArchive(store);
  const other = { ...FIXTURE_PLACE, retentionClass: 'manual', backupId: '20261119T101500Z-k3f9aq' } as const;
  const old = await writeFixtureArchive(store, { place: other });
  const unsealed = { ...FIXTURE_PLACE, backupId: '20261118T020000Z' };
  await writeFixtureArchive(store, { place: unsealed, seal: false });
  const damaged = { ...FIXTURE_PLACE, backupId: '20261117T020000Z' };
  await writeFixtureArchive(store, { place: damaged });
  writeFileSync(join(directory, 'daily/shop/20261117T020000Z/manifest.json'), '{}');
  await store.put('manual/shop/20261119T101500Z-k3f9aq/proof.json', formatSealedJson(proofOf(old.manifest)));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('lifeboat list', () => {
  it('prints one object with stable fields', async () => {
    const { exitCode, stdout, stderr } = await lifeboat(['list', ...vault, '--json']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const listed = JSON.parse(stdout);
    expect(listed).toMatchObject({
      vault: `file://${directory}`,
      listedAt: '2026-11-20T05:00:00.000Z',
      unfinished: ['daily/shop/20261118T020000Z'],
      manifestsGone: [],
      leftovers: [
        {
          name: 'daily/shop/20261118T020000Z',
          attempt: archive.manifest.attempt,
          besideSealed: false,
          objects: 20,
          storedBytes: expect.any(Number),
        },
      ],
    });
    expect(listed.backups[0]).toEqual({
      name: 'daily/shop/20261120T020000Z',
      retentionClass: 'daily',
      source: 'shop',
      backupId: '20261120T020000Z',
      manifestKey: 'daily/shop/20261120T020000Z/manifest.json',
      scope: 'full',
      reason: null,
      snapshotAt: '2026-11-20T02:00:01.000Z',
      sealedAt: '2026-11-20T02:00:05.000Z',
      recipients: [],
      durationMs: 5000,
      serverVersion: '15.4',
      tables: archive.manifest.tables.length,
      ...archive.manifest.totals,
      problem: null,
      problemCode: null,
      storedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      momentAt: '2026-11-20T02:00:00.000Z',
      ageSeconds: expect.any(Number),
      proven: false,
      deletedAt: null,
      attempt: archive.manifest.attempt,
      // The one before it is proven, and older: nothing lets this one go.
      expiry: { state: 'kept', at: null, reason: 'nothing-newer' },
      scrub: null,
    });
    expect(
      listed.backups.map(({ backupId, proven, rows }: Record<string, unknown>) => [
        backupId,
        proven,
        rows === null,
      ]),
    ).toEqual([
      ['20261120T020000Z', false, false],
      ['20261119T101500Z-k3f9aq', true, false],
      ['20261117T020000Z', false, true],
    ]);
    expect(listed.backups[2].problem).toMatch(/is not a valid manifest/);
  });

  it('is a table for people, every column of it in a pipe', async () => {
    const { stdout } = await lifeboat(['list', ...vault]);
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(
      /^TIME \(UTC\) +AGE {2}ID +CLASS +SOURCE +ROWS +RAW +STORED {2}PROVEN +EXPIRES$/,
    );
    expect(lines[2]).toMatch(/20261119T101500Z-k3f9aq {2}manual {2}shop +[0-9,]+ .* yes +newest$/);
    expect(lines[3]).toMatch(/20261117T020000Z .* damaged +damaged$/);
    expect(stdout).toContain(`3 backups in file://${directory}, 1 proven.`);
    expect(stdout).toContain('damaged: daily/shop/20261117T020000Z/manifest.json is not a valid manifest');
    expect(stdout).toMatch(
      /^There is also 1 unfinished attempt \(\d+\.\d kB\): still running or never sealed, so no backup\.$/m,
    );
  });

  it('says which backups do not hold everything', async () => {
    const store = openDirectoryStore(directory);
    const place = (day: number) => ({ ...FIXTURE_PLACE, source: 'parts', backupId: `202611${day}T020000Z` });
    await writeFixtureArchive(store, { place: place(10) });
    await writeFixtureArchive(store, {
      place: place(11),
      edit: (backup) => ({ ...backup, scope: 'partial' }),
    });
    const { stdout } = await lifeboat(['list', '--name', 'parts', ...vault], { columns: 80 });
    expect(stdout).toMatch(/20261111T020000Z\S* +daily +\S*a part\S* /);
    expect(stdout).toMatch(/20261110T020000Z\S* +daily +all +parts/);
    rmSync(join(directory, 'daily/parts'), { recursive: true });
  });

  it('fits a terminal of 80 columns', async () => {
    const { stdout } = await lifeboat(['list', ...vault], { columns: 80, environment: { NO_COLOR: '1' } });
    const table = stdout.split('\n').slice(0, 4);
    expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(table[0]).toMatch(/^ *AGE +ID +CLASS +SOURCE +ROWS .*PROVEN +EXPIRES$/);
  });

  it('can be narrowed, and says so when there is nothing', async () => {
    const narrow = async (...options: string[]) =>
      JSON.parse((await lifeboat(['list', ...vault, '--json', ...options])).stdout).backups.length;
    expect(await narrow('--class', 'manual')).toBe(1);
    expect(await narrow('--name', 'blog')).toBe(0);
    expect((await lifeboat(['list', ...vault, '--name', 'blog'])).stdout).toBe(
      `No backup in file://${directory}.\nThere are backups of shop.\n`,
    );
    const elsewhere = join(directory, 'daily');
    expect((await lifeboat(['list', '--vault', elsewhere])).stdout).toBe(
      `No backup in file://${elsewhere}.\nIt holds something else: shop/. Check that the address and the prefix are right.\n`,
    );
  });
});

describe('lifeboat show', () => {
  it('shows everything about one backup', async () => {
    const { exitCode, stdout } = await lifeboat(['show', '20261120T020000Z', ...vault]);
    expect(exitCode).toBe(0);
    for (const part of [
      'daily/shop/20261120T020000Z',
      '2026-11-20 02:00:01 UTC, 2 h ago',
      'database shop on PostgreSQL 15.4',
      'not yet',
      'plpgsql 1.0',
      'shop_owner',
    ]) {
      expect(stdout).toContain(part);
    }
    const { digest } = archive.table('public', 'events');
    expect(stdout).toMatch(new RegExp(`^public\\.events +1,000 +\\S+ kB {2}${digest}$`, 'm'));
    expect(stdout).toMatch(/^public\.log +- +- {2}left out$/m);
    expect(stdout).toMatch(/^Left out\n {2}public\.log {2}rows: unlogged table$/m);
    // The fixture has a table whose name holds a line end: it must not make a line of its own.
    expect(stdout).toContain("\\x0a'EOF'\\x0a");
  });

  it('shows the proof', async () => {
    const { stdout } = await lifeboat(['show', '20261119T101500Z-k3f9aq', ...vault]);
    expect(stdout).toContain('proven, drill of 2026-11-19 10:16:08 UTC into PostgreSQL 18.6 (embedded)');
    const shown = JSON.parse(
      (await lifeboat(['show', '20261119T101500Z-k3f9aq', ...vault, '--json'])).stdout,
    );
    expect(shown).toMatchObject({ proven: true, proof: { verdict: 'proven', recoveryTimeMs: 4200 } });
  });

  it('knows no proof that is about another manifest, and neither does list', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'lifeboat-cli-'));
    try {
      const store = openDirectoryStore(elsewhere);
      const stale = {
        ...proofOf((await writeFixtureArchive(store)).manifest),
        manifestSha256: 'a'.repeat(64),
      };
      await store.put('daily/shop/20261120T020000Z/proof.json', formatSealedJson(stale));
      const json = ['--vault', elsewhere, '--json'];
      const shown = JSON.parse((await lifeboat(['show', 'latest', ...json])).stdout);
      expect(shown).toMatchObject({ proven: false, proof: null });
      const listed = JSON.parse((await lifeboat(['list', ...json])).stdout);
      expect(listed.backups).toMatchObject([{ proven: false }]);
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });

  it('prints the manifest itself with --json', async () => {
    const { stdout } = await lifeboat(['show', 'latest', '--class', 'daily', ...vault, '--json']);
    const shown = JSON.parse(stdout);
    expect(shown).toMatchObject({ name: 'daily/shop/20261120T020000Z', proven: false, proof: null });
    expect(shown.manifest).toEqual(archive.manifest);
  });

  it.each([
    ['what is not there', '20260101T000000Z', 4, 'backup-not-found'],
    ['what never finished', '20261118T020000Z', 4, 'backup-unfinished'],
    ['what is no name of a backup', 'yesterday', 2, 'backup-reference-invalid'],
    ['a damaged manifest', '20261117T020000Z', 5, 'manifest-invalid'],
  ])('refuses %s', async (_, reference, exitCode, code) => {
    const ran = await lifeboat(['show', reference, ...vault, '--json']);
    expect(ran.exitCode).toBe(exitCode);
    expect(JSON.parse(ran.stdout).error).toMatchObject({ code, exitCode });
  });
});

describe('lifeboat verify', () => {
  it('says that a backup is intact', async () => {
    const { exitCode, stdout } = await lifeboat(['verify', '20261120T020000Z', ...vault]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^daily\/shop\/20261120T020000Z: intact, every object is as it was written\.\n/);
    const report = JSON.parse((await lifeboat(['verify', ...vault, '--json'])).stdout);
    expect(report).toMatchObject({
      vault: `file://${directory}`,
      name: 'daily/shop/20261120T020000Z',
      verdict: 'intact',
      totals: { damaged: 0, unreadable: 0, rows: archive.manifest.totals.rows },
    });
    expect(report.items).toContainEqual({ kind: 'table', name: 'public.events', verdict: 'match' });
  });

  it('names what is damaged, and ends with 5', async () => {
    const place = { ...FIXTURE_PLACE, source: 'cut', backupId: '20261116T020000Z' };
    const cut = await writeFixtureArchive(openDirectoryStore(directory), { place });
    const [chunk] = cut.table('public', 'users').chunks;
    const path = join(directory, chunk?.key ?? '');
    truncateSync(path, readFileSync(path).length - 7);
    const { exitCode, stdout } = await lifeboat(['verify', '--name', 'cut', ...vault]);
    expect(exitCode).toBe(5);
    expect(stdout).toMatch(
      /^ {2}damaged {2}object \w{8}\/data\/0001-public.users.copy.zst has \d+ bytes, \d+ were written$/m,
    );
    expect(stdout).toMatch(/^ {2}damaged {2}table public\.users has 1 /m);
    expect(stdout).toContain('damaged, not every object is as it was written: do not rely on this backup.');
    const report = JSON.parse((await lifeboat(['verify', '--name', 'cut', ...vault, '--json'])).stdout);
    expect(report).toMatchObject({ verdict: 'damaged', totals: { damaged: 2 } });
    rmSync(join(directory, 'daily/cut'), { recursive: true });
  });

  it('is damaged without a table that is required of it, and asks which was meant', async () => {
    const required = ['--require-table', 'public.users', '--require-table', 'evnts'];
    const { exitCode, stdout } = await lifeboat(['verify', '20261120T020000Z', ...vault, ...required]);
    expect(exitCode).toBe(5);
    expect(stdout).toMatch(/^ {2}damaged {2}table evnts is required, but not in this backup/m);
    expect(stdout).toContain('did you mean public.events?');
    expect(stdout).not.toContain('table public.users');
  });

  it('warns of a volume that is not as usual, and ends with 0 all the same', async () => {
    const store = openDirectoryStore(directory);
    const place = (day: number) => ({ ...FIXTURE_PLACE, source: 'shrunk', backupId: `202611${day}T020000Z` });
    for (const day of [10, 11, 12]) await writeFixtureArchive(store, { place: place(day) });
    const tables = FIXTURE_TABLES.map((table) =>
      table.name === 'events' ? { ...table, chunks: [[]] } : table,
    );
    await writeFixtureArchive(store, { place: place(13), tables });
    const { exitCode, stdout } = await lifeboat(['verify', '--name', 'shrunk', ...vault]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ {2}warning {2}public\.events has 0 rows, but usually 1,000\.$/m);
    expect(stdout).toContain('every object is as it was written; not as usual.');
    expect(stdout).toMatch(/^ {2}usually {2}1,015 rows, /m);
    const report = JSON.parse((await lifeboat(['verify', '--name', 'shrunk', ...vault, '--json'])).stdout);
    expect(report).toMatchObject({
      verdict: 'intact',
      volume: { comparedWith: 3, lostRows: [{ name: 'public.events', rows: 0, usualRows: 1000 }] },
    });
    rmSync(join(directory, 'daily/shrunk'), { recursive: true });
  });

  it('shows its progress on a terminal, on stderr', async () => {
    const ran = await lifeboat(['verify', '20261120T020000Z', ...vault], { columns: 80 });
    expect(ran.stderr).toMatch(/verify .*objects/);
    expect(ran.stderr.endsWith('\r\u001b[K')).toBe(true);
    expect(ran.stdout).not.toContain('\r');
  });
});

it('tells a vault that is missing from one that is empty', async () => {
  const { exitCode, stdout } = await lifeboat(['list', '--vault', join(directory, 'none'), '--json']);
  expect(exitCode).toBe(4);
  expect(JSON.parse(stdout).error.code).toBe('vault-missing');
});
