import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RowsReport } from '../../../lib/engine/bring-back/bring-back-report.ts';
import { done, type Night, openRowsWorld, type RowsWorld } from './rows-world.ts';

let world: RowsWorld;
let night: Night;
beforeAll(async () => {
  world = await openRowsWorld(18);
  night = await world.night(SCHEMA);
  await night.run(DAMAGE);
});
afterAll(() => world?.stop());

const SCHEMA = `
  CREATE EXTENSION btree_gist;
  CREATE TABLE taken (id int PRIMARY KEY, email text, n int, CONSTRAINT "odd ON x USING y" UNIQUE (email));
  CREATE UNIQUE INDEX taken_lower ON taken (lower(email));
  CREATE UNIQUE INDEX "a ON b USING c" ON taken (n) WHERE n > 100;
  INSERT INTO taken SELECT g, 'e' || g, g FROM generate_series(1, 200) g;
  CREATE TABLE parents (id int PRIMARY KEY, code text UNIQUE); CREATE TABLE children (id int PRIMARY KEY, parent int REFERENCES parents, code text REFERENCES parents (code));
  INSERT INTO parents SELECT g, 'c' || g FROM generate_series(1, 20) g; INSERT INTO children SELECT g, g, 'c' || g FROM generate_series(1, 20) g;
  CREATE TABLE guarded (id int PRIMARY KEY, a int, b int, during int4range, twice int GENERATED ALWAYS AS (a * 2) STORED);
  ALTER TABLE guarded ADD CONSTRAINT one_at_a_time EXCLUDE USING gist (during WITH &&);
  INSERT INTO guarded SELECT g, g, NULLIF(g, 3), int4range(g * 10, g * 10 + 5) FROM generate_series(1, 20) g;
  CREATE TABLE typed (id int PRIMARY KEY, v text); INSERT INTO typed VALUES (1, '1'), (2, 'x'), (3, '3');
  CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE parts_a PARTITION OF parts FOR VALUES FROM (0) TO (100); INSERT INTO parts SELECT generate_series(1, 50);
  CREATE TABLE stamped (id int PRIMARY KEY, at int); INSERT INTO stamped SELECT g, g FROM generate_series(1, 5) g;
  CREATE TABLE seats (id int PRIMARY KEY, seat int UNIQUE DEFERRABLE); INSERT INTO seats SELECT g, g FROM generate_series(1, 10) g;
  CREATE TABLE places (id int PRIMARY KEY, place int UNIQUE); INSERT INTO places SELECT g, g FROM generate_series(1, 10) g;
  CREATE TABLE kept (id int PRIMARY KEY); INSERT INTO kept VALUES (1);`;
const DAMAGE = `
  DELETE FROM taken WHERE id IN (1, 2, 3, 150); UPDATE taken SET email = 'zz' || id WHERE id = 4;
  INSERT INTO taken VALUES (501, 'e1', 501), (502, 'E2', 502), (503, 'x', 150), (504, 'E4', 504);
  SET session_replication_role = replica; DELETE FROM parents WHERE id <= 3; DELETE FROM children WHERE id = 3; RESET session_replication_role;
  INSERT INTO parents VALUES (30, 'c30'); INSERT INTO children VALUES (30, 30, 'c30');
  DELETE FROM guarded; ALTER TABLE guarded ADD CONSTRAINT small CHECK (a < 19) NOT VALID, ADD CONSTRAINT twice_small CHECK (twice <> 4), ALTER b SET NOT NULL; INSERT INTO guarded VALUES (90, 1, 1, '[100,103)');
  ALTER TABLE guarded ADD fresh int UNIQUE DEFAULT 7;
  DELETE FROM typed; ALTER TABLE typed ALTER v TYPE int USING 0;
  CREATE TABLE fewer (LIKE parts); DROP TABLE parts; CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE parts_b PARTITION OF parts FOR VALUES FROM (0) TO (20);
  CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF TG_OP = 'DELETE' THEN RETURN NULL; END IF; NEW.at := 99; RETURN NEW; END $$;
  DELETE FROM stamped WHERE id > 3; INSERT INTO stamped VALUES (9, 9); CREATE TRIGGER stamps BEFORE INSERT OR DELETE ON stamped FOR EACH ROW EXECUTE FUNCTION stamp(); ALTER TABLE stamped ENABLE ALWAYS TRIGGER stamps;
  DELETE FROM seats WHERE id <= 2; INSERT INTO seats VALUES (50, 2);
  UPDATE places SET place = -place; UPDATE places SET place = 11 + place;`;

