import { expect, it } from 'vitest';
import { drillTaskSize } from '../../../../lambda/restore-drill/drill-task-size.ts';

const GIB = 1024 ** 3;

it.each([
  [1, { cpu: '2048', memory: '8192', ephemeralGib: 21, volumeGib: undefined, jobs: 4 }],
  [29, { cpu: '2048', ephemeralGib: 35, volumeGib: undefined }],
  [150, { cpu: '4096', memory: '16384', ephemeralGib: 158, volumeGib: undefined }],
  [192, { ephemeralGib: undefined, volumeGib: 196 }],
  [700, { cpu: '8192', memory: '32768', ephemeralGib: undefined, volumeGib: 714, jobs: 8 }],
  [6000, { cpu: '16384', memory: '65536', volumeGib: 6016, jobs: 16, walMb: 16_384 }],
])('gives a drill with %i GiB of data what it needs', (gib, expected) => {
  expect(drillTaskSize(gib * GIB)).toMatchObject(expected);
});

it('knows when no volume is large enough', () => {
  expect(drillTaskSize(16_380 * GIB)).toBeUndefined();
});
