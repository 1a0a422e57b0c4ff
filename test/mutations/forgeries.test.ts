import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drill } from '../../lib/engine/drill/drill.ts';
import { verifyBackup } from '../../lib/engine/verify/verify.ts';
import { startPostgres } from '../support/postgres-server.ts';
import { Tally } from '../support/tally.ts';
import { type TestVault, takeBackup, testVault } from '../support/vaults.ts';
import { BEYOND_CHECKSUMS, CAUGHT_BY_DRILL, FORGED_SCHEMA } from './forgeries.ts';
import { GoodBackup } from './good-backup.ts';

let vault: TestVault;
let good: GoodBackup;
const tally = new Tally();

beforeAll(async () => {
  vault = await testVault();
  const server = await startPostgres({ major: 18 });
  try {
    await server.run(FORGED_SCHEMA);
    good = await GoodBackup.read(vault, await takeBackup(server.url(), vault));
  } finally {
    await server.stop();
  }
});
afterAll(() => {
  vault?.remove();
  console.log(`forgeries\n${tally.table(['what verify cannot see', 'made', 'caught by a drill'])}`);
});

it('the backup as it was written is proven', async () => {
  expect(await drill({ store: good.copy().store, place: good.place })).toMatchObject({ verdict: 'proven' });
});

describe('what verify cannot see, a drill does', () => {
  it.each(Object.entries(CAUGHT_BY_DRILL))('%s', async (name, forge) => {
    const copy = good.copy();
    await forge(copy);
    copy.reseal();
    expect((await verifyBackup(copy.store, good.place)).verdict, 'else it belongs to the mutants').toBe(
      'intact',
    );
    const report = await drill({ store: copy.store, place: good.place });
    tally.add(name, report.verdict === 'failed');
    expect(report.verdict).toBe('failed');
    expect(report.items.filter(({ verdict }) => verdict === 'differs')).not.toEqual([]);
  });
});

describe('what no checksum without a key can tell', () => {
  it.each(Object.entries(BEYOND_CHECKSUMS))('%s', async (_, forge) => {
    const copy = good.copy();
    await forge(copy);
    copy.reseal();
    expect((await verifyBackup(copy.store, good.place)).verdict).toBe('intact');
  });
});
