import { mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDirectoryStore } from '../../../lib/engine/storage/directory.ts';
import { FIXTURE_PLACE, type FixtureArchive, writeFixtureArchive } from '../../support/archive-fixture.ts';
import { lifeboat } from './command-line.ts';

let directory: string;
let archive: FixtureArchive;
const DAY = 86_400_000;
const sealedAt = new Date('2026-11-20T02:00:00Z');

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-cli-'));
  archive = await writeFixtureArchive(openDirectoryStore(directory));
  utimesSync(join(directory, 'daily/shop', FIXTURE_PLACE.backupId, 'manifest.json'), sealedAt, sealedAt);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const list = (days: number, ...options: string[]) =>
  lifeboat(['list', '--vault', directory, ...options], {
    now: () => new Date(sealedAt.getTime() + days * DAY),
    columns: 200,
  });

describe('lifeboat list, of a backup that lacks an object', () => {
  beforeEach(() => rmSync(join(directory, archive.manifest.tables[0]?.chunks[0]?.key ?? '')));

  it('says so in the days after it was sealed', async () => {
    const { exitCode, stdout: painted } = await list(1);
    const stdout = stripVTControlCharacters(painted);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/shop .* incomplete$/m);
    expect(stdout.replace(/\s+/g, ' ')).toMatch(
      /incomplete: daily\/shop\/20261120T020000Z lacks 1 of \d+ objects: daily\/shop\/20261120T020000Z\/k3f9aqxz\/data\/0001-public\.users/,
    );
    const [backup] = JSON.parse((await list(1, '--json')).stdout).backups;
    expect(backup).toMatchObject({ problemCode: 'backup-incomplete', rows: archive.manifest.totals.rows });
  });

  it.each([
    ['query', 'latest', 'SELECT * FROM public.users'],
    ['drill', 'latest'],
  ])('%s refuses it as damaged, and says what to do', async (...argv) => {
    const { exitCode, stdout, stderr } = await lifeboat([...argv, '--vault', directory]);
    expect(exitCode).toBe(5);
    const said = `${stdout}${stderr}`.replace(/\s+/g, ' ');
    expect(said).toMatch(/0001-public\.users\.copy\.zst is missing/);
    expect(said).toContain('Use another backup');
    expect(said).not.toContain('object-missing');
  });

  it('does not look later, for that costs requests: verify says it', async () => {
    const [backup] = JSON.parse((await list(3, '--json')).stdout).backups;
    expect(backup).toMatchObject({ problem: null, problemCode: null });
  });
});

it('lifeboat list finds nothing wrong with a whole backup', async () => {
  const [backup] = JSON.parse((await list(1, '--json')).stdout).backups;
  expect(backup).toMatchObject({ problem: null, problemCode: null, proven: false });
});
