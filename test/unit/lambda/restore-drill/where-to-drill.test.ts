import { expect, it } from 'vitest';
import { skippedHere } from '../../../../lambda/restore-drill/hand-over.ts';
import { whyNotHere } from '../../../../lambda/restore-drill/where-to-drill.ts';
import type { DrillReport } from '../../../../lib/engine/archive/drill-report.ts';
import type { Manifest } from '../../../../lib/engine/archive/manifest.ts';

const GB = 1_000_000_000;

interface Asked {
  readonly rows?: number;
  readonly gigabytes?: number;
  readonly extensions?: readonly string[];
  readonly version?: number;
  readonly encoding?: string;
}

function manifest({
  rows = 1000,
  gigabytes = 0.1,
  extensions = [],
  version = 170_012,
  encoding = 'UTF8',
}: Asked): Manifest {
  const rawBytes = gigabytes * GB;
  return {
    totals: { rows, rawBytes },
    tables: [{ rows, rawBytes }],
    largeObjects: { rawBytes: 0 },
    extensions: extensions.map((name) => ({ name, version: '1' })),
    server: { versionNumber: version, encoding },
  } as unknown as Manifest;
}

const ROOM = { freeBytes: 10 * GB, remainingMs: 14 * 60_000 };

it.each([
  ['a small one', {}, ROOM, []],
  ['one with pgvector and citext', { extensions: ['plpgsql', 'vector', 'citext'] }, ROOM, []],
  ['one that is too large for the disk', { gigabytes: 7 }, ROOM, ['disk']],
  ['a small one on a small disk', { gigabytes: 0.5 }, { ...ROOM, freeBytes: GB / 2 }, ['disk']],
  [
    'one with too many rows for the time',
    { rows: 120_000_000, gigabytes: 1 },
    { ...ROOM, freeBytes: 20 * GB },
    ['minutes'],
  ],
  ['a small one at the end of the time', { gigabytes: 1 }, { ...ROOM, remainingMs: 60_000 }, ['minutes']],
  ['one with PostGIS', { extensions: ['postgis'] }, ROOM, ['no postgis']],
  ['one of a newer major', { version: 190_000 }, ROOM, ['PostgreSQL 19']],
  ['one in SQL_ASCII', { encoding: 'SQL_ASCII' }, ROOM, ['SQL_ASCII']],
  [
    'one with all of it',
    { gigabytes: 100, rows: 1e9, extensions: ['postgis', 'timescaledb'], version: 190_000 },
    ROOM,
    ['disk', 'minutes', 'no postgis, timescaledb', 'PostgreSQL 19'],
  ],
] as const)('decides about %s', (_, asked, room, reasons) => {
  const why = whyNotHere(manifest(asked), room);
  expect(why).toHaveLength(reasons.length);
  for (const [index, part] of reasons.entries()) expect(why[index]).toContain(part);
});

it('hands over what was skipped, but for rows that no backup has', () => {
  const item = { kind: 'table', name: 'public.a' } as const;
  const report = {
    items: [
      { ...item, verdict: 'match' },
      { ...item, verdict: 'skipped', reason: 'its rows are not in the backup: excluded' },
      { ...item, verdict: 'skipped', reason: 'text sorts differently here' },
    ],
  } as unknown as DrillReport;
  expect(skippedHere(report)).toEqual(['table public.a: text sorts differently here']);
});
