import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWorld, problemsOf, type RestoreWorld } from './restore-world.ts';

/** Tables and views that cannot be made without another table. */
const NEEDING = `
  CREATE TABLE base (id int);
  CREATE TABLE kid (own int) INHERITS (base);
  INSERT INTO kid VALUES (1, 2), (3, 4);
  CREATE TABLE of_rows (id int, whole base);
  INSERT INTO of_rows VALUES (1, ROW(7));
  CREATE VIEW seen AS SELECT k.own FROM kid k;
  CREATE FUNCTION base(id int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT id';
  CREATE TABLE calls (id int DEFAULT public.base(1), text text DEFAULT 'public.base');
  INSERT INTO calls DEFAULT VALUES`;

let world: RestoreWorld;
beforeAll(async () => {
  world = await openWorld({ sql: NEEDING });
});
afterAll(() => world?.stop());

describe('a table that cannot be made without another one', () => {
  it.each([
    ['kid', 'public.kid needs public.base.'],
    ['of_rows', 'public.of_rows needs public.base.'],
    ['seen', 'public.seen needs public.kid.'],
  ])('is refused by name before anything is changed: %s', async (table, what) => {
    const database = await world.newDatabase();
    await expect(world.restore(database, { tables: [table] })).rejects.toMatchObject({
      code: 'restore-needs-tables',
      what,
      remedy: expect.stringContaining(`--table ${what.slice(0, -1).split(' ').at(-1)}`),
    });
  });

  it('comes where that one is asked for as well, or is there', async () => {
    const database = await world.newDatabase();
    const both = await world.restore(database, { tables: ['base', 'kid'] });
    expect(problemsOf(both)).toEqual([]);
    const there = await world.restore(database, {
      tables: ['seen', 'of_rows'],
      intoExisting: true,
      safetyBackup: false,
    });
    expect(problemsOf(there)).toEqual([]);
    expect(there.totals).toMatchObject({ tables: 1, rows: 1 });
  });

  it('is not taken for one that calls a function, or holds a text, of such a name', async () => {
    const report = await world.restore(await world.newDatabase(), { tables: ['calls'] });
    expect(problemsOf(report)).toEqual([]);
    expect(report.totals).toMatchObject({ tables: 1, rows: 1 });
  });

  it('is left out with its rows where that one is excluded, which is no failure', async () => {
    const report = await world.restore(await world.newDatabase(), { excludeTables: ['base'] });
    expect(report.outcome).toBe('restored');
    expect(problemsOf(report)).toContainEqual(
      expect.stringMatching(
        /^skipped table public\.kid: the table was left out: it needs relation public\.base/,
      ),
    );
    expect(problemsOf(report).join('\n')).not.toContain('differs');
  });
});
