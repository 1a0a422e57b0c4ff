import { expect, it } from 'vitest';
import { estimateDiskBytes } from '../../../../lib/engine/target/disk-room.ts';

it('asks for more than what was measured, and for something even when there is nothing', () => {
  const megabyte = 1_000_000;
  expect(estimateDiskBytes([{ rows: 2_910_000, rawBytes: 543 * megabyte }])).toBeGreaterThan(1027 * megabyte);
  expect(estimateDiskBytes([{ rows: 8_000_000, rawBytes: 98 * megabyte }])).toBeGreaterThan(487 * megabyte);
  expect(estimateDiskBytes([])).toBeGreaterThan(200 * megabyte);
});
