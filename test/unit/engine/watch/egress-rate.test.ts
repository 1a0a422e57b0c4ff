import { expect, it } from 'vitest';
import { egressOfAMonth } from '../../../../lib/engine/watch/egress-rate.ts';

const now = new Date('2026-11-30T03:00:00Z');
const ago = (days: number, rawBytes = 100) => ({
  sealedAt: new Date(now.getTime() - days * 86_400_000),
  rawBytes,
});

it('counts the last seven days as a month, whatever older backups are left', () => {
  const nights = [0, 1, 2, 3, 4, 5, 6].map((days) => ago(days));
  expect(egressOfAMonth([...nights, ago(30, 1e9), ago(300, 1e9)], now)).toBe(3000);
});

it('counts a source that is younger than a week by its own days', () => {
  // Three nights are three days, though only two lie between them.
  expect(egressOfAMonth([ago(0), ago(1), ago(2)], now)).toBe(3000);
  expect(egressOfAMonth([ago(0.1), ago(1.1)], now)).toBeCloseTo(3000);
  // One backup that is three days old, and none since.
  expect(egressOfAMonth([ago(3)], now)).toBeCloseTo(1000);
  const hourly = Array.from({ length: 30 }, (_, hour) => ago(hour / 24));
  expect(egressOfAMonth(hourly, now)).toBeCloseTo(72_000);
  // Not a hundred backups a month because of the first hour.
  expect(egressOfAMonth([ago(0.01)], now)).toBe(3000);
});

it('is nothing for a source without a backup', () => {
  expect(egressOfAMonth([], now)).toBe(0);
});
