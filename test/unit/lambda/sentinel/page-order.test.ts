import { expect, it } from 'vitest';
import { isNewsAfter } from '../../../../lambda/sentinel/page-order.ts';
import { STATUS_PAGE_SECONDS } from '../../../../lib/contract/status-page.ts';

const NOW = new Date('2026-11-30T05:00:00Z');
const answer = (published: Record<string, number>) => [{ source: 'app', published, failures: [] }];
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

it('takes no age for news: it grows with each look', () => {
  const before = { answers: answer({ BackupAgeSeconds: 100, StorageBytes: 5 }), at: NOW };
  expect(
    isNewsAfter(before, { answers: answer({ BackupAgeSeconds: 400, StorageBytes: 5 }), at: later(300) }),
  ).toBe(false);
});

it('takes a new backup, another size and a source that is not read any more for news', () => {
  const before = { answers: answer({ BackupAgeSeconds: 90_000, StorageBytes: 5 }), at: NOW };
  const after = (published: Record<string, number>) => ({ answers: answer(published), at: later(300) });
  expect(isNewsAfter(before, after({ BackupAgeSeconds: 20, StorageBytes: 5 }))).toBe(true);
  expect(isNewsAfter(before, after({ BackupAgeSeconds: 90_300, StorageBytes: 6 }))).toBe(true);
  expect(isNewsAfter(before, after({}))).toBe(true);
});

it('takes a quarter of an hour for news: the page says when somebody looked', () => {
  const before = { answers: answer({ StorageBytes: 5 }), at: NOW };
  expect(isNewsAfter(before, { ...before, at: later(STATUS_PAGE_SECONDS) })).toBe(true);
  expect(isNewsAfter(undefined, before)).toBe(true);
});
