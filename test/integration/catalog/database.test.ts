import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DatabaseFacts, readDatabaseFacts } from '../../../lib/engine/catalog/database.ts';
import { createDatabaseStatement, writeDatabaseSql } from '../../../lib/engine/catalog/database-sql.ts';
import { splitStatements } from '../../../lib/engine/sql-script/statements.ts';
import { type PostgresServer, type ServerMajor, startPostgres } from '../../support/postgres-server.ts';
import { missingPrograms, PROGRAMS_PATH, psqlEnvironment } from '../../support/restore-script.ts';
import { openSession } from './sessions.ts';

/** Would end a comment, a string, a quoted name, if it could. */
const EVIL = `x"y'z\\\n DROP ROLE web -- 100 %`;
const EVIL_QUOTED = `"${EVIL.replaceAll('"', '""')}"`;
const SETTINGS = `
  ALTER DATABASE ${EVIL_QUOTED} SET search_path = "$user", "a, b";
  ALTER DATABASE ${EVIL_QUOTED} SET app.motto = '100 % it''s $lifeboat$';
  ALTER DATABASE ${EVIL_QUOTED} SET app.settings.jwt_secret = 'swordfish';
  ALTER ROLE web IN DATABASE ${EVIL_QUOTED} SET work_mem = '5MB';
  ALTER ROLE web IN DATABASE ${EVIL_QUOTED} SET app.token = 'swordfish';
  ALTER DATABASE ${EVIL_QUOTED} CONNECTION LIMIT 17;
  ALTER DATABASE ${EVIL_QUOTED} OWNER TO keeper;
  REVOKE ALL ON DATABASE ${EVIL_QUOTED} FROM PUBLIC;
  GRANT CONNECT ON DATABASE ${EVIL_QUOTED} TO web WITH GRANT OPTION;
  COMMENT ON DATABASE ${EVIL_QUOTED} IS 'it''s
    ours';`;
const STATE = `
  SELECT pg_get_userbyid(d.datdba) AS owner, d.datconnlimit, shobj_description(d.oid, 'pg_database') AS comment,
         (SELECT array_agg(item::text ORDER BY item::text) FROM unnest(d.datacl) item) AS acl,
         (SELECT json_agg(json_build_array(s.setrole::regrole, s.setconfig) ORDER BY s.setrole::regrole::text)
            FROM pg_db_role_setting s WHERE s.setdatabase = d.oid)::text AS settings
    FROM pg_database d WHERE d.datname = current_database()`;

const withoutPsql = missingPrograms('database.sql by psql', ['psql']).length > 0;

