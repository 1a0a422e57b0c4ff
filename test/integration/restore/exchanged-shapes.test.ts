import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { diff } from '../../../lib/engine/diff/diff.ts';
import { planRestore, type RestoreRequest, restore } from '../../../lib/engine/restore/restore.ts';
import { objectsIn, openWorld, problemsOf, type RestoreWorld } from './restore-world.ts';

/** What is hard to put in the place of another one. */
const SHAPES = `
  CREATE SCHEMA a; CREATE SCHEMA "B b";
  CREATE TABLE a.same (id serial PRIMARY KEY, n int); INSERT INTO a.same (n) SELECT generate_series(1, 20);
  CREATE TABLE "B b".same (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, of_a int REFERENCES a.same); INSERT INTO "B b".same (of_a) SELECT id FROM a.same;
  CREATE INDEX same_idx ON "B b".same (of_a); CREATE INDEX same_idx ON a.same (n);
  CREATE TABLE a."Odd ""name""" ("Col" int PRIMARY KEY, "of" int REFERENCES a.same); INSERT INTO a."Odd ""name""" VALUES (1, 1);
  CREATE VIEW a."View of" AS SELECT "Col" FROM a."Odd ""name""";
  CREATE TABLE a.tree (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
  CREATE TABLE a.tree_1 PARTITION OF a.tree FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
  CREATE TABLE "B b".tree_2 PARTITION OF a.tree DEFAULT;
  CREATE INDEX tree_at ON a.tree (at);
  INSERT INTO a.tree SELECT n, date '2026-01-01' + n FROM generate_series(0, 60) n;
  CREATE TABLE a.of_tree (id int, at date, FOREIGN KEY (id, at) REFERENCES a.tree); INSERT INTO a.of_tree VALUES (3, '2026-01-04');
  CREATE TABLE a.parent (id int); CREATE TABLE a.child (extra text) INHERITS (a.parent); INSERT INTO a.child VALUES (1, 'of the child'), (2, 'x');
  INSERT INTO a.parent VALUES (7);
  CREATE VIEW a.v1 AS SELECT n FROM a.same; CREATE MATERIALIZED VIEW a.m1 AS SELECT count(*) FROM a.v1; CREATE VIEW a.v2 AS SELECT * FROM a.m1;
  CREATE UNIQUE INDEX m1_count ON a.m1 (count); GRANT SELECT ON a.v2 TO company_app; COMMENT ON VIEW a.v2 IS 'of a view';
  CREATE FUNCTION a.f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
  CREATE TRIGGER t BEFORE UPDATE ON a.same FOR EACH ROW EXECUTE FUNCTION a.f();
  CREATE STATISTICS a.st ON id, n FROM a.same;
  ALTER TABLE a.same CLUSTER ON same_idx; ALTER TABLE a.same REPLICA IDENTITY FULL; ALTER TABLE a.same OWNER TO company_owner;
`;

let world: RestoreWorld;
let database: string;
let databases = 0;
beforeAll(async () => {
  world = await openWorld({ sql: SHAPES });
});
afterAll(() => world?.stop());
beforeEach(async () => {
  databases += 1;
  database = `live_${databases}`;
  await world.source.run(`CREATE DATABASE ${database} TEMPLATE company`);
});

async function restored(options: Partial<RestoreRequest>) {
  const settings = connectionSettings(world.source.url(database));
  const report = await restore({
    ...world.request(database, { intoSource: true, safetyBackup: false, ...options }),
    settings,
  });
  const { tables, schema } = await diff({ store: world.vault.store, place: world.place, settings });
  const different = [
    ...tables.filter(({ state }) => state !== 'same').map(({ name }) => name),
    ...schema.map(({ kind, name, change }) => `${kind} ${name} ${change}`),
  ];
  const left = (await objectsIn(world.source, database)).filter((name) => name.startsWith('lifeboat'));
  return { problems: problemsOf(report), different, left, report };
}
const WHOLE = { problems: [], different: [], left: [] };

it.each([
  [
    'two tables of one name, in two schemas',
    'DELETE FROM "B b".same; UPDATE a.same SET n = 0',
    ['a.same', '"B b"."same"'],
  ],
  ['a name that needs quotes', 'DELETE FROM a."Odd ""name"""', ['a.Odd "name"']],
  [
    'a tree of partitions that a foreign key refers to',
    'DELETE FROM a.of_tree; DELETE FROM a.tree WHERE id > 5',
    ['a.tree', 'a.of_tree'],
  ],
  ['a table that views of views show', 'UPDATE a.same SET n = 0; REFRESH MATERIALIZED VIEW a.m1', ['a.same']],
  ['a parent, and its child by inheritance', 'DELETE FROM a.parent', ['a.parent']],
])('is exchanged while it is there: %s', async (_, sql, tables) => {
  await world.source.run(sql, database);
  expect(await restored({ tables, dependents: 'with' })).toMatchObject(WHOLE);
});

