import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatSealedJson } from '../../../lib/engine/archive/sealed-json.ts';
import { openDirectoryStore } from '../../../lib/engine/storage/directory.ts';
import { FIXTURE_PLACE, type FixtureArchive, writeFixtureArchive } from '../../support/archive-fixture.ts';
import { proofOf } from '../../support/proof-of.ts';
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
    expect(stdout).toMatch(/shop .* incomplete +not proven$/m);
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

  it('does not call it proven, though a drill has proven it before', async () => {
    const proof = join(directory, 'daily/shop', FIXTURE_PLACE.backupId, 'proof.json');
    writeFileSync(proof, formatSealedJson(proofOf(archive.manifest)));
    expect(JSON.parse((await list(1, '--json')).stdout).backups).toMatchObject([{ proven: false }]);
    expect((await list(1)).stdout).toContain(', 0 proven.');
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

describe('lifeboat list, of a backup whose date in the vault is not its own', () => {
  it('counts a copied one from its own time, and keeps when it was stored', async () => {
    const copiedAt = new Date(sealedAt.getTime() + 5 * DAY);
    utimesSync(join(directory, 'daily/shop', FIXTURE_PLACE.backupId, 'manifest.json'), copiedAt, copiedAt);
    const [backup] = JSON.parse((await list(6, '--json')).stdout).backups;
    expect(backup).toMatchObject({
      storedAt: copiedAt.toISOString(),
      momentAt: '2026-11-20T02:00:00.000Z',
      ageSeconds: (6 * DAY) / 1000,
    });
    const { stdout } = await list(6);
    expect(stripVTControlCharacters(stdout)).toMatch(/^2026-11-20 02:00\S* +6 d /m);
    expect(stdout).not.toContain('wrong clock');
  });

  it('says that an id is later than its manifest', async () => {
    const place = { ...FIXTURE_PLACE, backupId: '20990101T020000Z' };
    await writeFixtureArchive(openDirectoryStore(directory), { place });
    utimesSync(join(directory, 'daily/shop', place.backupId, 'manifest.json'), sealedAt, sealedAt);
    const { stdout } = await list(1);
    expect(stripVTControlCharacters(stdout).replace(/\s+/g, ' ')).toContain(
      'wrong clock: the id of daily/shop/20990101T020000Z is later than its manifest. It counts from 2026-11-20 02:00:00 UTC',
    );
    const { backups } = JSON.parse((await list(1, '--json')).stdout);
    expect(backups[0]).toMatchObject({ ageSeconds: DAY / 1000, momentAt: sealedAt.toISOString() });
  });
});