describe.each<ServerMajor>([14, 15, 17, 18])('the database on PostgreSQL %i', (major) => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres({ major });
    const client = await server.connect();
    await client.query('CREATE ROLE web; CREATE ROLE keeper;');
    await client.query(`CREATE DATABASE ${EVIL_QUOTED} TEMPLATE template0`);
    await client.query(SETTINGS);
  });
  afterAll(() => server.stop());

  /** A database of another name, dropped afterwards. */
  async function withOther<T>(use: (name: string) => Promise<T>): Promise<T> {
    const admin = await server.connect();
    await admin.query('CREATE DATABASE other TEMPLATE template0');
    try {
      return await use('other');
    } finally {
      await admin.query('DROP DATABASE other WITH (FORCE)');
    }
  }

  async function stateOf(database: string) {
    const { client, query } = await openSession(server, database);
    const [state] = await query(STATE);
    await client.end();
    return state;
  }

  /** A database that was made again has another number. */
  const anew = (facts: DatabaseFacts) => ({ ...facts, databaseOid: expect.any(Number) });

  it('has its facts', async () => {
    const { query } = await openSession(server, EVIL);
    const facts = await readDatabaseFacts(query);
    expect(facts).toMatchObject({
      database: EVIL,
      encoding: 'UTF8',
      localeProvider: 'libc',
      collate: 'C',
      ctype: 'C',
      locale: null,
      icuRules: null,
      standby: false,
      timeline: 1,
      systemIdentifier: expect.stringMatching(/^\d{18,20}$/),
      databaseOid: expect.any(Number),
    });
    expect(Math.floor(facts.versionNumber / 10_000)).toBe(major);
    expect(facts.version).toMatch(new RegExp(`^${major}\\.`));
  });

  it.each(major >= 15 ? ['icu'] : [])(
    'has the facts of its %s locale, and is created again from them',
    async () => {
      const admin = await server.connect();
      await admin.query(
        `CREATE DATABASE icu TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de-u-co-phonebk'`,
      );
      const before = await readDatabaseFacts((await openSession(server, 'icu')).query);
      expect(before).toMatchObject({ localeProvider: 'icu', locale: 'de-u-co-phonebk' });
      await admin.query('DROP DATABASE icu WITH (FORCE)');
      await admin.query(createDatabaseStatement(before));
      expect(await readDatabaseFacts((await openSession(server, 'icu')).query)).toEqual(anew(before));
    },
  );

  it.each(major >= 17 ? ['builtin'] : [])(
    'has the facts of its %s locale, and is created again from them',
    async () => {
      const admin = await server.connect();
      await admin.query(
        `CREATE DATABASE built_in TEMPLATE template0 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'`,
      );
      const before = await readDatabaseFacts((await openSession(server, 'built_in')).query);
      expect(before).toMatchObject({ localeProvider: 'builtin', locale: 'C.UTF-8' });
      await admin.query('DROP DATABASE built_in WITH (FORCE)');
      await admin.query(createDatabaseStatement(before));
      expect(await readDatabaseFacts((await openSession(server, 'built_in')).query)).toEqual(anew(before));
    },
  );

  it('has facts for a role from which the host keeps some, without an end to its transaction', async () => {
    await server.run(
      'REVOKE EXECUTE ON FUNCTION pg_control_system(), pg_control_checkpoint() FROM PUBLIC',
      EVIL,
    );
    await server.run(`ALTER ROLE web LOGIN`);
    const { client, query } = await openSession(server, EVIL, 'web');
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    expect(await readDatabaseFacts(query)).toMatchObject({
      systemIdentifier: null,
      timeline: null,
      database: EVIL,
    });
    expect((await query('SELECT 1 AS alive'))[0]).toEqual({ alive: 1 });
  });

  it('gives its settings, owner, grants and comment to a database of another name, statement by statement', async () => {
    const { sql } = await writeDatabaseSql((await openSession(server, EVIL)).query);
    await withOther(async (other) => {
      const { client } = await openSession(server, other);
      for (const _ of ['once', 'again']) {
        for (const { text } of splitStatements(sql))
          await client.query({ text, queryMode: 'extended' } as never);
      }
      expect(await stateOf(other)).toEqual(withoutSecrets(await stateOf(EVIL)));
    });
  });

  it.skipIf(withoutPsql)('gives them by psql, too', async () => {
    const { sql } = await writeDatabaseSql((await openSession(server, EVIL)).query);
    await withOther(async (other) => {
      execFileSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', '-'], {
        input: sql,
        env: { PATH: PROGRAMS_PATH, ...psqlEnvironment(server, other) },
        stdio: ['pipe', 'ignore', 'pipe'],
      });
      expect(await stateOf(other)).toEqual(withoutSecrets(await stateOf(EVIL)));
    });
  });

  it('keeps its secrets to itself, and names them', async () => {
    const { sql, withheld } = await writeDatabaseSql((await openSession(server, EVIL)).query);
    expect(sql).not.toContain('swordfish');
    expect(withheld.map(({ name }) => name)).toEqual([
      'setting app.settings.jwt_secret of the database',
      'setting app.token of role web in the database',
    ]);
  });
});

function withoutSecrets(state: Readonly<Record<string, unknown>> | undefined): unknown {
  return {
    ...state,
    settings: String(state?.settings).replace(/,\s*"app\.(?:settings\.jwt_secret|token)=swordfish"/g, ''),
  };
}
