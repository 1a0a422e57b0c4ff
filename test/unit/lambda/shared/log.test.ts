import { afterEach, expect, it, vi } from 'vitest';
import { logger, logObserver } from '../../../../lambda/shared/log.ts';

afterEach(() => void vi.restoreAllMocks());

it('shows progress every half a minute, however often it is told', () => {
  const log = vi.spyOn(logger, 'info').mockImplementation(() => {});
  let nowMs = 0;
  const observer = logObserver(() => nowMs);
  for (; nowMs <= 90_000; nowMs += 100) {
    observer.onProgress?.({ phase: 'copy', tablesDone: 1, tablesTotal: 2, rawBytes: nowMs });
  }
  expect(log.mock.calls.map(([, progress]) => progress)).toEqual(
    [30_000, 60_000, 90_000].map((rawBytes) => ({ phase: 'copy', tablesDone: 1, tablesTotal: 2, rawBytes })),
  );
});
