import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { planRestore, type RestoreRequest, restore } from '../../../lib/engine/restore/restore.ts';
import { takeBackup } from '../../support/vaults.ts';
import { hashOf, oneValue, openWorld, problemsOf, type RestoreWorld } from './restore-world.ts';

let world: RestoreWorld;
let database: string;
beforeAll(async () => {
  world = await openWorld();
  await world.target.run(
    "CREATE ROLE somebody LOGIN PASSWORD 'somebody'; CREATE ROLE other_owner; CREATE ROLE other_app",
  );
});
afterAll(() => world?.stop());
beforeEach(async () => {
  await world.target
    .run('DROP ROLE IF EXISTS company_app; DROP ROLE IF EXISTS company_owner')
    .catch(() => {});
  database = await world.newDatabase();
  await world.target.run(`ALTER DATABASE ${database} OWNER TO somebody`);
  await world.target.run('GRANT ALL ON SCHEMA public TO somebody', database);
});

/** As a role of the target's that is no superuser. */
function bySomebody(options: Partial<RestoreRequest> = {}): RestoreRequest {
  const url = world.target.url(database).replace(/\/\/postgres:[^@]*@/, '//somebody:somebody@');
  return { ...world.request(database, options), settings: connectionSettings(url) };
}

it('refuses to begin where owners could not be given, and names the roles and the way out', async () => {
  const refused = restore(bySomebody());
  await expect(refused).rejects.toMatchObject({ code: 'target-owners-not-permitted', kind: 'target' });
  await expect(refused).rejects.toThrow(/company_owner.*--no-owner/);
});

it('restores as a role that is no superuser, everything being its own', async () => {
  const missing = restore(bySomebody({ noOwner: true }));
  await expect(missing).rejects.toMatchObject({ code: 'target-roles-missing' });
  await expect(missing).rejects.toThrow(/company_app.*--no-privileges/);

  // Policies name a role: somebody has to make it, or map it.
  const options = { noOwner: true, noPrivileges: true, mapRoles: { company_app: 'other_app' } };
  const report = await restore(bySomebody(options));
  expect(problemsOf(report)).toEqual([]);
  expect(report).toMatchObject({ outcome: 'restored', rolesCreated: [] });
  expect(report.notes.join()).toContain('large objects were not compared');
  for (const table of ['auth.users', 'app.orders', 'app.hashed']) {
    expect(await hashOf(world.target, database, table)).toBe(await hashOf(world.source, 'company', table));
  }
  const owners =
    "SELECT string_agg(DISTINCT tableowner, ',') FROM pg_tables WHERE schemaname IN ('app', 'auth')";
  expect(await oneValue(world.target, database, owners)).toBe('somebody');
  expect(await oneValue(world.target, database, 'SELECT roles::text FROM pg_policies')).toBe('{other_app}');
  expect(
    await oneValue(
      world.target,
      database,
      "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'lifeboat%'",
    ),
  ).toBe('0');
});

it('loads rows alone as such a role, in the order of their references', async () => {
  await restore(
    bySomebody({
      noOwner: true,
      noPrivileges: true,
      mapRoles: { company_app: 'other_app' },
      content: 'schema',
    }),
  );
  const report = await restore(
    bySomebody({ content: 'data', intoExisting: true, safetyBackup: false, jobs: 3 }),
  );
  expect(problemsOf(report)).toEqual([]);
  expect(await hashOf(world.target, database, 'app.lines')).toBe(
    await hashOf(world.source, 'company', 'app.lines'),
  );
});

it('creates missing roles without LOGIN, and leaves those that are there alone', async () => {
  await world.target.run('CREATE ROLE company_app LOGIN CONNECTION LIMIT 7');
  const plan = await planRestore(world.request(database));
  expect(plan.rolesToCreate).toEqual(['company_owner']);
  expect((await world.restore(database)).rolesCreated).toEqual(['company_owner']);
  const role = (name: string) =>
    oneValue(
      world.target,
      database,
      `SELECT rolcanlogin || ' ' || rolconnlimit FROM pg_roles WHERE rolname = '${name}'`,
    );
  expect(await role('company_owner')).toBe('false -1');
  expect(await role('company_app')).toBe('true 7');
  expect(
    await oneValue(world.target, database, "SELECT tableowner FROM pg_tables WHERE tablename = 'orders'"),
  ).toBe('company_owner');
});

it('creates roles as they were where it is told to', async () => {
  await world.target.run(`REASSIGN OWNED BY company_app TO postgres`).catch(() => {});
  const fresh = await openWorld();
  try {
    const name = await fresh.newDatabase();
    const report = await fresh.restore(name, { roles: 'all' });
    expect(problemsOf(report)).toEqual([]);
    expect(
      await oneValue(fresh.target, name, "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'company_app'"),
    ).toBe(true);
    expect(
      await oneValue(
        fresh.target,
        name,
        "SELECT rolpassword IS NULL FROM pg_authid WHERE rolname = 'company_app'",
      ),
    ).toBe(true);
  } finally {
    await fresh.stop();
  }
});

