import { describe, expect, it } from 'vitest';
import { lastRun, reckon } from '../../../../lambda/backup/reckoning.ts';
import { MemoryStore } from '../../../support/memory-store.ts';

const GB = 1e9;
const left = (secondsLeft: number, limit?: number) => ({ secondsLeft, limit });

describe('what a function reckons', () => {
  it.each([
    ['an empty database', 0, undefined, 840, true],
    ['30 GB at the assumed rate', 30 * GB, undefined, 840, true],
    ['40 GB, for which no margin is left', 40 * GB, undefined, 840, false],
    [
      '40 GB of a source that was read faster',
      40 * GB,
      { rawBytes: 40 * GB, durationMs: 500_000 },
      840,
      true,
    ],
    ['a source that has grown since', 80 * GB, { rawBytes: 40 * GB, durationMs: 500_000 }, 840, false],
    [
      'text that is larger than what is stored',
      10 * GB,
      { rawBytes: 60 * GB, durationMs: 900_000 },
      840,
      false,
    ],
    ['a slow source', 10 * GB, { rawBytes: 10 * GB, durationMs: 840_000 }, 840, false],
    ['a run that was too small to tell', 20 * GB, { rawBytes: 1e6, durationMs: 2000 }, 840, true],
    ['30 GB when the function began late', 30 * GB, undefined, 500, false],
  ])('%s', (_, bytes, last, seconds, fits) => {
    expect(reckon(bytes, last, left(seconds)).fits).toBe(fits);
  });

  it('keeps to the limit of the source’s settings', () => {
    expect(reckon(10 * GB, undefined, left(840, 10))).toMatchObject({ seconds: 1000, fits: false });
    expect(reckon(10 * GB, undefined, left(840))).toMatchObject({ seconds: 200, bytesPerSecond: 50e6 });
  });
});

it('nothing is known of earlier backups that are not there', async () => {
  const place = { retentionClass: 'daily', source: 'app', backupId: '20261120T020000Z' } as const;
  const store = new MemoryStore();
  expect(await lastRun(store, [place], new AbortController().signal)).toBeUndefined();
});
