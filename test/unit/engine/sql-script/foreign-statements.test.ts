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
  expect(foreignStatements(script)).toEqual([
    'DROP TABLE',
    'CREATE ROLE',
    'ALTER ROLE',
    'GRANT',
    'SELECT',
    'DO',
    'COPY',
  ]);
});
