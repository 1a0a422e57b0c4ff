import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptPrefix } from '../../../lib/engine/archive/keys.ts';
import { drill } from '../../../lib/engine/drill/drill.ts';
import type { RestoreReport } from '../../../lib/engine/restore/restore.ts';
import { missingPrograms, psqlEnvironment, runRestoreScript } from '../../support/restore-script.ts';
import { oneValue, openWorld, type RestoreWorld } from '../restore/restore-world.ts';

/** What is of a parent and shows at each of its children, and foreign keys of and to trees. */
const TREES = `
  CREATE FUNCTION public.ok(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
  CREATE TABLE public.tree (id int, CONSTRAINT is_ok CHECK (public.ok(id))) PARTITION BY LIST (id);
  CREATE TABLE public.tree_1 PARTITION OF tree FOR VALUES IN (1);
  CREATE TABLE public.tree_2 PARTITION OF tree FOR VALUES IN (2) PARTITION BY LIST (id);
  CREATE TABLE public.tree_2_2 PARTITION OF tree_2 FOR VALUES IN (2);
  INSERT INTO tree VALUES (1), (2);
  CREATE FUNCTION public.half(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 / 2; END';
  CREATE TABLE public.computed (id int, h int GENERATED ALWAYS AS (public.half(id)) STORED, twice int GENERATED ALWAYS AS (id * 2) STORED);
  CREATE TABLE public.kid () INHERITS (computed);
  INSERT INTO computed VALUES (2); INSERT INTO kid VALUES (4);
  CREATE TABLE public.unharmed (id int, twice int GENERATED ALWAYS AS (id * 2) STORED); INSERT INTO unharmed VALUES (3);
  CREATE OR REPLACE FUNCTION public.ok(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT false';
  CREATE OR REPLACE FUNCTION public.half(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE EXCEPTION 'no longer'; END $$;
  CREATE TABLE public.plain (id int PRIMARY KEY);
  CREATE TABLE public.parted (id int PRIMARY KEY) PARTITION BY LIST (id);
  CREATE TABLE public.parted_1 PARTITION OF parted FOR VALUES IN (1);
  CREATE TABLE public.orphan (to_plain int CONSTRAINT to_plain REFERENCES plain, to_parted int CONSTRAINT to_parted REFERENCES parted);
  COMMENT ON CONSTRAINT to_plain ON orphan IS 'every one has its plain';
  CREATE TABLE public.sound (id int, x int CONSTRAINT of_sound REFERENCES plain) PARTITION BY LIST (id);
  CREATE TABLE public.sound_1 PARTITION OF sound FOR VALUES IN (1);
  INSERT INTO plain VALUES (1); INSERT INTO sound VALUES (1, 1);
  CREATE TABLE public.orphans (id int, x int CONSTRAINT of_tree REFERENCES plain) PARTITION BY LIST (id);
  CREATE TABLE public.orphans_1 PARTITION OF orphans FOR VALUES IN (1);
  SET session_replication_role = replica;
  INSERT INTO orphan VALUES (77, 78); INSERT INTO orphans VALUES (1, 79);`;

const NOT_VALID = 'it is NOT VALID here: it looks at new rows only';

describe.each([15, 18] as const)('rows of PostgreSQL %d that a constraint of a tree refuses', (major) => {
  let world: RestoreWorld;
  beforeAll(async () => {
    world = await openWorld({ major, sql: TREES });
  });
  afterAll(() => world?.stop());

  const failuresOf = ({ items }: Pick<RestoreReport, 'items'>) =>
    items
      .filter(({ verdict }) => verdict === 'differs')
      .map(({ kind, name }) => `${kind} ${name}`)
      .sort();
  const ofColumnsAndChecks = [
    'statement column h on public.computed: ALTER TABLE ALTER COLUMN ADD GENERATED',
    'statement column twice on public.computed: ALTER TABLE ALTER COLUMN ADD GENERATED',
    'statement constraint is_ok on public.tree: ALTER TABLE ADD CONSTRAINT',
  ];
  const ofKeys = ['of_tree on public.orphans', 'to_parted on public.orphan', 'to_plain on public.orphan'].map(
    (name) => `statement constraint ${name}: ALTER TABLE ADD CONSTRAINT`,
  );
  const notes = [
    'public.unharmed: the generated columns twice were computed anew, not compared.',
    'Generated columns of 2 tables are ordinary columns here, because the rows could not be loaded with them: public.computed (h, twice), public.kid (h, twice).',
  ];
  /** Before 18, a partitioned table's cannot be NOT VALID. */
  const keysThere = major === 18 ? 'of_tree, to_parted, to_plain' : 'to_parted, to_plain';
  const expectKeys = async (database: string) => {
    const keys = `FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 AND NOT convalidated`;
    expect(
      await oneValue(world.target, database, `SELECT string_agg(conname, ', ' ORDER BY conname) ${keys}`),
    ).toBe(keysThere);
    expect(
      await oneValue(
        world.target,
        database,
        `SELECT string_agg(obj_description(oid, 'pg_constraint'), '') ${keys}`,
      ),
    ).toBe('every one has its plain');
    await expect(world.target.run('INSERT INTO orphan VALUES (5, NULL)', database)).rejects.toThrow(
      'to_plain',
    );
  };

  it.each([4, 1])(
    'are told once, and keys that they violate are there for new rows (jobs: %d)',
    async (jobs) => {
      const database = await world.newDatabase();
      const report = await world.restore(database, { jobs });
      expect(failuresOf(report)).toEqual([...ofColumnsAndChecks, ...ofKeys]);
      for (const name of keysThere.split(', ')) {
        expect(
          report.items.find((one) => one.kind === 'statement' && one.name.includes(name))?.reason,
        ).toContain(NOT_VALID);
      }
      expect(report.notes.filter((note) => /generated columns/i.test(note))).toEqual(notes);
      await expectKeys(database);
    },
  );

  it('are told once by a drill', async () => {
    const report = await drill({ store: world.vault.store, place: world.place });
    const comment = 'statement constraint to_plain on public.orphan: COMMENT CONSTRAINT';
    expect(failuresOf(report)).toEqual([...ofColumnsAndChecks, ...ofKeys, comment].sort());
    expect(report.notes.filter((note) => /generated columns/i.test(note))).toEqual(notes);
  });

  it.skipIf(missingPrograms('trees by restore.sh', ['psql', 'zstd']).length > 0)(
    'are told once by restore.sh',
    async () => {
      const database = await world.newDatabase();
      const folder = join(world.vault.directory, attemptPrefix(world.place, world.manifest.attempt));
      const { status, stderr } = await runRestoreScript(folder, {
        environment: psqlEnvironment(world.target, database),
      });
      expect(status).toBe(1);
      const key = (table: string, name: string) =>
        `insert or update on table "${table}" violates foreign key constraint "${name}"`;
      const lines = stderr.slice(stderr.indexOf('NOT WHOLE')).trimEnd().split('\n').slice(2);
      expect(lines.map((line) => line.trim()).sort()).toEqual([
        'column h on public.computed: its expression cannot be given back',
        'column twice on public.computed: its expression cannot be given back',
        expect.stringMatching(
          /^constraint is_ok on public\.tree: check constraint "is_ok" .* is violated by some row$/,
        ),
        `${key('orphan', 'to_parted')}; ${NOT_VALID}`,
        `${key('orphan', 'to_plain')}; ${NOT_VALID}`,
        `${key('orphans_1', 'of_tree')}${major === 18 ? `; ${NOT_VALID}` : ''}`,
      ]);
      await expectKeys(database);
    },
  );
});