it('maps roles, in owners, grants and policies', async () => {
  const mapRoles = { company_app: 'other_app', company_owner: 'other_owner' };
  await expect(world.restore(database, { mapRoles: { company_app: 'nobody_here' } })).rejects.toMatchObject({
    code: 'target-roles-missing',
  });
  const report = await world.restore(database, { mapRoles });
  expect(problemsOf(report)).toEqual([]);
  expect(report.rolesCreated).toEqual([]);
  expect(
    await oneValue(world.target, database, "SELECT tableowner FROM pg_tables WHERE tablename = 'orders'"),
  ).toBe('other_owner');
  expect(
    await oneValue(world.target, database, "SELECT has_table_privilege('other_app', 'auth.users', 'SELECT')"),
  ).toBe(true);
});

it('gives the database the settings, owner and grants that it had, where it is told to', async () => {
  const { source, target, vault } = world;
  await source.run("ALTER DATABASE company SET work_mem = '7MB'");
  await source.run('ALTER ROLE company_app IN DATABASE company SET search_path = app, auth');
  await source.run("COMMENT ON DATABASE company IS 'the company''s'");
  await source.run('ALTER DATABASE company OWNER TO company_owner');
  await source.run(
    'REVOKE CONNECT ON DATABASE company FROM PUBLIC; GRANT CONNECT ON DATABASE company TO company_app',
  );
  const { place } = await takeBackup(source.url('company'), vault);
  expect((await planRestore({ ...world.request(database), place })).notes.join()).toContain(
    '--database-settings',
  );

  const mapRoles = { company_app: 'other_app', company_owner: 'other_owner' };
  const report = await restore({ ...world.request(database, { mapRoles, databaseSettings: true }), place });
  expect(problemsOf(report)).toEqual([]);
  const facts = `SELECT pg_get_userbyid(datdba) || ' ' || shobj_description(oid, 'pg_database') || ' ' || array_to_string(datacl, ' ')
    FROM pg_database WHERE datname = current_database()`;
  expect(await oneValue(target, database, facts)).toMatch(
    /^other_owner the company's .*other_app=c\/other_owner/,
  );
  const settings = `SELECT string_agg(coalesce(r.rolname, '-') || ' ' || array_to_string(s.setconfig, ','), '; ' ORDER BY s.setrole)
    FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole JOIN pg_database d ON d.oid = s.setdatabase
   WHERE d.datname = current_database()`;
  expect(await oneValue(target, database, settings)).toBe('- work_mem=7MB; other_app search_path=app, auth');

  const lacking = await world.newDatabase();
  const refused = await restore({
    ...world.request(lacking, {
      noOwner: true,
      noPrivileges: true,
      databaseSettings: true,
      mapRoles: { company_app: 'other_app' },
    }),
    place,
  });
  expect(refused.outcome).toBe('restored');
  expect(await oneValue(target, lacking, "SELECT current_setting('work_mem')")).toBe('7MB');
  expect(await oneValue(target, lacking, facts)).toBeNull();
});

it('names the setting of the database that the server refused, and not its value', async () => {
  await world.source.run("ALTER DATABASE company SET log_statement = 'ddl'");
  const { place } = await takeBackup(world.source.url('company'), world.vault);
  await world.source.run('ALTER DATABASE company RESET log_statement');
  const options = { noOwner: true, noPrivileges: true, mapRoles: { company_app: 'other_app' } };
  const report = await restore({ ...bySomebody({ ...options, databaseSettings: true }), place });
  expect(problemsOf(report)).toContainEqual(
    expect.stringMatching(/^skipped statement setting log_statement of the database: it was refused: /),
  );
});

it('shows every role that it creates with what it may do, in plan and report', async () => {
  const fresh = await openWorld();
  try {
    await fresh.source.run('CREATE ROLE chief SUPERUSER LOGIN IN ROLE company_owner');
    const { place } = await takeBackup(fresh.source.url('company'), fresh.vault);
    const request = { ...fresh.request(await fresh.newDatabase(), { roles: 'all' }), place };
    const roles = [
      { name: 'chief', attributes: ['LOGIN', 'SUPERUSER'] },
      { name: 'company_app', attributes: ['LOGIN'] },
      { name: 'company_owner', attributes: [] },
    ];
    expect((await planRestore(request)).roles).toEqual(roles);
    const report = await restore(request);
    expect(report.roles).toEqual(roles);
    expect(report.rolesCreated).toEqual(['chief', 'company_app', 'company_owner']);
  } finally {
    await fresh.stop();
  }
});
