import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { attemptPrefix } from '../../lib/engine/archive/keys.ts';
import { BROKEN_FOR_GOOD, GOOD_IN_THE_END, ROWS } from '../integration/refused-rows/refusing-shop.ts';
import { oneValue, openWorld, type RestoreWorld } from '../integration/restore/restore-world.ts';
import { missingPrograms, psqlEnvironment, runRestoreScript } from '../support/restore-script.ts';

const missing = missingPrograms('refused rows by restore.sh', ['psql', 'zstd']);

describe.skipIf(missing.length > 0).each([15, 18] as const)('restore.sh into PostgreSQL %d', (major) => {
  const run = async (
    sql: string,
    use: (
      world: RestoreWorld,
      run: Awaited<ReturnType<typeof runRestoreScript>>,
      database: string,
    ) => Promise<void>,
    edit: (script: string) => string = (script) => script,
  ) => {
    const world = await openWorld({ major, sql });
    try {
      const database = await world.newDatabase();
      const folder = join(world.vault.directory, attemptPrefix(world.place, world.manifest.attempt));
      const script = join(folder, 'restore.sh');
      writeFileSync(script, edit(readFileSync(script, 'utf8')));
      await use(
        world,
        await runRestoreScript(folder, { environment: psqlEnvironment(world.target, database) }),
        database,
      );
    } finally {
      await world.stop();
    }
  };
  const unvalidated = `SELECT string_agg(conname, ', ' ORDER BY conname) FROM pg_constraint WHERE NOT convalidated`;

  it('keeps every row, makes what can be made, and ends with the names of the rest', async () => {
    await run(
      `${GOOD_IN_THE_END}; ${BROKEN_FOR_GOOD}; CREATE TABLE public.zzz (id int); ALTER TABLE zzz ENABLE ROW LEVEL SECURITY`,
      async (world, { status, stderr }, database) => {
        expect(status, stderr).toBe(1);
        for (const [table, rows] of Object.entries(ROWS))
          expect(
            await oneValue(world.target, database, `SELECT count(*)::int FROM ONLY ${table}`),
            table,
          ).toBe(rows);
        const told = stderr.slice(stderr.indexOf('NOT WHOLE'));
        for (const name of [
          'stays_small',
          'of_domain',
          'to_parent',
          'one_name',
          'no_two',
          'tree_low',
          'column h',
        ])
          expect(told).toContain(name);
        expect(told).not.toContain('NOT in the database');
        expect(await oneValue(world.target, database, unvalidated)).toBe(
          'left_hand_id_check, of_domain, stays_small, to_parent',
        );
        // What comes after the first refusal is there as well.
        expect(
          await oneValue(world.target, database, "SELECT relrowsecurity FROM pg_class WHERE relname = 'zzz'"),
        ).toBe(true);
      },
    );
  });
  const LOST = `CREATE TABLE public.ambiguous (id int, f regproc) PARTITION BY LIST (id);
    CREATE TABLE public.ambiguous_1 PARTITION OF ambiguous FOR VALUES IN (1); CREATE TABLE public.ambiguous_2 PARTITION OF ambiguous FOR VALUES IN (2);
    INSERT INTO ambiguous VALUES (1, 'abs(int)'::regprocedure), (2, 'now'); CREATE TABLE public.other (id int)`;

  it('tells what is lost first, and its number of rows as no other finding', async () => {
    await run(LOST, async (_, { status, stderr }) => {
      expect(status, stderr).toBe(1);
      expect(stderr).toMatch(
        /NOT WHOLE.*\nThese rows are NOT in the database.*\n {2}public\.ambiguous_1: 1 rows, in data\/\S+\n$/,
      );
      expect(stderr).not.toContain('Something in the database changed');
    });
  });

  it('names besides the tables whose number of rows differs for no such reason', async () => {
    await run(
      LOST,
      async (_, { status, stderr }) => {
        expect(status, stderr).toBe(1);
        expect(stderr).toMatch(
          /NOT WHOLE[\s\S]* {2}public\.ambiguous_1: 1 rows, .*\nBesides, .*: public\.other has 0 instead of 5\.\nSomething in the database changed/,
        );
      },
      (script) => script.replace("expect_rows 'public.other' '0' ", "expect_rows 'public.other' '5' "),
    );
  });
});
