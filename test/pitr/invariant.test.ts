import { describe, expect, it } from 'vitest';
import { newestPostgres } from '../support/newest-postgres/newest-postgres.ts';
import { makeHistory, planned, restored, SERVER_SETTINGS, targetOf } from '../support/pitr/moments.ts';
import { type ServerMajor, startPostgres } from '../support/postgres-server.ts';
import { testVault } from '../support/vaults.ts';

const MAJORS = [14, 15, 17, 18, 19] as const;
const wanted = process.env.LIFEBOAT_PITR?.split(',').map(Number);
const POINTS = 56;
const seed = Number(process.env.LIFEBOAT_PITR_SEED ?? 20261129);

for (const major of MAJORS.filter((one) => wanted?.includes(one) ?? true)) {
  const found = major === 19 ? await newestPostgres(major) : undefined;
  if (found && 'missing' in found) {
    it.skip(`PostgreSQL ${major}: ${found.missing}`, () => {});
    continue;
  }
  describe(`PostgreSQL ${major}, seed ${seed}`, () => {
    it(`shows ${POINTS} moments as they were`, async () => {
      const vault = await testVault();
      const server = await startPostgres({
        major: major as ServerMajor,
        settings: SERVER_SETTINGS,
        ...(found && 'binDirectory' in found ? { binDirectory: found.binDirectory } : {}),
      });
      try {
        const history = await makeHistory({
          vault,
          server,
          points: POINTS,
          writers: 8,
          seed,
          pointsPerBase: 14,
        });
        let transactions = 0;
        for (const [point, truth] of history.truths.entries()) {
          const moment = await planned(vault, targetOf(truth, point));
          const shown = await restored(vault, server, moment, `point_${point}`);
          transactions += moment.changes.transactions;
          expect(shown.tables, `point ${point} at ${truth.lsn}, ${truth.time.toISOString()}`).toEqual(
            truth.tables,
          );
          expect(shown.report.items.filter(({ verdict }) => verdict === 'differs')).toEqual([]);
          expect([shown.is_fresh, shown.left_over]).toEqual([true, 0]);
          expect(BigInt(shown.tickets)).toBeGreaterThanOrEqual(BigInt(truth.tickets));
        }
        console.info(
          `PostgreSQL ${major}: ${POINTS} of ${POINTS} moments exact; ${history.transactions} transactions written, ${transactions} read again, ${history.crashes} crashes, ${history.duplicates} duplicates, ${history.bases} bases`,
        );
        expect(history.crashes).toBeGreaterThan(20);
        expect(transactions).toBeGreaterThan(1000);
      } finally {
        await server.stop();
        vault.remove();
      }
    });
  });
}
