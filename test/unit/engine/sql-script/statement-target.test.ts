import { describe, expect, test } from 'vitest';
import {
  headOf,
  type StatementTarget,
  statementTarget,
  targetOf,
} from '../../../../lib/engine/sql-script/statement-target.ts';
import { OBJECT_TYPES } from '../../../../lib/engine/sql-script/vocabulary.ts';

const cases: ReadonlyArray<readonly [statement: string, target: Partial<StatementTarget>]> = [
  [
    'CREATE TABLE public.users (id integer);',
    { verb: 'CREATE', objectType: 'TABLE', schema: 'public', name: 'users' },
  ],
  ['CREATE UNLOGGED TABLE "S"."T;" ();', { verb: 'CREATE', objectType: 'TABLE', schema: 'S', name: 'T;' }],
  [
    "CREATE FOREIGN TABLE a.b (c int) SERVER elsewhere OPTIONS (x 'y');",
    { objectType: 'FOREIGN TABLE', name: 'b', server: 'elsewhere' },
  ],
  [
    'CREATE UNIQUE INDEX i ON ONLY a.t USING btree (x);',
    { objectType: 'INDEX', name: 'i', on: { schema: 'a', name: 't' } },
  ],
  ['CREATE MATERIALIZED VIEW a.m AS SELECT 1;', { objectType: 'MATERIALIZED VIEW', schema: 'a', name: 'm' }],
  ['CREATE OR REPLACE VIEW a.v AS SELECT 1;', { objectType: 'VIEW', name: 'v', replaces: true }],
  ['CREATE SEQUENCE a.s AS integer;', { objectType: 'SEQUENCE', name: 's' }],
  ['CREATE SCHEMA app;', { objectType: 'SCHEMA', name: 'app' }],
  ['CREATE EXTENSION IF NOT EXISTS hstore WITH SCHEMA public;', { objectType: 'EXTENSION', name: 'hstore' }],
  ['CREATE OR REPLACE PROCEDURAL LANGUAGE plperl;', { objectType: 'LANGUAGE', name: 'plperl' }],
  ['CREATE TRUSTED PROCEDURAL LANGUAGE plx HANDLER a.h;', { objectType: 'LANGUAGE', name: 'plx' }],
  [
    "CREATE FUNCTION s.f(language text DEFAULT 'LANGUAGE c') RETURNS TABLE(a int)\n    LANGUAGE plpgsql STABLE\n    AS $$ LANGUAGE c $$;",
    { objectType: 'FUNCTION', schema: 's', name: 'f', language: 'plpgsql' },
  ],
  [
    'CREATE FUNCTION s.spoken() RETURNS SETOF public.language\n    LANGUAGE sql\n    AS $$ SELECT $$;',
    { objectType: 'FUNCTION', name: 'spoken', language: 'sql' },
  ],
  [
    'CREATE FUNCTION s.tagged() RETURNS language.tag\n    LANGUAGE sql\n    AS $$ SELECT $$;',
    { objectType: 'FUNCTION', name: 'tagged', language: 'sql' },
  ],
  [
    'CREATE TRANSFORM FOR public.language LANGUAGE plperl (FROM SQL WITH FUNCTION f(internal));',
    { objectType: 'TRANSFORM', language: 'plperl' },
  ],
  [
    "CREATE FUNCTION s.g(cstring) RETURNS s.t LANGUAGE c IMMUTABLE STRICT AS '$libdir/own', 'g_in';",
    { objectType: 'FUNCTION', name: 'g', language: 'c', library: '$libdir/own' },
  ],
  [
    'CREATE PROCEDURE s.p(INOUT a integer) LANGUAGE sql BEGIN ATOMIC SELECT 1; END;',
    { objectType: 'PROCEDURE', language: 'sql' },
  ],
  ['CREATE AGGREGATE s.total(integer) (SFUNC = int4pl);', { objectType: 'AGGREGATE', name: 'total' }],
  ["CREATE TYPE s.e AS ENUM ('a');", { objectType: 'TYPE', typeKind: 'enum' }],
  ['CREATE TYPE s.c AS (a int);', { typeKind: 'composite' }],
  ['CREATE TYPE s.r AS RANGE (subtype = int);', { typeKind: 'range' }],
  ['CREATE TYPE s.b (INPUT = s.i, OUTPUT = s.o, PASSEDBYVALUE);', { typeKind: 'base' }],
  ['CREATE TYPE s.s;', { typeKind: 'shell' }],
  ["CREATE COLLATION s.c (provider = icu, locale = 'de');", { objectType: 'COLLATION', name: 'c' }],
  ['CREATE OPERATOR s.=== (FUNCTION = int4eq);', { objectType: 'OPERATOR', schema: 's', name: '===' }],
  [
    'CREATE OPERATOR CLASS s.ops FOR TYPE int USING btree AS OPERATOR 1 <;',
    { objectType: 'OPERATOR CLASS', name: 'ops' },
  ],
  ['CREATE CAST (s.a AS text) WITH INOUT;', { objectType: 'CAST' }],
  [
    'CREATE TRANSFORM FOR integer LANGUAGE plperl (FROM SQL WITH FUNCTION f(internal));',
    { objectType: 'TRANSFORM', language: 'plperl' },
  ],
  [
    'CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;',
    { objectType: 'ACCESS METHOD', name: 'heap2' },
  ],
  ["CREATE DEFAULT CONVERSION s.c FOR 'A' TO 'B' FROM f;", { objectType: 'CONVERSION', name: 'c' }],
  [
    'CREATE TEXT SEARCH DICTIONARY s.d (TEMPLATE = simple);',
    { objectType: 'TEXT SEARCH DICTIONARY', name: 'd' },
  ],
  ['CREATE FOREIGN DATA WRAPPER w HANDLER s.h;', { objectType: 'FOREIGN DATA WRAPPER', name: 'w' }],
  [
    "CREATE SERVER s TYPE 'FOREIGN' FOREIGN DATA WRAPPER w;",
    { objectType: 'SERVER', name: 's', foreignDataWrapper: 'w' },
  ],
  [
    'CREATE USER MAPPING FOR "Bob" SERVER s OPTIONS (password \'x\');',
    { objectType: 'USER MAPPING', roles: ['Bob'], server: 's' },
  ],
  [
    'CREATE TRIGGER t BEFORE UPDATE OF a ON s.t FOR EACH ROW EXECUTE FUNCTION s.f();',
    { objectType: 'TRIGGER', name: 't', on: { schema: 's', name: 't' } },
  ],
  [
    'CREATE CONSTRAINT TRIGGER t AFTER INSERT ON s.u FOR EACH ROW EXECUTE FUNCTION f();',
    { objectType: 'TRIGGER', on: { schema: 's', name: 'u' } },
  ],
  [
    'CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f();',
    { objectType: 'EVENT TRIGGER', name: 'e' },
  ],
  [
    'CREATE RULE r AS\n    ON DELETE TO s.t DO NOTHING;',
    { objectType: 'RULE', name: 'r', on: { schema: 's', name: 't' } },
  ],
  [
    'CREATE POLICY p ON s.t AS RESTRICTIVE FOR SELECT TO a, "B" USING (true);',
    { objectType: 'POLICY', name: 'p', on: { schema: 's', name: 't' }, roles: ['a', 'B'] },
  ],
  ['CREATE PUBLICATION p FOR ALL TABLES;', { objectType: 'PUBLICATION', name: 'p' }],
  [
    "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (connect = false);",
    { objectType: 'SUBSCRIPTION', name: 's' },
  ],
  ['CREATE STATISTICS s.st ON a, b FROM s.t;', { objectType: 'STATISTICS', name: 'st' }],

  [
    'ALTER TABLE s.t OWNER TO "Owner";',
    { verb: 'ALTER', objectType: 'TABLE', name: 't', action: 'OWNER TO', roles: ['Owner'] },
  ],
  [
    'ALTER FUNCTION s.f(a integer, OUT b text) OWNER TO o;',
    { objectType: 'FUNCTION', name: 'f', action: 'OWNER TO', roles: ['o'] },
  ],
  [
    'ALTER OPERATOR s.=== (integer, integer) OWNER TO o;',
    { objectType: 'OPERATOR', name: '===', roles: ['o'] },
  ],
  [
    'ALTER OPERATOR FAMILY s.fam USING btree OWNER TO o;',
    { objectType: 'OPERATOR FAMILY', name: 'fam', roles: ['o'] },
  ],
  ['ALTER LARGE OBJECT 42 OWNER TO o;', { objectType: 'LARGE OBJECT', name: '42', roles: ['o'] }],
  [
    'ALTER TABLE ONLY s.t ALTER COLUMN "C" SET COMPRESSION lz4;',
    { column: 'C', action: 'ALTER COLUMN SET COMPRESSION', value: 'lz4' },
  ],
  ['ALTER TABLE ONLY s.t ALTER COLUMN c SET DEFAULT 5;', { action: 'ALTER COLUMN SET DEFAULT' }],
  [
    'ALTER TABLE s.t ALTER COLUMN c ADD GENERATED ALWAYS AS IDENTITY (START WITH 1);',
    { action: 'ALTER COLUMN ADD GENERATED' },
  ],
  ['ALTER TABLE ONLY s.t\n    ADD CONSTRAINT k PRIMARY KEY (a);', { action: 'ADD CONSTRAINT' }],
  ['ALTER TABLE ONLY s.t ATTACH PARTITION s.p DEFAULT;', { action: 'ATTACH PARTITION' }],
  ['ALTER INDEX s.i ATTACH PARTITION s.j;', { objectType: 'INDEX', action: 'ATTACH PARTITION' }],
  ['ALTER TABLE s.t ENABLE ROW LEVEL SECURITY;', { action: 'ENABLE ROW LEVEL SECURITY' }],
  ['ALTER SEQUENCE s.q OWNED BY s.t.c;', { objectType: 'SEQUENCE', action: 'OWNED BY' }],
  [
    'ALTER PUBLICATION p ADD TABLES IN SCHEMA s;',
    { objectType: 'PUBLICATION', name: 'p', action: 'ADD TABLES IN SCHEMA' },
  ],
  [
    'ALTER DEFAULT PRIVILEGES FOR ROLE a IN SCHEMA s GRANT SELECT ON TABLES TO b;',
    { objectType: 'DEFAULT PRIVILEGES', schema: 's', action: 'GRANT', roles: ['a', 'b'] },
  ],
  [
    'ALTER DEFAULT PRIVILEGES FOR ROLE a REVOKE ALL ON FUNCTIONS FROM PUBLIC;',
    { action: 'REVOKE', roles: ['a', 'public'] },
  ],

  ["COMMENT ON TABLE s.t IS 'x';", { verb: 'COMMENT', objectType: 'TABLE', schema: 's', name: 't' }],
  ["COMMENT ON COLUMN s.t.c IS 'x';", { objectType: 'COLUMN', schema: 's', name: 't', column: 'c' }],
  [
    "COMMENT ON CONSTRAINT k ON s.t IS 'x';",
    { objectType: 'CONSTRAINT', name: 'k', on: { schema: 's', name: 't' } },
  ],
  ["COMMENT ON CONSTRAINT k ON DOMAIN s.d IS 'x';", { name: 'k', on: { schema: 's', name: 'd' } }],
  ["COMMENT ON EVENT TRIGGER e IS 'x';", { objectType: 'EVENT TRIGGER', name: 'e' }],
  [
    "SECURITY LABEL FOR dummy ON TABLE s.t IS 'x';",
    { verb: 'SECURITY LABEL', objectType: 'TABLE', name: 't' },
  ],
  [
    'GRANT SELECT(a),UPDATE(b) ON TABLE s.t TO r WITH GRANT OPTION;',
    { verb: 'GRANT', objectType: 'TABLE', schema: 's', name: 't', roles: ['r'] },
  ],
  [
    'REVOKE ALL ON FUNCTION s.f(integer) FROM PUBLIC;',
    { verb: 'REVOKE', objectType: 'FUNCTION', name: 'f', roles: ['public'] },
  ],
  ['GRANT USAGE ON FOREIGN SERVER x TO r;', { objectType: 'SERVER', name: 'x', roles: ['r'] }],
  ['GRANT a TO b;', { verb: 'GRANT', roles: ['b'] }],
  ["SET default_tablespace = '';", { verb: 'SET', name: 'default_tablespace', value: '' }],
  ['SET default_tablespace = "Fast One";', { name: 'default_tablespace', value: 'Fast One' }],
  ['SET SESSION AUTHORIZATION bob;', { name: 'session_authorization', value: 'bob' }],
  ["SELECT pg_catalog.set_config('search_path', '', false);", { verb: 'SELECT' }],
  [
    'REFRESH MATERIALIZED VIEW s.m;',
    { verb: 'REFRESH', objectType: 'MATERIALIZED VIEW', schema: 's', name: 'm' },
  ],
  ['DROP TABLE IF EXISTS s.t;', { verb: 'DROP', objectType: 'TABLE', name: 't' }],
];

