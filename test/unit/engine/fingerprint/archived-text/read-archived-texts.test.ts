import { expect, it } from 'vitest';
import { readArchivedTexts } from '../../../../../lib/engine/fingerprint/archived-text/read-archived-texts.ts';

/** What every statement says, in the words that a fingerprint has by hash. */
const SAID: ReadonlyArray<readonly [statement: string, said: Readonly<Record<string, string>>]> = [
  [
    `CREATE VIEW s.v WITH (security_barrier='true') AS\n SELECT 1 AS a\n  WITH LOCAL CHECK OPTION;`,
    { 'view s.v definition': 'SELECT 1 AS a;' },
  ],
  [
    'CREATE MATERIALIZED VIEW s.m AS\n SELECT 1 AS a\n  WITH NO DATA;',
    { 'materialized view s.m definition': 'SELECT 1 AS a;' },
  ],
  [
    `CREATE TABLE s."T" (
    id integer DEFAULT '-1'::integer CONSTRAINT n NOT NULL,
    words text[] DEFAULT ARRAY['a'::text, 'NOT NULL'::text] NOT NULL,
    sorted text DEFAULT ('x'::text COLLATE "C") COLLATE "C",
    made integer GENERATED ALWAYS AS ((id * 2)) STORED,
    plain integer,
    CONSTRAINT c CHECK (((id > 0) AND (id <> 5))) NO INHERIT
)
PARTITION BY RANGE (lower(plain), id);`,
    {
      'column s."T".id default': "'-1'::integer",
      'column s."T".words default': "ARRAY['a'::text, 'NOT NULL'::text]",
      'column s."T".sorted default': `('x'::text COLLATE "C")`,
      'column s."T".made default': '(id * 2)',
      'constraint c on s."T" definition': 'CHECK (((id > 0) AND (id <> 5))) NO INHERIT',
      'table s."T" partitionKey': 'RANGE (lower(plain), id)',
    },
  ],
  [
    'ALTER TABLE s.t ADD CONSTRAINT c CHECK ((a > 0)) NOT VALID;',
    { 'constraint c on s.t definition': 'CHECK ((a > 0)) NOT VALID' },
  ],
  ["ALTER TABLE ONLY s.v ALTER COLUMN a SET DEFAULT 'x'::text;", { 'column s.v.a default': "'x'::text" }],
  [
    "ALTER TABLE ONLY s.p ATTACH PARTITION s.p1 FOR VALUES IN ('a', NULL);",
    {
      'table s.p1 partitionBound': "FOR VALUES IN ('a', NULL)",
      'foreign table s.p1 partitionBound': "FOR VALUES IN ('a', NULL)",
    },
  ],
  [
    `CREATE DOMAIN s.d AS text NOT NULL DEFAULT 'x'::text\n\tCONSTRAINT c CHECK ((VALUE <> ''::text))\n\tCONSTRAINT e CHECK (true);`,
    {
      'domain s.d default': "'x'::text",
      'domain constraint c on s.d definition': "CHECK ((VALUE <> ''::text))",
      'domain constraint e on s.d definition': 'CHECK (true)',
    },
  ],
  [
    'ALTER DOMAIN s.d ADD CONSTRAINT c CHECK ((VALUE > 0)) NOT VALID;',
    { 'domain constraint c on s.d definition': 'CHECK ((VALUE > 0)) NOT VALID' },
  ],
  [
    'CREATE UNIQUE INDEX i ON ONLY s.t USING btree (lower(a)) WHERE (a > 0);',
    { 'index s.i definition': 'CREATE UNIQUE INDEX i ON ONLY s.t USING btree (lower(a)) WHERE (a > 0)' },
  ],
  [
    'CREATE TRIGGER g BEFORE UPDATE OF a ON s.t FOR EACH ROW WHEN ((old.a <> new.a)) EXECUTE FUNCTION s.f();',
    {
      'trigger g on s.t definition':
        'CREATE TRIGGER g BEFORE UPDATE OF a ON s.t FOR EACH ROW WHEN ((old.a <> new.a)) EXECUTE FUNCTION s.f()',
    },
  ],
  [
    'CREATE RULE r AS\n    ON INSERT TO s.t DO INSTEAD ( SELECT 1;\n SELECT 2;\n);',
    {
      'rule r on s.t definition':
        'CREATE RULE r AS\n    ON INSERT TO s.t DO INSTEAD ( SELECT 1;\n SELECT 2;\n);',
    },
  ],
  [
    'CREATE STATISTICS s.st ON (a + 1), b FROM s.t;',
    { 'statistics s.st definition': 'CREATE STATISTICS s.st ON (a + 1), b FROM s.t' },
  ],
  [
    'ALTER PUBLICATION p ADD TABLE ONLY s.t (a, b) WHERE ((a > 0));',
    { 'publication table s.t in publication p filter': '(a > 0)' },
  ],
  [
    `CREATE FUNCTION s.f(a integer DEFAULT '-1'::integer, b text[] DEFAULT ARRAY['x'::text, 'y'::text]) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT COST 5 PARALLEL SAFE
    SET work_mem TO '1MB'
    RETURN (a + 1);`,
    {
      'function s.f defaults': "'-1'::integer, ARRAY['x'::text, 'y'::text]",
      'function s.f body': `CREATE OR REPLACE FUNCTION s.f(a integer DEFAULT '-1'::integer, b text[] DEFAULT ARRAY['x'::text, 'y'::text]) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT COST 5 SET work_mem TO '1MB'
    RETURN (a + 1)`,
    },
  ],
];

it.each(SAID)('of %s', (statement, said) => {
  const texts = readArchivedTexts([statement]);
  const found = [...texts].map(([key, [text]]) => [key.replaceAll('\t', ' '), text]);
  expect(Object.fromEntries(found)).toEqual(said);
});

it('has the last that was said, and nothing of what was taken back', () => {
  const view = (select: string) => `CREATE OR REPLACE VIEW s.v AS ${select};`;
  const texts = readArchivedTexts([
    view('SELECT NULL::integer AS a'),
    view('SELECT t.a FROM s.t'),
    'CREATE TABLE s.t (a integer DEFAULT 1);',
    'ALTER TABLE s.t ALTER COLUMN a DROP DEFAULT;',
  ]);
  expect([...texts]).toEqual([['view\ts.v\tdefinition', ['SELECT t.a FROM s.t;']]]);
});
