import { expect, it } from 'vitest';
import type { TableData } from '../../../../lib/engine/archive/manifest.ts';
import { LoadProgress } from '../../../../lib/engine/browse/load-progress.ts';
import type { Progress } from '../../../../lib/engine/ground/progress.ts';

it('counts a table once, however often it is asked for', () => {
  const told: Progress[] = [];
  const progress = new LoadProgress({ onProgress: (one) => void told.push(one) });
  const [tasks, notes] = [{ rawBytes: 1000 }, { rawBytes: 24 }] as TableData[];
  for (let round = 0; round < 3; round += 1) progress.onLoad([tasks, notes] as TableData[]);
  expect(told.at(-1)).toMatchObject({ phase: 'rows', tablesTotal: 2, expectedBytes: 1024 });
});
