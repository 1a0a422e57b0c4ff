import { afterAll, beforeAll, expect, it } from 'vitest';
import { drill } from '../../lib/engine/drill/drill.ts';
import { LifeboatError } from '../../lib/engine/ground/errors.ts';
import { verifyBackup } from '../../lib/engine/verify/verify.ts';
import { EVERY_TYPE } from '../integration/drill/every-type.ts';
import { startPostgres } from '../support/postgres-server.ts';
import { seededRandom, seedFrom } from '../support/seeded-random.ts';
import { Tally } from '../support/tally.ts';
import { type TestVault, takeBackup, testVault } from '../support/vaults.ts';
import { editedJson } from './edited-manifest.ts';
import { faultyWriter } from './faulty-writer.ts';
import { GoodBackup } from './good-backup.ts';
import type { Mutant } from './mutant.ts';
import { storedDamage, swappedObjects } from './stored-damage.ts';

/** LIFEBOAT_SEED repeats a run: the same backup's objects are damaged at the same places. */
const random = seededRandom(seedFrom(process.env.LIFEBOAT_SEED));
/** Small, so that the larger tables come in page ranges. */
const CHUNK_BYTES = 16 * 1024;

/** Each session's share is so small that tables are cut. */
const IN_PAGE_RANGES = { chunkBytes: CHUNK_BYTES, jobs: 64 };

let vault: TestVault;
let good: GoodBackup;
let other: GoodBackup;

beforeAll(async () => {
  vault = await testVault();
  const server = await startPostgres({ major: 18 });
  try {
    await server.run(EVERY_TYPE);
    const first = await takeBackup(server.url(), vault, IN_PAGE_RANGES);
    await server.run(
      `UPDATE customer SET name = name || ' changed'; INSERT INTO parent VALUES (3, 'new');
       INSERT INTO empty_one VALUES (1); DELETE FROM by_mood WHERE n % 2 = 0; DELETE FROM invoice WHERE id % 3 = 0;
       SELECT lo_put(900001, 0, 'changed'); UPDATE every_type SET vc = 'changed'; INSERT INTO nothing DEFAULT VALUES`,
    );
    const second = await takeBackup(server.url(), vault, IN_PAGE_RANGES);
    for (const { place } of [first, second]) {
      expect((await drill({ store: vault.store, place })).verdict).not.toBe('failed');
    }
    good = await GoodBackup.read(vault, first);
    other = await GoodBackup.read(vault, second);
  } finally {
    await server.stop();
  }
});
afterAll(() => vault?.remove());

/** Undefined: caught, and the right thing named. Else what verify said instead. */
async function missed(
  mutant: Mutant,
  copy: NonNullable<ReturnType<Mutant['make']>>,
): Promise<string | undefined> {
  try {
    const report = await verifyBackup(copy.store, good.place);
    const damaged = report.items.filter(({ verdict }) => verdict === 'damaged').map(({ name }) => name);
    const named = damaged.some((name) => mutant.names.some((wanted) => name.includes(wanted)));
    return report.verdict === 'damaged' && named
      ? undefined
      : `${report.verdict}, named: ${damaged.join(', ')}`;
  } catch (error) {
    // Without a manifest it is no backup at all, and that is said of the backup by name.
    const unfinished = error instanceof LifeboatError && error.code === 'backup-unfinished';
    return unfinished && mutant.names.includes(good.manifestKey) ? undefined : String(error);
  }
}

it('the backup as it was written is intact, in page ranges, with a proof', async () => {
  expect(good.manifest.tables.filter(({ chunks }) => chunks.length > 2).length).toBeGreaterThan(0);
  const report = await verifyBackup(good.copy().store, good.place);
  expect(report.items.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
  expect(report.items.some(({ kind }) => kind === 'proof')).toBe(true);
});

it('every mutant is caught, and what was damaged is named', async () => {
  const mutants = [
    ...storedDamage(good, other, random),
    ...swappedObjects(good, 30, random),
    ...editedJson(good, 30, random),
    ...faultyWriter(good, random),
  ];
  const tally = new Tally();
  const escaped: string[] = [];
  for (const mutant of mutants) {
    const copy = mutant.make();
    if (!copy) continue;
    const said = await missed(mutant, copy);
    tally.add(mutant.kind, said === undefined);
    if (said !== undefined) escaped.push(`${mutant.kind}: ${mutant.where} (${said})`);
  }
  console.log(`mutations, LIFEBOAT_SEED=${random.seed}\n${tally.table(['kind', 'made', 'caught'])}`);
  expect(escaped).toEqual([]);
  expect(tally.tried).toBeGreaterThanOrEqual(300);
  expect(tally.kinds).toBeGreaterThanOrEqual(15);
});
