import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import type { Manifest } from '../../../../lib/engine/archive/manifest.ts';
import { checkRoom } from '../../../../lib/engine/drill/check-room.ts';
import { freeDiskBytes } from '../../../../lib/engine/target/disk-room.ts';

function ofBytes(rawBytes: number): Manifest {
  return { tables: [{ rows: 1, rawBytes }], largeObjects: { rawBytes: 0 } } as unknown as Manifest;
}

// Others use the same disk meanwhile, so each of these is far from a limit.
it('is ample where values may take their own size, and no reason to refuse where they may not', async () => {
  const freeBytes = await freeDiskBytes(tmpdir());
  expect(await checkRoom(tmpdir(), ofBytes(freeBytes / 10))).toEqual({ isAmple: true });
  expect(await checkRoom(tmpdir(), ofBytes(freeBytes / 1.9))).toEqual({ isAmple: false });
  await expect(checkRoom(tmpdir(), ofBytes(freeBytes))).rejects.toMatchObject({ code: 'drill-no-room' });
});