it.each([
  ['two tables of one name', 'DROP TABLE a.same, "B b".same CASCADE', ['a.same', 'B b.same']],
  ['one of them', 'DROP TABLE a.same CASCADE', ['a.same']],
  ['a tree of partitions', 'DROP TABLE a.tree CASCADE', ['a.tree']],
  ['a parent, with its child', 'DROP TABLE a.parent CASCADE', ['a.parent']],
  ['a name that needs quotes', 'DROP TABLE a."Odd ""name""" CASCADE', ['a.Odd "name"']],
])('comes back after DROP … CASCADE: %s', async (_, sql, tables) => {
  await world.source.run(sql, database);
  expect(await restored({ tables })).toMatchObject(WHOLE);
});

it('is as closed as in the backup, whatever default privileges the target got since', async () => {
  const kinds = ['TABLES', 'SEQUENCES', 'FUNCTIONS', 'TYPES', 'SCHEMAS'];
  const opened = kinds.map((kind) => `ALTER DEFAULT PRIVILEGES GRANT ALL ON ${kind} TO PUBLIC, company_app`);
  await world.source.run(
    `DROP TABLE a.same CASCADE; ${opened.join('; ')}; ALTER DEFAULT PRIVILEGES FOR ROLE company_owner GRANT ALL ON SEQUENCES TO PUBLIC`,
    database,
  );
  const { problems, different } = await restored({ tables: ['a.same', 'B b.same'], dependents: 'with' });
  expect(problems).toEqual([]);
  expect(different.filter((name) => !name.startsWith('default privileges'))).toEqual([]);
  const copied = await restored({ schemas: ['a'], asSchema: 'a_then' });
  expect(copied.problems.filter((problem) => problem.includes('grants'))).toEqual([]);
});

it('is exchanged by the owner, who is no superuser, and may create schemas', async () => {
  await world.source.run(
    `CREATE ROLE own_${databases} LOGIN PASSWORD 'own' IN ROLE company_owner; GRANT CREATE ON DATABASE ${database} TO own_${databases}`,
  );
  await world.source.run(
    `GRANT CREATE, USAGE ON SCHEMA a TO company_owner; DROP TABLE a.same CASCADE; GRANT CREATE, USAGE ON SCHEMA "B b" TO company_owner;
     ALTER TABLE a."Odd ""name""" OWNER TO company_owner; ALTER TABLE "B b".same OWNER TO company_owner`,
    database,
  );
  const settings = connectionSettings(
    world.source.url(database).replace(/\/\/postgres:[^@]*@/, `//own_${databases}:own@`),
  );
  const request = {
    ...world.request(database, {
      intoSource: true,
      safetyBackup: false,
      tables: ['a.same'],
      mapRoles: { postgres: 'company_owner' },
    }),
    settings,
  };
  // An event trigger runs with the rights of this role.
  await world.source.run(
    `CREATE TABLE public.ddl (tag text); CREATE FUNCTION public.note_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.ddl VALUES (tg_tag); END $$;
     CREATE EVENT TRIGGER "Noted" ON ddl_command_end EXECUTE FUNCTION public.note_ddl()`,
    database,
  );
  expect((await planRestore(request)).notes.join()).toContain('only a superuser may silence them: Noted.');
  const refused = restore(request);
  await expect(refused).rejects.toMatchObject({ code: 'target-refuses-staging' });
  await expect(refused).rejects.toThrow(
    /permission denied for table ddl.*ALTER EVENT TRIGGER "Noted" DISABLE/s,
  );
  await world.source.run('DROP EVENT TRIGGER "Noted"; CREATE SCHEMA lifeboat_restore', database);
  await expect(planRestore(request)).rejects.toMatchObject({ code: 'restore-ledger-of-another-role' });
  await world.source.run('DROP SCHEMA lifeboat_restore', database);
  const report = await restore(request);
  expect(problemsOf(report)).toEqual([]);
  expect(report.dependents.missing).toEqual([]);
  expect(report.dependents.made).toContain('materialized view a.m1');
});
