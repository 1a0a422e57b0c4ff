import { describe, expect, it } from 'vitest';
import { relationKey } from '../../../../../lib/engine/restore/archived/relation-key.ts';
import type { Places } from '../../../../../lib/engine/restore/renaming/places.ts';
import { renameStatement } from '../../../../../lib/engine/restore/renaming/rename-statement.ts';
import { textNames } from '../../../../../lib/engine/restore/renaming/text-mentions.ts';

const whole: Places = { schemas: new Map([['app', 'b c']]), objects: new Map(), indexes: new Map() };
const inWhole = (statement: string) => renameStatement(statement, whole);
const moved = (...names: string[]): Places => ({
  schemas: new Map(),
  objects: new Map(names.map((name) => [relationKey('app', name), { schema: 'app', name: `${name}_2` }])),
  indexes: new Map([
    [
      relationKey('app', 'orders_pkey'),
      { schema: 'app', name: 'orders_pkey_2', table: relationKey('app', 'orders') },
    ],
  ]),
});

describe('a schema of another name in a statement', () => {
  it.each([
    [
      "CREATE TABLE app.t (a app.state DEFAULT 'app.x'::app.state);",
      'CREATE TABLE "b c".t (a "b c".state DEFAULT \'app.x\'::"b c".state);',
    ],
    [
      "ALTER TABLE app.t ALTER COLUMN a SET DEFAULT nextval('app.s'::regclass);",
      `ALTER TABLE "b c".t ALTER COLUMN a SET DEFAULT nextval('"b c".s'::regclass);`,
    ],
    [`SELECT nextval('"app".s'::pg_catalog.regclass)`, `SELECT nextval('"b c".s'::pg_catalog.regclass)`],
    [
      "SELECT 'app.f(app.t,integer)'::regprocedure, 'app'::regnamespace",
      `SELECT '"b c".f("b c".t,integer)'::regprocedure, '"b c"'::regnamespace`,
    ],
    ['CREATE SCHEMA app;', 'CREATE SCHEMA "b c";'],
    ["COMMENT ON SCHEMA app IS 'app.app';", `COMMENT ON SCHEMA "b c" IS 'app.app';`],
    ['GRANT USAGE ON SCHEMA app TO app;', 'GRANT USAGE ON SCHEMA "b c" TO app;'],
    [
      'ALTER DEFAULT PRIVILEGES FOR ROLE app IN SCHEMA app GRANT SELECT ON TABLES TO app;',
      'ALTER DEFAULT PRIVILEGES FOR ROLE app IN SCHEMA "b c" GRANT SELECT ON TABLES TO app;',
    ],
    [
      'CREATE TABLE app.t (schema text, app integer, "app.x" text);',
      'CREATE TABLE "b c".t (schema text, app integer, "app.x" text);',
    ],
    ['CREATE TABLE "App".t (a other.app);', 'CREATE TABLE "App".t (a other.app);'],
    [
      'CREATE OPERATOR app.=== (FUNCTION = app.f, LEFTARG = app.t, COMMUTATOR = OPERATOR(app.===));',
      'CREATE OPERATOR "b c".=== (FUNCTION = "b c".f, LEFTARG = "b c".t, COMMUTATOR = OPERATOR("b c".===));',
    ],
    ['ALTER SEQUENCE app.s OWNED BY app.t.app;', 'ALTER SEQUENCE "b c".s OWNED BY "b c".t.app;'],
    [
      "CREATE FUNCTION app.f() RETURNS void LANGUAGE plpgsql\n    SET search_path TO 'app', 'pg_temp'\n    AS $$ SELECT app.g() $$;",
      `CREATE FUNCTION "b c".f() RETURNS void LANGUAGE plpgsql\n    SET search_path TO 'b c', 'pg_temp'\n    AS $$ SELECT app.g() $$;`,
    ],
  ])('%s', (before, after) => {
    expect(inWhole(before)).toBe(after);
  });

  it('is told from an alias of the same name', () => {
    expect(
      inWhole(`CREATE VIEW app.app AS
 SELECT app.id, app.state, (app.state)::app.state AS s, app.f(app.id) AS f, app.*::app.app AS whole, u.app,
    (app.email OPERATOR(app.=) app.mail COLLATE app.c) AS e, EXTRACT(day FROM app.at) AS d
   FROM (app.app
     LEFT JOIN app.users u ON ((u.id = app.user_id))), app.f(app.id) x, json_to_record(app.j) t(a app.state, b app.pair)
  WHERE ((app.a IS DISTINCT FROM app.b) AND (EXISTS ( SELECT 1 FROM app.app app_1, app.lines WHERE lines.id = app.id)));`),
    ).toBe(`CREATE VIEW "b c".app AS
 SELECT app.id, app.state, (app.state)::"b c".state AS s, "b c".f(app.id) AS f, app.*::"b c".app AS whole, u.app,
    (app.email OPERATOR("b c".=) app.mail COLLATE "b c".c) AS e, EXTRACT(day FROM app.at) AS d
   FROM ("b c".app
     LEFT JOIN "b c".users u ON ((u.id = app.user_id))), "b c".f(app.id) x, json_to_record(app.j) t(a "b c".state, b "b c".pair)
  WHERE ((app.a IS DISTINCT FROM app.b) AND (EXISTS ( SELECT 1 FROM "b c".app app_1, "b c".lines WHERE lines.id = app.id)));`);
  });
});

