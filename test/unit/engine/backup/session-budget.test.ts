import { describe, expect, it } from 'vitest';
import { copySessions, jobsFor } from '../../../../lib/engine/backup/session-budget.ts';

const MIB = 1024 * 1024;
const work = (megabytes: number, tasks: number, mayShare = false) => ({
  expectedBytes: megabytes * MIB,
  tasks: Array.from({ length: tasks }, () => ({ mayShare })),
});

describe('sessions that are worth opening', () => {
  it.each([
    ['an empty database', 0, 0, 1],
    ['a small one', 10, 3, 1],
    ['one of some size', 17, 3, 2],
    ['a large one', 2000, 3, 4],
    ['many small tables', 10, 100, 4],
    ['some small tables', 1, 17, 2],
  ])('of %s', (_, megabytes, tasks, sessions) => {
    expect(jobsFor(work(megabytes, tasks))).toBe(sessions);
  });

  it('are fewer for small tables that are read many with one message', () => {
    expect(jobsFor(work(1, 375))).toBe(4);
    expect(jobsFor(work(1, 375, true))).toBe(2);
    expect(jobsFor(work(1, 10_000, true))).toBe(4);
  });
});

describe('sessions that may copy', () => {
  const serverWith = (free: number) => async () => [{ free }];

  it.each([
    [100, undefined, 4],
    [100, 8, 8],
    [9, 8, 2],
    [3, 4, 1],
    [0, 1, 1],
  ])('are with %i free connections and %s asked for: %i', async (free, asked, allowed) => {
    expect(await copySessions(serverWith(free), asked)).toBe(allowed);
  });
});
