import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { namedRoles } from '../../../lib/engine/catalog/named-roles.ts';
import { rolesToKeep } from '../../../lib/engine/catalog/roles-to-keep.ts';
import { type PostgresServer, type ServerMajor, startPostgres } from '../../support/postgres-server.ts';
import { openSession, type TestSession } from './sessions.ts';

/** Each role is named in one way only. */
const WAYS: Readonly<Record<string, string>> = {
  owner_of_table: 'CREATE TABLE t1 (); ALTER TABLE t1 OWNER TO owner_of_table',
  owner_of_function: `CREATE FUNCTION f1() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION f1() OWNER TO owner_of_function`,
  owner_of_type: 'CREATE TYPE e1 AS ENUM (); ALTER TYPE e1 OWNER TO owner_of_type',
  owner_of_large_object: 'SELECT lo_create(77); ALTER LARGE OBJECT 77 OWNER TO owner_of_large_object',
  owner_of_schema: 'CREATE SCHEMA s1 AUTHORIZATION owner_of_schema',
  owner_of_statistics:
    'CREATE TABLE t7 (a int, b int); CREATE STATISTICS st1 ON a, b FROM t7; ALTER STATISTICS st1 OWNER TO owner_of_statistics',
  grantee_on_table: 'CREATE TABLE t2 (a int); GRANT SELECT ON t2 TO grantee_on_table',
  grantee_on_column: 'CREATE TABLE t3 (a int); GRANT SELECT (a) ON t3 TO grantee_on_column',
  grantee_on_schema: 'GRANT USAGE ON SCHEMA public TO grantee_on_schema',
  grantee_on_system_function:
    'GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text) TO grantee_on_system_function',
  grantee_on_database: 'GRANT TEMPORARY ON DATABASE shop TO grantee_on_database',
  in_policy: 'CREATE TABLE t4 (); CREATE POLICY p ON t4 TO in_policy',
  in_default_privileges: 'ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO in_default_privileges',
  of_default_privileges:
    'ALTER DEFAULT PRIVILEGES FOR ROLE of_default_privileges GRANT SELECT ON TABLES TO PUBLIC',
  mapped:
    'CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE USER MAPPING FOR mapped SERVER s',
  with_setting: `ALTER ROLE with_setting IN DATABASE shop SET work_mem = '5MB'`,
};

const NOT_NAMED: Readonly<Record<string, string>> = {
  elsewhere: 'SELECT 1',
  setting_everywhere: `ALTER ROLE setting_everywhere SET work_mem = '5MB'`,
  owner_of_temporary:
    'CREATE TEMPORARY TABLE gone (); ALTER TABLE gone OWNER TO owner_of_temporary; GRANT SELECT ON gone TO owner_of_temporary',
};

describe.each<ServerMajor>([14, 18])('roles that a database of PostgreSQL %i names', (major) => {
  let server: PostgresServer;
  let session: TestSession;

  beforeAll(async () => {
    server = await startPostgres({ major });
    await server.run('CREATE DATABASE shop');
    session = await openSession(server, 'shop');
    await session.client.query('SET search_path = public');
    for (const [role, sql] of Object.entries({ ...WAYS, ...NOT_NAMED })) {
      await session.client.query(`CREATE ROLE ${role}`);
      await session.client.query(sql);
    }
    await session.client.query('GRANT SELECT ON t2 TO pg_monitor; CREATE EXTENSION pg_stat_statements');
    await session.client.query(`SET search_path = ''`);
  });
  afterAll(() => server.stop());

  it('are found in whatever way they are named, and no others', async () => {
    const { names: found } = await namedRoles(session.query);
    expect(found).toEqual(expect.arrayContaining([...Object.keys(WAYS), 'pg_monitor', 'postgres']));
    expect(found.filter((role) => role in NOT_NAMED)).toEqual([]);
    // pg_stat_statements grants to this one by itself: CREATE EXTENSION does it again.
    expect(found).not.toContain('pg_read_all_stats');
  });

  it('are found by a role that may do nothing', async () => {
    const { client, query } = await openSession(server, 'shop', 'elsewhere');
    expect(await namedRoles(query)).toEqual(await namedRoles(session.query));
    await client.end();
  });

  it('are kept with their members, and with those that all of these are members of', async () => {
    const { client, query } = session;
    await client.query('BEGIN');
    await client.query(`
      CREATE ROLE team; CREATE ROLE person; CREATE ROLE guild; CREATE ROLE stranger;
      GRANT grantee_on_table TO team; GRANT team TO person; GRANT guild TO person; GRANT guild TO stranger;
      GRANT pg_read_all_settings TO person; GRANT pg_read_all_settings TO elsewhere`);
    expect(await rolesToKeep(query, ['grantee_on_table'])).toEqual([
      'grantee_on_table',
      'guild',
      'person',
      'pg_read_all_settings',
      'team',
    ]);
    await client.query('ROLLBACK');
  });
});

describe('the role that made another, from 16 on a member of it for administration', () => {
  it('is not kept because of that, nor is everything else that it made', async () => {
    const server = await startPostgres({ major: 18 });
    try {
      const { client, query } = await openSession(server);
      await client.query(
        'CREATE ROLE maker CREATEROLE; SET ROLE maker; CREATE ROLE made; CREATE ROLE made_too; RESET ROLE',
      );
      const memberOfMade = `SELECT member::regrole::text FROM pg_auth_members WHERE roleid = 'made'::regrole`;
      expect(await query(memberOfMade)).toEqual([{ member: 'maker' }]);
      expect(await rolesToKeep(query, ['made'])).toEqual(['made']);
      expect(await rolesToKeep(query, ['maker'])).toEqual(['maker']);
    } finally {
      await server.stop();
    }
  });
});
