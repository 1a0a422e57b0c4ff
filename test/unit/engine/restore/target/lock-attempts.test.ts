import { expect, it } from 'vitest';
import { pauseAfter } from '../../../../../lib/engine/restore/target/lock-attempts.ts';

it('pauses longer and longer between attempts, at most ten seconds, and never twice alike', () => {
  const longest = [1, 2, 3, 4, 5, 6, 60].map((attempt) => pauseAfter(attempt, () => 1));
  expect(longest).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  expect(pauseAfter(3, () => 0)).toBe(1000);
});
