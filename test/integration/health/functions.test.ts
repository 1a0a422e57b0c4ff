import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HEALTH_FUNCTIONS } from '../../../lib/engine/health/functions/function-sql.ts';
import { MARK } from '../../../lib/engine/health/functions/migration.ts';
import { type PostgresServer, type ServerMajor, startPostgres } from '../../support/postgres-server.ts';
import { lifeboat } from '../cli/lifeboat.ts';

const MAJORS: readonly ServerMajor[] = [13, 15, 18];

/** As hosts give it: no superuser, but CREATE on the database and pg_monitor. */
describe.each(MAJORS)('PostgreSQL %i, installed by a role that is no superuser', (major) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({
      major,
      settings: { shared_preload_libraries: "'pg_stat_statements'" },
    });
    await server.run(`CREATE ROLE host_owner LOGIN CREATEROLE PASSWORD 'host_owner'; GRANT CREATE ON DATABASE postgres TO host_owner;
      CREATE ROLE watcher LOGIN PASSWORD 'watcher' IN ROLE pg_monitor; CREATE ROLE "odd ""role" LOGIN PASSWORD 'odd';
      CREATE ROLE stranger LOGIN PASSWORD 'stranger'; CREATE ROLE anon;
      ALTER DEFAULT PRIVILEGES FOR ROLE host_owner GRANT EXECUTE ON FUNCTIONS TO anon;
      ALTER DEFAULT PRIVILEGES FOR ROLE host_owner GRANT USAGE ON SCHEMAS TO anon`);
  });
  afterAll(() => server?.stop());

  const as = (role: string) => server.url().replace(`postgres:${server.password}`, `${role}:${role}`);
  const health = async (...options: string[]) => {
    const environment = { LIFEBOAT_SOURCE_URL: as('host_owner') };
    return await lifeboat(['health', '--json', ...options], { environment });
  };
  const ask = async (role: string | undefined, sql: string) => {
    const client = await server.connect();
    try {
      if (role !== undefined) await client.query(`SET ROLE "${role.replaceAll('"', '""')}"`);
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  };
  const left = () =>
    ask(
      undefined,
      `SELECT nspname FROM pg_namespace WHERE nspname = 'lifeboat_health' UNION ALL SELECT proname FROM pg_proc WHERE proname IN ('slow_queries', 'sizes')`,
    );

  it('every function answers whom it is granted to, and nobody else', async () => {
    const { stdout, exitCode } = await health('--install');
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([
      0,
      { versionBefore: null, version: 1, roles: ['pg_monitor'] },
    ]);
    await server.run(`CREATE TABLE "od d" (id int, pad text); ALTER TABLE "od d" ENABLE ROW LEVEL SECURITY;
      INSERT INTO "od d" SELECT g, repeat('x', 90) FROM generate_series(1, 60000) g;
      CREATE INDEX "never ""used" ON "od d" (pad, id); CREATE POLICY p ON "od d" USING (id > 0); GRANT SELECT ON "od d" TO stranger; ANALYZE "od d"`);
    // Without pg_stat_statements it says so, instead of answering that nothing is slow.
    await expect(ask('watcher', 'SELECT * FROM lifeboat_health.slow_queries()')).rejects.toMatchObject({
      code: '0A000',
      hint: expect.stringContaining('CREATE EXTENSION'),
    });
    await server.run(
      'CREATE SCHEMA ext; GRANT USAGE ON SCHEMA ext TO pg_monitor; CREATE EXTENSION pg_stat_statements SCHEMA ext',
    );
    for (let n = 0; n < 5; n += 1) await ask('stranger', 'SELECT count(*) FROM public."od d"');
    for (const { signature } of HEALTH_FUNCTIONS) {
      const [name = ''] = signature.split('(');
      await ask('watcher', `SELECT * FROM lifeboat_health.${name}()`);
      for (const role of ['stranger', 'anon']) {
        await expect(ask(role, `SELECT * FROM lifeboat_health.${name}()`)).rejects.toThrow(
          'permission denied',
        );
      }
    }
    expect(
      await ask('watcher', 'SELECT index, bytes > 1000000 AS large FROM lifeboat_health.unused_indexes()'),
    ).toEqual([{ index: 'never "used', large: true }]);
    expect(await ask('watcher', 'SELECT * FROM lifeboat_health.sizes(1)')).toMatchObject([
      {
        schema: 'public',
        table: 'od d',
        estimated_rows: '60000',
        total_bytes: expect.stringMatching(/^\d{7,}$/),
      },
    ]);
    expect(
      await ask('watcher', 'SELECT used > 0 AS used, usable FROM lifeboat_health.connection_limit()'),
    ).toEqual([{ used: true, usable: 57 }]);
    const [slow] = await ask(
      'watcher',
      "SELECT * FROM lifeboat_health.slow_queries(0, 1000) WHERE role = 'stranger'",
    );
    expect(slow).toMatchObject({ calls: '5', query: expect.stringContaining('od d') });
    expect(
      await ask('watcher', 'SELECT role, calls, tables FROM lifeboat_health.row_security_cost()'),
    ).toContainEqual({
      role: 'stranger',
      calls: '5',
      tables: ['public."od d"'],
    });
  });

  it('a table that is locked has no sizes, and a session that holds it is seen', async () => {
    const holder = await server.connect();
    await holder.query('BEGIN; LOCK TABLE "od d" IN ACCESS EXCLUSIVE MODE');
    expect(await ask('watcher', 'SELECT "table", total_bytes FROM lifeboat_health.sizes(1)')).toEqual([
      { table: 'od d', total_bytes: null },
    ]);
    const [found] = await ask('watcher', "SELECT state, blocked_by FROM lifeboat_health.long_running('0 s')");
    expect(found).toEqual({ state: 'idle in transaction', blocked_by: [] });
    await holder.end();
  });

  it('nothing in the caller’s search_path takes the place of what a function names', async () => {
    await server.run(`CREATE SCHEMA evil; GRANT USAGE ON SCHEMA evil TO PUBLIC; CREATE TABLE evil.pg_stat_activity (pid int);
      CREATE FUNCTION evil.count() RETURNS bigint LANGUAGE sql AS 'SELECT 666::bigint'`);
    const client = await server.connect();
    await client.query('SET ROLE watcher; SET search_path = evil, pg_catalog');
    const { rows: sessions } = await client.query(
      'SELECT sessions FROM lifeboat_health.connections() LIMIT 1',
    );
    expect(Number(sessions[0].sessions)).toBeLessThan(60);
    await client.end();
  });

  it('renews itself under views that use it, and keeps who may call it; upgrades an older version', async () => {
    await health('--install', '--grant-to', 'odd "role', '--grant-to', 'pg_monitor');
    await ask('odd "role', 'SELECT * FROM lifeboat_health.version()');
    await server.run(
      'CREATE VIEW of_ours AS SELECT * FROM lifeboat_health.sizes(); ALTER VIEW of_ours OWNER TO host_owner',
    );
    const again = await health('--install');
    expect(JSON.parse(again.stdout)).toMatchObject({
      versionBefore: 1,
      version: 1,
      roles: ['odd "role', 'pg_monitor'],
    });
    // An older version: a function that is gone since, and one that returned other columns.
    await server.run(`SET ROLE host_owner; COMMENT ON SCHEMA lifeboat_health IS '${MARK}0';
      CREATE FUNCTION lifeboat_health.gone_since(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; COMMENT ON FUNCTION lifeboat_health.gone_since IS 'pg-lifeboat: old';
      DROP FUNCTION lifeboat_health.long_running; CREATE FUNCTION lifeboat_health.long_running(at_least interval) RETURNS TABLE (pid int) LANGUAGE sql AS 'SELECT 1';
      COMMENT ON FUNCTION lifeboat_health.long_running IS 'pg-lifeboat: old'`);
    expect(JSON.parse((await health('--install')).stdout)).toMatchObject({ versionBefore: 0, version: 1 });
    expect(await ask('watcher', 'SELECT lifeboat_health.version() AS version')).toEqual([{ version: 1 }]);
    await ask('watcher', 'SELECT query FROM lifeboat_health.long_running()');
    await expect(ask(undefined, 'SELECT lifeboat_health.gone_since(1)')).rejects.toThrow('does not exist');
    await server.run(`SET ROLE host_owner; COMMENT ON SCHEMA lifeboat_health IS '${MARK}9'`);
    const newer = await health('--install');
    expect(JSON.parse(newer.stdout).error).toMatchObject({
      code: 'health-functions-refused',
      what: expect.stringContaining('a newer Lifeboat'),
    });
  });

  it('removes all of it, nothing of somebody else’s, and is content if there is nothing', async () => {
    const used = await health('--remove');
    expect(JSON.parse(used.stdout).error.what).toContain('other objects depend on it');
    await server.run(
      "DROP VIEW of_ours; SET ROLE host_owner; CREATE FUNCTION lifeboat_health.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    );
    expect((await health('--remove')).exitCode).toBe(3);
    await ask(undefined, 'SELECT lifeboat_health.mine(), lifeboat_health.version()');
    await server.run('DROP FUNCTION lifeboat_health.mine()');
    expect(JSON.parse((await health('--remove')).stdout)).toMatchObject({ versionBefore: 9, version: null });
    expect(await left()).toEqual([]);
    expect((await health('--remove')).exitCode).toBe(0);
    // A schema of somebody else, and one of another owner that pretends to be ours.
    await server.run('CREATE SCHEMA lifeboat_health AUTHORIZATION host_owner');
    for (const verb of ['--install', '--remove']) {
      expect(JSON.parse((await health(verb)).stdout).error.what).toContain('was not made by Lifeboat');
    }
    await server.run(
      `COMMENT ON SCHEMA lifeboat_health IS '${MARK}1'; ALTER SCHEMA lifeboat_health OWNER TO stranger; GRANT ALL ON SCHEMA lifeboat_health TO host_owner`,
    );
    expect(JSON.parse((await health('--install')).stdout).error.what).toContain('belongs to another role');
    await server.run('DROP SCHEMA lifeboat_health');
  });

  it('--print is the same migration', async () => {
    const printed = async (...options: string[]) =>
      (await lifeboat(['health', '--print', ...options], { environment: {} })).stdout;
    const role = 'SET ROLE host_owner;';
    await server.run(`${role} ${await printed('--install', '--grant-to', 'watcher')}`);
    expect(await ask('watcher', 'SELECT lifeboat_health.version() AS version')).toEqual([{ version: 1 }]);
    await server.run(`${role} ${await printed('--remove')}`);
    expect(await left()).toEqual([]);
  });
});