describe('statementTarget', () => {
  test.each(cases)('%s', (statement, expected) => {
    const target = statementTarget(statement);
    expect(target).toMatchObject(expected);
    if (!('roles' in expected)) expect(target.roles).toEqual([]);
  });

  test('is not misled by comments and quotes', () => {
    expect(statementTarget('CREATE /* TABLE a */ VIEW -- x\n "TABLE"."b.c" AS SELECT 1;')).toEqual({
      verb: 'CREATE',
      objectType: 'VIEW',
      schema: 'TABLE',
      name: 'b.c',
      roles: [],
    });
  });
});

test('the head of a statement is the beginning of its target', () => {
  const verbs = [
    'CREATE',
    'ALTER',
    'create',
    'DROP',
    'COMMENT ON',
    'GRANT ALL ON',
    'CREATE OR REPLACE',
    'SET',
  ];
  const rests = [' a.b (c int);', '\ta;', '/**/ a;', ' SPACE a;', 'S a;', '."x" TO y;', ' ', '', ';'];
  const words = [...OBJECT_TYPES, ...OBJECT_TYPES.map((type) => type.replace(' ', '  ')), 'table', ''];
  const texts = verbs.flatMap((verb) =>
    words.flatMap((word) => rests.map((rest) => `${verb} ${word}${rest}`)),
  );
  const headAndTarget = [...texts, ...cases.map(([text]) => text)].map((text) => {
    const statement = { gapStart: 0, start: 0, end: text.length, text };
    const { verb, objectType } = headOf(statement);
    const target = targetOf({ ...statement });
    return [[text, verb, objectType] as const, [text, target.verb, target.objectType] as const] as const;
  });
  expect(headAndTarget.map(([head]) => head)).toEqual(headAndTarget.map(([, target]) => target));
});