describe('a table of another name in a statement', () => {
  it.each([
    [
      'CREATE VIEW app.v AS SELECT orders.id FROM app.orders, app.lines l;',
      'CREATE VIEW app.v AS SELECT orders.id FROM "app"."orders_2" AS "orders", "app"."lines_2" l;',
    ],
    [
      'CREATE POLICY p ON app.orders USING ((EXISTS ( SELECT 1 FROM app.lines WHERE lines.id = orders.id)));',
      'CREATE POLICY p ON "app"."orders_2" USING ((EXISTS ( SELECT 1 FROM "app"."lines_2" AS "lines" WHERE lines.id = "orders_2".id)));',
    ],
    [
      'ALTER TABLE ONLY app.orders\n    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);',
      'ALTER TABLE ONLY "app"."orders_2"\n    ADD CONSTRAINT "orders_pkey_2" PRIMARY KEY (id);',
    ],
    [
      'ALTER TABLE ONLY app.other ADD CONSTRAINT orders_pkey CHECK (true);',
      'ALTER TABLE ONLY app.other ADD CONSTRAINT orders_pkey CHECK (true);',
    ],
    [
      'ALTER TABLE app.orders CLUSTER ON orders_pkey;',
      'ALTER TABLE "app"."orders_2" CLUSTER ON "orders_pkey_2";',
    ],
    [
      'ALTER TABLE ONLY app.orders REPLICA IDENTITY USING INDEX orders_pkey;',
      'ALTER TABLE ONLY "app"."orders_2" REPLICA IDENTITY USING INDEX "orders_pkey_2";',
    ],
    [
      'COMMENT ON CONSTRAINT orders_pkey ON app.orders IS NULL;',
      'COMMENT ON CONSTRAINT "orders_pkey_2" ON "app"."orders_2" IS NULL;',
    ],
    [
      'ALTER INDEX app.orders_pkey ATTACH PARTITION app.other_pkey;',
      'ALTER INDEX "app"."orders_pkey_2" ATTACH PARTITION app.other_pkey;',
    ],
  ])('%s', (before, after) => {
    expect(renameStatement(before, moved('orders', 'lines'))).toBe(after);
  });
});

describe('a text that names a schema', () => {
  it.each([
    ['AS $$ SELECT * FROM app.t $$', true],
    [`AS 'SELECT "app" . t'`, true],
    [`DEFAULT 'APP.x'::text`, true],
    [`DEFAULT nextval('app.s'::regclass)`, false],
    [`COMMENT ON TABLE app.t IS 'of app.t'`, false],
    ['AS $$ SELECT my_app.t, "my app".x, app $$', false],
  ])('%s', (statement, names) => {
    expect(textNames(statement, ['app'])).toBe(names);
  });
});