const KEPT = { overwrite: true, skipConflicts: true };

// What the run itself ends with, and how many rows conflict.
it.each([
  ['unique values that newer rows have', ['taken'], { overwrite: true }, 'refused', 4],
  ['a row to which others refer would be deleted', ['parents'], { deleteAdded: true }, 'refused', 1],
  ['the row that is referred to is not there', ['children'], { overwrite: true }, 'refused', 1],
  ['a check, a null, an exclusion, a new column', ['guarded'], {}, 'refused', 20],
  ['a value that a new type does not take', ['typed'], {}, 'refused', 1],
  ['a partition that is not there', ['parts'], {}, 'refused', 31],
  ['a trigger that changes a row, or keeps it', ['stamped'], { deleteAdded: true }, 'refused', 3],
  ['a deferrable key', ['seats'], {}, 'refused', 1],
  ['nothing to do', ['kept'], {}, 'nothing', 0],
  ['a trigger that may change a row', ['stamped'], { allowsAltered: true }, 'partial', 0],
  ['the rest of a key', ['taken'], KEPT, 'partial', 4],
  ['the rest of a type', ['typed'], KEPT, 'partial', 1],
  ['the rest of an exclusion', ['guarded'], KEPT, 'partial', 20],
  ['the rest of a partitioned table', ['parts'], KEPT, 'partial', 31],
  ['values that change places', ['places'], { overwrite: true }, 'restored', 0],
  ['parents and children', ['parents', 'children'], { deleteAdded: true, overwrite: true }, 'restored', 0],
] as const)('ends in a dry run as in the run: %s', async (_, tables, options, outcome, conflicts) => {
  const told = ({ outcome: end, conflictCount, conflicts: listed }: RowsReport) => ({
    end,
    conflictCount,
    listed: listed.map(({ table, key, kind, reason, other }) => [table, key, kind, reason, other]),
  });
  const dry = await night.bringBack(tables, { ...options, dryRun: true });
  const real = await night.bringBack(tables, { ...options, trial: false });
  expect(told(dry)).toEqual(told(real));
  expect(done(dry)).toEqual(done(real));
  expect(told(real)).toMatchObject({ end: outcome, conflictCount: conflicts });
});

it('locks nobody’s row in a dry run, of a change and of its undo', async () => {
  const own = await world.night(
    "CREATE TABLE accounts (id int PRIMARY KEY, note text); CREATE TABLE lines (id int PRIMARY KEY, account int REFERENCES accounts); INSERT INTO accounts SELECT g, 'n' FROM generate_series(1, 50) g; INSERT INTO lines SELECT g, g FROM generate_series(1, 50) g",
  );
  await own.run("UPDATE accounts SET note = 'bad'; DELETE FROM lines WHERE id > 40");
  const tables = ['accounts', 'lines'];
  const holder = await world.server.connect(own.database);
  const hold = 'BEGIN; SELECT FROM accounts FOR UPDATE; SELECT FROM lines FOR UPDATE';
  await holder.query(hold);
  const dry = await own.bringBack(tables, { overwrite: true, dryRun: true });
  await holder.query('ROLLBACK');
  expect(done(dry)).toEqual({ 'public.accounts': [0, 50, 0, 0], 'public.lines': [10, 0, 0, 0] });
  const result = await own.bringBack(tables, { overwrite: true });
  await holder.query(hold);
  const undone = await own.undo(result, { dryRun: true });
  expect(done(undone)).toEqual({ 'public.accounts': [0, 50, 0, 0], 'public.lines': [0, 0, 10, 0] });
  await holder.end();
});
