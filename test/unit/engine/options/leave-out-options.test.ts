import { describe, expect, it } from 'vitest';
import {
  guardUnknownOptions,
  leaveOutServerOptions,
} from '../../../../lib/engine/options/leave-out-options.ts';

const OPTIONS = { column: new Set(['pg_attver', 'pg_note']), relation: new Set(['pg_relver']) };

function left(script: string): string {
  return leaveOutServerOptions(Buffer.from(script), OPTIONS).toString();
}

describe('options that a server keeps by itself', () => {
  it.each([
    ['first', 'SET (pg_attver=27, n_distinct=5)', 'SET (n_distinct=5)'],
    ['last', 'SET (n_distinct=5, pg_attver=27)', 'SET (n_distinct=5)'],
    [
      'between',
      'SET (n_distinct=5, pg_attver=27, n_distinct_inherited=-0.5)',
      'SET (n_distinct=5, n_distinct_inherited=-0.5)',
    ],
    ['twice', 'SET (pg_attver=27, n_distinct=-1, pg_note=a)', 'SET (n_distinct=-1)'],
  ])('go, and the user’s own stay: %s', (_, before, after) => {
    for (const table of ['TABLE ONLY public.t', 'FOREIGN TABLE ONLY public."a ""b SET (x)"']) {
      for (const column of ['a', '"SET (pg_attver=1)"', 'set', '"Ä, )"']) {
        const statement = (list: string) => `ALTER ${table} ALTER COLUMN ${column} ${list};`;
        expect(left(statement(before))).toBe(statement(after));
      }
    }
  });

  it('take a statement that sets nothing else with them, and its line', () => {
    const script = [
      'CREATE TABLE public.t (\n    a integer\n);',
      'ALTER TABLE ONLY public.t ALTER COLUMN a SET (pg_attver=27);',
      'ALTER TABLE ONLY public.t ALTER COLUMN b SET (pg_attver=28, pg_note=1);',
      '\n\nALTER TABLE public.t OWNER TO postgres;\n',
    ];
    expect(left(script.join('\n'))).toBe([script[0], script[3]].join('\n'));
  });

  it.each([
    [
      "CREATE TABLE public.set (\n    a integer\n)\nWITH (pg_relver='7');",
      'CREATE TABLE public.set (\n    a integer\n);',
    ],
    [
      "CREATE TABLE public.t (\n    a integer\n)\nPARTITION BY RANGE (a)\nWITH (fillfactor='70', pg_relver='7', toast.pg_relver='8');",
      "CREATE TABLE public.t (\n    a integer\n)\nPARTITION BY RANGE (a)\nWITH (fillfactor='70');",
    ],
    [
      "CREATE VIEW public.w WITH (pg_relver='7') AS\n SELECT 'WITH (pg_relver=1)' AS a;",
      "CREATE VIEW public.w AS\n SELECT 'WITH (pg_relver=1)' AS a;",
    ],
    [
      "CREATE INDEX i ON public.t USING gist (a public.gist_ops (siglen='100')) WITH (pg_relver='7', fillfactor='70') WHERE (a > 1);",
      "CREATE INDEX i ON public.t USING gist (a public.gist_ops (siglen='100')) WITH (fillfactor='70') WHERE (a > 1);",
    ],
    [
      "ALTER TABLE ONLY public.t\n    ADD CONSTRAINT k EXCLUDE USING gist (a WITH &&) WITH (pg_relver='7');",
      'ALTER TABLE ONLY public.t\n    ADD CONSTRAINT k EXCLUDE USING gist (a WITH &&);',
    ],
  ])('go from relations as well: %s', (before, after) => {
    expect(left(before)).toBe(after);
  });

  it('are not looked for in what a user wrote', () => {
    const script = `
CREATE FUNCTION public.f() RETURNS text LANGUAGE sql AS $$
ALTER TABLE ONLY public.t ALTER COLUMN a SET (pg_attver=27);
$$;
CREATE VIEW public.pg_attver AS SELECT 'SET (pg_attver=27)'::text AS pg_attver;
COMMENT ON COLUMN public.t.a IS 'ALTER TABLE ONLY public.t ALTER COLUMN a SET (pg_attver=27);';
ALTER TABLE ONLY public.t ALTER COLUMN a SET DEFAULT 'SET (pg_attver=27)';
ALTER TABLE ONLY public.t ALTER COLUMN pg_attver SET (n_distinct=5);
ALTER TABLE ONLY public.t ADD CONSTRAINT pg_relver CHECK ((pg_attver > 1));
`;
    expect(left(script)).toBe(script);
  });

  it('leave every other byte of a script as it is, in whatever encoding', () => {
    const name = Buffer.from([0xe4, 0xff, 0xc3, 0xa4]);
    const script = (list: string) =>
      Buffer.concat([
        Buffer.from('ALTER TABLE ONLY public."'),
        name,
        Buffer.from(`" ALTER COLUMN a SET (${list});`),
      ]);
    expect(leaveOutServerOptions(script('pg_attver=1, n_distinct=2'))).toEqual(script('n_distinct=2'));
  });
});

describe('options of columns that nobody knows', () => {
  it('get a statement each, which another server may refuse, beside those that a user set', () => {
    const script = 'ALTER TABLE ONLY public."it\'s" ALTER COLUMN a SET (pg_new=1, n_distinct=5, other=2);\n';
    const guarded = guardUnknownOptions(Buffer.from(script)).toString();
    expect(guarded).toContain('ALTER TABLE ONLY public."it\'s" ALTER COLUMN a SET (n_distinct=5);\nDO $');
    expect(guarded.match(/EXECUTE/g)).toHaveLength(2);
  });

  it('are none in what every PostgreSQL knows', () => {
    const script = Buffer.from(
      'ALTER TABLE ONLY public.t ALTER COLUMN a SET (n_distinct=5, n_distinct_inherited=-1);\n',
    );
    expect(guardUnknownOptions(script)).toBe(script);
  });
});
