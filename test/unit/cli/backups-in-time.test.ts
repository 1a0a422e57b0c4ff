import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDirectoryStore } from '../../../lib/engine/storage/directory.ts';
import { FIXTURE_PLACE, writeFixtureArchive } from '../../support/archive-fixture.ts';
import { lifeboat } from './command-line.ts';

let directory: string;
const TIMES = [
  '2026-11-15T02:00:07Z',
  '2026-11-16T02:00:07Z',
  '2026-11-19T02:00:07Z',
  '2026-11-19T22:30:00Z',
];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-time-'));
  const store = openDirectoryStore(directory);
  for (const takenAt of TIMES) {
    const backupId = `${takenAt.slice(0, 17).replaceAll(/[-:]/g, '')}00Z`;
    await writeFixtureArchive(store, {
      place: { ...FIXTURE_PLACE, backupId },
      edit: (backup) => ({ ...backup, snapshot: { ...backup.snapshot, takenAt } }),
    });
  }
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const ask = (...argv: string[]) =>
  lifeboat([...argv, '--vault', directory], { environment: { TZ: 'Europe/Berlin' } });

describe('a command that takes a backup', () => {
  it.each([
    ['--before', 'yesterday', '20261116T020000Z'],
    ['--before', '2026-11-19 03:00', '20261116T020000Z'],
    ['--before', '2026-11-19T03:00Z', '20261119T020000Z'],
    ['--at', '4 days ago', '20261116T020000Z'],
    ['--at', 'today 00:00', '20261119T223000Z'],
    ['--since', '3 weeks ago', '20261119T223000Z'],
  ])('with %s %s takes %s', async (option, time, backupId) => {
    const { exitCode, stdout, stderr } = await ask('show', 'latest', '--json', option, time);
    expect(stderr).toContain(backupId);
    expect({ exitCode, backupId: JSON.parse(stdout).backupId }).toEqual({ exitCode: 0, backupId });
  });

  it('says in both zones which it took, what lies between, and which is next', async () => {
    const { stderr } = await ask('verify', '--at', '2026-11-18 12:00');
    expect(stderr).toBe(
      '--at is 2026-11-18 11:00:00 UTC (12:00:00 in Europe/Berlin). The backup is daily/shop/20261116T020000Z, and its rows show 2026-11-16 02:00:07 UTC (03:00:07 in Europe/Berlin). It does not hold what was written in the 57 h 00 min between them. The next full backup, daily/shop/20261119T020000Z, shows 2026-11-19 02:00:07 UTC (03:00:07 in Europe/Berlin).\n',
    );
  });
});

describe('lifeboat list', () => {
  const idsOf = async (...argv: string[]) => {
    const { stdout } = await ask('list', '--json', ...argv);
    return JSON.parse(stdout).backups.map(({ backupId }: { backupId: string }) => backupId);
  };

  it('lists what a time, or a limit, asks for', async () => {
    expect(await idsOf('--since', 'yesterday')).toEqual(['20261119T223000Z', '20261119T020000Z']);
    // Half past ten in the evening in UTC is yesterday's, but of Berlin's.
    expect(await idsOf('--since', '2026-11-16', '--before', '2026-11-19 03:00:07')).toEqual([
      '20261116T020000Z',
    ]);
    expect(await idsOf('--at', '2026-11-18')).toEqual(['20261119T020000Z', '20261116T020000Z']);
    expect(await idsOf('--limit', '2')).toEqual(['20261119T223000Z', '20261119T020000Z']);
    expect(await idsOf('--limit', '1', '--before', 'yesterday')).toEqual(['20261116T020000Z']);
  });

  it('shows both clocks, and says how a time was read', async () => {
    const { stdout } = await ask('list', '--since', 'yesterday');
    expect(stdout).toMatch(/SHOWS \(UTC\) +\(Europe\/Berlin\)/);
    expect(stdout).toMatch(/2026-11-19 22:30:00 +2026-11-19 23:30 /);
    expect(stdout).toContain(
      'Asked for: since 2026-11-18 23:00:00 UTC (2026-11-19 00:00:00 in Europe/Berlin).',
    );
  });

  it('says what there is if there is nothing of that time', async () => {
    const { stdout } = await ask('list', '--since', '2026-11-17', '--before', '2026-11-18');
    expect(stdout).toContain(
      'has 4 backups of other times: the newest is daily/shop/20261119T223000Z, the oldest daily/shop/20261115T020000Z.',
    );
  });

  it('draws the days, with what is missing', async () => {
    const { stdout } = await ask('list', '--timeline');
    expect(stdout.split('\n')).toEqual([
      'shop',
      '                0     6     12    18',
      '2026-11-20 Fri |........................| no backup',
      '2026-11-19 Thu |...o...................o| 03:00 o 20261119T020000Z daily',
      '                                          23:30 o 20261119T223000Z daily',
      '2026-11-18 Wed |........................| no backup',
      '2026-11-17 Tue |........................| no backup',
      '2026-11-16 Mon |...o....................| 03:00 o 20261116T020000Z daily',
      '2026-11-15 Sun |...o....................| 03:00 o 20261115T020000Z daily',
      '',
      'o not proven',
      "A time is the moment that a backup's rows show, on the clocks of Europe/Berlin. Ids are in UTC.",
      '',
    ]);
    const later = await lifeboat(['list', '--timeline', '--vault', directory], {
      environment: { TZ: 'UTC' },
      now: () => new Date('2026-11-25T05:00:00Z'),
    });
    expect(later.stdout).toContain('6 days without a backup, 2026-11-20 Fri to 2026-11-25 Wed');
  });
});
