import { describe, expect, it } from 'vitest';
import { backupAnswer } from '../../../../lambda/backup/backup-answer.ts';
import { ROOM_WARNING_PERCENT } from '../../../../lib/contract/metric-names.ts';
import { manifestKey } from '../../../../lib/engine/archive/keys.ts';
import type { Manifest } from '../../../../lib/engine/archive/manifest.ts';
import { estimateDrillBytes } from '../../../../lib/engine/target/disk-room.ts';
import { FIXTURE_PLACE, writeFixtureArchive } from '../../../support/archive-fixture.ts';
import { MemoryStore } from '../../../support/memory-store.ts';

const { manifest } = await writeFixtureArchive(new MemoryStore());
const MEGABYTE = 1024 * 1024;

/** With rows of so many bytes. */
function sealed(rawBytes: number): Manifest {
  const [table] = manifest.tables;
  if (!table) throw new Error(`${manifestKey(FIXTURE_PLACE)} has a table`);
  return { ...manifest, tables: [{ ...table, rawBytes }] };
}

const answerOf = (rawBytes: number, roomMb?: number) =>
  backupAnswer(
    { outcome: 'sealed', place: FIXTURE_PLACE, manifest: sealed(rawBytes), notices: [] } as never,
    roomMb,
  );

describe('the answer of a backup', () => {
  it('says how much of its drill’s room it needs, and warns from four fifths on', () => {
    const roomMb = 1024;
    const most = (ROOM_WARNING_PERCENT / 100) * roomMb * MEGABYTE;
    const bytesFor = (needed: number) => Math.floor((needed - estimateDrillBytes(sealed(0))) / 1.5);
    const below = answerOf(bytesFor(most - MEGABYTE), roomMb);
    expect(below).toMatchObject({ drillRoom: { roomBytes: roomMb * MEGABYTE, percent: 80 } });
    expect(below).not.toHaveProperty('warnings');
    const above = answerOf(bytesFor(most + MEGABYTE), roomMb);
    expect(above).toMatchObject({
      drillRoom: { percent: 81 },
      warnings: [expect.stringMatching(/about 81 %.*drillSize\.temporaryStorageMb.*'elsewhere'/s)],
    });
    expect(answerOf(bytesFor(2 * most), roomMb)).toMatchObject({
      warnings: [expect.stringContaining('It will fail.')],
    });
  });

  it('says nothing of room where no function drills', () => {
    const answer = answerOf(1e12);
    expect(answer).not.toHaveProperty('drillRoom');
    expect(answer).not.toHaveProperty('warnings');
  });
});
