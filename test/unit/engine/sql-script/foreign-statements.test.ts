import { expect, it } from 'vitest';
import { foreignStatements } from '../../../../lib/engine/sql-script/foreign-statements.ts';

it('names what no schema of pg_dump holds', () => {
  const script = `CREATE TABLE a (id int);
DROP TABLE a;
CREATE ROLE evil SUPERUSER;
ALTER ROLE evil SUPERUSER;
GRANT admin TO evil;
SELECT evil();
DO $$ BEGIN END $$;
COPY a FROM PROGRAM 'id';
CREATE USER MAPPING FOR evil SERVER s;
ALTER TABLE ONLY public.a ALTER COLUMN id SET NOT NULL;
DO $fit$ BEGIN IF pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 150000 THEN EXECUTE 'x'; END IF; END $fit$;
GRANT SELECT(id),UPDATE(id) ON TABLE public.a TO evil;
SET SESSION AUTHORIZATION "x";
RESET SESSION AUTHORIZATION;
REFRESH MATERIALIZED VIEW public.m;
COMMENT ON TABLE a IS 'DROP TABLE a;';
ALTER DEFAULT PRIVILEGES FOR ROLE x GRANT SELECT ON TABLES TO y;
SECURITY LABEL FOR p ON TABLE a IS 'x';
`;
  expect(foreignStatements(script).map(({ words }) => words)).toEqual([
    'DROP TABLE',
    'CREATE ROLE',
    'ALTER ROLE',
    'GRANT',
    'SELECT',
    'DO',
    'COPY',
  ]);
});

it('says where it is, and what bare words begin with that are no statement', () => {
  const header = (name: string) =>
    `--\n-- Name: ${name}; Type: TEXT SEARCH DICTIONARY; Schema: public; Owner: o\n--\n\n`;
  const create = (name: string, option: string) =>
    `CREATE TEXT SEARCH DICTIONARY public.${name} (\n    TEMPLATE = pg_catalog.simple, ${option} );\n\n`;
  const script = `SET x = 1;

${header('good')}${create('good', 'accept = true')}${header('bad')}${create('bad', 'accept = true);\n\\! touch x\n;touch y; 5')}`;
  const entry = 'TEXT SEARCH DICTIONARY public.bad';
  expect(foreignStatements(script)).toEqual([
    { line: 16, words: '\\', entry },
    { line: 17, words: 'TOUCH', entry },
    { line: 17, words: 'a number', entry },
  ]);
  expect(foreignStatements("'x';")).toEqual([{ line: 1, words: 'a string', entry: undefined }]);
});
