import { expect, it } from 'vitest';
import type { DrillReport } from '../../../../lib/engine/archive/drill-report.ts';
import { proofKey } from '../../../../lib/engine/archive/keys.ts';
import { keepProof } from '../../../../lib/engine/proof/keep-proof.ts';
import { FIXTURE_PLACE } from '../../../support/archive-fixture.ts';
import { MemoryStore } from '../../../support/memory-store.ts';

it('says that what lies in its place is no proof, and leaves it there', async () => {
  const cut = Buffer.from('{"format": 1');
  const store = new MemoryStore([[proofKey(FIXTURE_PLACE), cut]]);
  const notices: string[] = [];
  const observer = { onNotice: (notice: string) => notices.push(notice) };
  await keepProof({ store, place: FIXTURE_PLACE, observer }, { manifestSha256: 'a' } as DrillReport);
  expect(notices).toEqual([expect.stringMatching(/proof\.json is in the vault already and does not count/)]);
  expect(store.objects.get(proofKey(FIXTURE_PLACE))).toEqual(cut);
});
