import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  GIVE_UP_BEFORE_END_MS,
  STOP_BEFORE_END_MS,
  withinTime,
} from '../../../../lambda/shared/time-limit.ts';
import { LifeboatError } from '../../../../lib/engine/ground/errors.ts';

const timeUp = new LifeboatError({ code: 'backup-time-up', kind: 'interrupted', what: 'Time is up.' });
const MINUTES = 15;
const context = { getRemainingTimeInMillis: () => MINUTES * 60_000 };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('work within the time of an invocation', () => {
  it('is stopped while there is time left, and its own words give way to why', async () => {
    const outcome = withinTime(context, timeUp, (signal) => {
      return new Promise<never>((_, reject) =>
        signal.addEventListener('abort', () => reject(new Error('socket closed'))),
      );
    }).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(MINUTES * 60_000 - STOP_BEFORE_END_MS);
    expect(await outcome).toBe(timeUp);
    expect(STOP_BEFORE_END_MS).toBeGreaterThanOrEqual(20_000);
  });

  it('that does not listen is left alone, early enough to tell of it', async () => {
    const outcome = withinTime(context, timeUp, () => new Promise<never>(() => {})).catch(
      (error: unknown) => error,
    );
    await vi.advanceTimersByTimeAsync(MINUTES * 60_000 - GIVE_UP_BEFORE_END_MS);
    expect(await outcome).toBe(timeUp);
  });

  it('that ends well after it was told to stop has ended well: it was sealed', async () => {
    const outcome = withinTime(context, timeUp, (signal) => {
      return new Promise<string>((resolve) =>
        signal.addEventListener('abort', () => setTimeout(() => resolve('sealed'), 5000)),
      );
    });
    await vi.advanceTimersByTimeAsync(MINUTES * 60_000);
    expect(await outcome).toBe('sealed');
  });

  it('keeps its own failure while there is time, and leaves no timer', async () => {
    const failure = new Error('the source is gone');
    await expect(withinTime(context, timeUp, () => Promise.reject(failure))).rejects.toBe(failure);
    await withinTime(context, timeUp, async () => 1);
    expect(vi.getTimerCount()).toBe(0);
  });
});
