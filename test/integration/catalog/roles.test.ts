import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRoles } from '../../../lib/engine/catalog/read-roles.ts';
import { roleStatements, writeRolesSql } from '../../../lib/engine/catalog/roles.ts';
import { splitStatements } from '../../../lib/engine/sql-script/statements.ts';
import { type PostgresServer, type ServerMajor, startPostgres } from '../../support/postgres-server.ts';
import { missingPrograms, PROGRAMS_PATH, psqlEnvironment } from '../../support/restore-script.ts';
import { openSession, type TestSession } from './sessions.ts';

/** Would end a comment, a string, a quoted name, a dollar quote, if it could; and psql would take `:'HOME'` for a variable. */
const EVIL = `x"y'z\\\n; DROP ROLE plain; -- $lifeboat$ :'HOME'`;
const EVIL_QUOTED = `"${EVIL.replaceAll('"', '""')}"`;

const ROLES = `
  CREATE ROLE plain LOGIN PASSWORD 'swordfish';
  CREATE ROLE grp NOLOGIN NOINHERIT;
  CREATE ROLE leader SUPERUSER CREATEDB CREATEROLE REPLICATION BYPASSRLS LOGIN CONNECTION LIMIT 3
    VALID UNTIL '2031-02-03 04:05:06+00';
  CREATE ROLE ${EVIL_QUOTED};
  GRANT grp TO plain WITH ADMIN OPTION;
  GRANT ${EVIL_QUOTED} TO grp;
  GRANT pg_read_all_data TO grp;
  GRANT plain TO leader;
  ALTER ROLE plain SET search_path = "$user", "a, b", public;
  ALTER ROLE plain SET app.motto = 'it''s :''HOME'' $lifeboat$';
  ALTER ROLE plain SET app.jwt_secret = 'swordfish';
  ALTER ROLE leader SET log_statement = 'all';
  COMMENT ON ROLE plain IS 'it''s
    plain';`;
const NAMES = ['plain', 'grp', 'leader', EVIL, 'pg_read_all_data'];

const withoutPsql = missingPrograms('roles.sql by psql', ['psql']).length > 0;

describe.each<[ServerMajor, ServerMajor]>([
  [14, 14],
  [15, 18],
  [18, 18],
])('roles of PostgreSQL %i, on a fresh server of %i', (from, to) => {
  let source: PostgresServer;
  let sourceSession: TestSession;
  let target: PostgresServer;
  let rolesSql: string;

  beforeAll(async () => {
    source = await startPostgres({ major: from });
    target = await startPostgres({ major: to });
    await source.run(ROLES);
    sourceSession = await openSession(source);
    rolesSql = (await writeRolesSql(sourceSession.query, NAMES)).sql;
  });
  afterAll(async () => {
    await source?.stop();
    await target?.stop();
  });

  /** A target without roles of anybody's; whoever gets here has it alone. */
  async function withTarget(use: (session: TestSession) => Promise<void>): Promise<void> {
    const session = await openSession(target);
    try {
      await use(session);
    } finally {
      await session.client.end();
      await target.run(`DROP ROLE IF EXISTS plain, grp, leader, installer, ${EVIL_QUOTED}`);
    }
  }

  /** What readRoles() says, with the source's memberships in the target's words, and without what was withheld. */
  async function expected() {
    const roles = await readRoles(sourceSession.query, NAMES);
    const inherits = new Map(roles.map(({ name, inherit }) => [name, inherit]));
    return roles.map((role) => ({
      ...role,
      settings: role.settings.filter((setting) => !setting.startsWith('app.jwt_secret')),
      memberOf: role.memberOf.map((one) =>
        from < 16 && to >= 16 ? { ...one, inherit: inherits.get(role.name), set: true } : one,
      ),
    }));
  }

  it('are the same after roles.sql ran statement by statement, twice', async () => {
    await withTarget(async ({ client, query }) => {
      for (const _ of ['once', 'again']) {
        for (const { text } of splitStatements(rolesSql))
          await client.query({ text, queryMode: 'extended' } as never);
        expect(await readRoles(query, NAMES)).toEqual(await expected());
      }
    });
  });

  it.skipIf(withoutPsql)('are the same after psql ran it, stopping at the first error', async () => {
    await withTarget(async ({ query }) => {
      for (const _ of ['once', 'again']) {
        execFileSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', '-'], {
          input: rolesSql,
          env: { PATH: PROGRAMS_PATH, ...psqlEnvironment(target, 'postgres') },
          stdio: ['pipe', 'ignore', 'ignore'],
        });
      }
      expect(await readRoles(query, NAMES)).toEqual(await expected());
    });
  });

  it('are the same after their statements ran in the order given', async () => {
    await withTarget(async ({ client, query }) => {
      for (const { create, attributes, rest } of await roleStatements(sourceSession.query, NAMES)) {
        for (const statement of [create, ...attributes, ...rest]) await client.query(statement);
      }
      expect(await readRoles(query, NAMES)).toEqual(await expected());
    });
  });

  it('are made by a role that is no superuser, as far as it may', async () => {
    await withTarget(async ({ client, query }) => {
      const warnings: string[] = [];
      client.on('notice', ({ severity, message }) => severity === 'WARNING' && warnings.push(message ?? ''));
      await client.query(`CREATE ROLE installer CREATEROLE`);
      await client.query('SET SESSION AUTHORIZATION installer');
      for (const { text } of splitStatements(rolesSql)) await client.query(text);
      const made = await readRoles(query, NAMES);
      expect(made.map(({ name }) => name)).toEqual((await expected()).map(({ name }) => name));
      expect(made.find(({ name }) => name === 'leader')).toMatchObject({
        superuser: false,
        login: true,
        connectionLimit: 3,
      });
      expect(warnings.filter((one) => one.startsWith('role leader: '))).not.toEqual([]);
    });
  });

  it('that exist already keep what they are', async () => {
    await withTarget(async ({ client, query }) => {
      await client.query('CREATE ROLE leader NOLOGIN');
      await client.query(rolesSql);
      expect((await readRoles(query, ['leader']))[0]).toMatchObject({
        superuser: false,
        login: false,
        connectionLimit: -1,
      });
    });
  });

  it('have no password and no secret in the file, and the setting that was withheld is named', async () => {
    const { sql, withheld } = await writeRolesSql(sourceSession.query, NAMES);
    expect(sql).not.toContain('swordfish');
    expect(sql).not.toContain('SCRAM');
    expect(withheld).toEqual([
      {
        name: 'setting app.jwt_secret of role plain',
        placeholder: '<set the setting app.jwt_secret of role plain>',
      },
    ]);
    expect(sql).toContain(withheld[0]?.placeholder);
  });

  it('that the host makes are left out, with the memberships in them', async () => {
    const statements = await roleStatements(sourceSession.query, NAMES, {
      hostOwned: (role) => role === 'grp',
    });
    expect(statements.map(({ role }) => role).sort()).toEqual([EVIL, 'leader', 'plain'].sort());
    expect(statements.flatMap(({ rest }) => rest).join('\n')).not.toContain('"grp"');
  });
});
