import { afterAll, beforeAll, expect, it } from 'vitest';
import { exitCodeOf } from '../../../lib/cli/program/exit-codes.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { LifeboatError } from '../../../lib/engine/ground/errors.ts';
import { planRestore, type RestoreRequest, restore } from '../../../lib/engine/restore/restore.ts';
import { lifeboat } from '../cli/lifeboat.ts';
import { hashOf, objectsIn, openWorld, type RestoreWorld } from './restore-world.ts';

let world: RestoreWorld;
beforeAll(async () => {
  world = await openWorld();
  await world.target.run(
    "CREATE ROLE stranger LOGIN PASSWORD 'stranger'; CREATE ROLE company_app; CREATE ROLE company_owner",
  );
});
afterAll(() => world?.stop());

const LIVE = { intoExisting: true, safetyBackup: false } as const;
const ORDERS = { ...LIVE, tables: ['app.orders'] };
/** The settings of a login that is no superuser. */
const asStranger = (database: string) => ({
  settings: connectionSettings(
    world.target.url(database).replace(/\/\/postgres:[^@]*@/, '//stranger:stranger@'),
  ),
});
const MAY_FILL = `GRANT USAGE ON SCHEMA app, auth TO stranger; GRANT ALL ON ALL TABLES IN SCHEMA app, auth TO stranger;
  REVOKE TRUNCATE ON ALL TABLES IN SCHEMA app, auth FROM stranger; GRANT ALL ON ALL SEQUENCES IN SCHEMA app, auth TO stranger`;

interface Case {
  readonly code: string;
  /** What happened in the restored database since. */
  readonly sql?: string;
  readonly options: Partial<RestoreRequest> | ((database: string) => Partial<RestoreRequest>);
  readonly says?: RegExp;
}

const CASES: ReadonlyArray<readonly [title: string, refused: Case]> = [
  [
    'a view that nobody backed up',
    {
      code: 'target-would-lose',
      sql: 'CREATE VIEW public.report AS SELECT id FROM app.lines, app.orders',
      options: { ...ORDERS, dependents: 'with' },
      says: /view public\.report/,
    },
  ],
  [
    'views and keys that the backup has',
    {
      code: 'target-would-lose',
      options: ORDERS,
      says: /lines_order_id_fkey on app\.lines.*The backup has all of them: add --with-dependents/s,
    },
  ],
  [
    'a foreign key of a table that came since',
    {
      code: 'target-would-lose',
      sql: 'CREATE TABLE public.badges (user_id int REFERENCES auth.users)',
      options: LIVE,
      says: /badges_user_id_fkey on public\.badges/,
    },
  ],
  [
    'a partition that came since',
    {
      code: 'target-would-lose',
      sql: "CREATE TABLE app.events_2030 PARTITION OF app.events FOR VALUES FROM ('2030-01-01') TO ('2031-01-01')",
      options: { ...LIVE, tables: ['app.events'] },
      says: /table app\.events_2030/,
    },
  ],
  [
    'a function that takes rows of the table',
    {
      code: 'target-would-lose',
      sql: 'CREATE FUNCTION public.f(app.lines) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
      options: { ...LIVE, tables: ['app.lines'] },
      says: /function public\.f/,
    },
  ],
  [
    'a policy of another table',
    {
      code: 'target-would-lose',
      sql: 'CREATE POLICY p ON auth.users USING (EXISTS (SELECT FROM app.lines))',
      options: { ...LIVE, tables: ['app.lines'] },
      says: /policy p on auth\.users/,
    },
  ],
  [
    'tables of another role',
    {
      code: 'target-not-replaceable',
      sql: 'GRANT USAGE ON SCHEMA app TO stranger',
      options: (database) => ({
        ...LIVE,
        tables: ['app.lines'],
        noOwner: true,
        noPrivileges: true,
        ...asStranger(database),
      }),
      says: /app\.lines belongs to a role that stranger is not a member of/,
    },
  ],
  [
    'rows alone, and no right to empty the table',
    {
      code: 'target-not-replaceable',
      sql: MAY_FILL,
      options: (database) => ({ ...LIVE, content: 'data', tables: ['app.lines'], ...asStranger(database) }),
      says: /may not TRUNCATE app\.lines/,
    },
  ],
  [
    'rows alone, and a foreign key of a table that is not emptied',
    {
      code: 'target-not-replaceable',
      options: { ...ORDERS, content: 'data' },
      says: /lines_order_id_fkey on app\.lines/,
    },
  ],
  [
    'rows alone, and no table',
    {
      code: 'target-tables-missing',
      sql: 'DROP TABLE app.lines',
      options: { ...LIVE, content: 'data', tables: ['app.lines'] },
    },
  ],
  [
    'a name that is taken',
    {
      code: 'target-name-taken',
      sql: 'CREATE TABLE app.taken ()',
      options: { ...LIVE, tables: ['app.lines'], as: 'taken' },
    },
  ],
  ['a database that is not empty', { code: 'target-not-empty', options: {} }],
  [
    'a view without its table',
    {
      code: 'restore-needs-tables',
      sql: 'DROP TABLE app.orders CASCADE',
      options: { ...LIVE, tables: ['app.paid'] },
    },
  ],
  [
    'what an earlier restore left beside',
    {
      code: 'restore-staging-left',
      sql: 'CREATE SCHEMA lifeboat_staging; CREATE TABLE lifeboat_staging.lines ()',
      options: { ...LIVE, tables: ['app.lines'] },
    },
  ],
  [
    'row security that came since',
    {
      code: 'target-would-weaken',
      sql: 'ALTER TABLE app.lines ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY',
      options: { ...LIVE, tables: ['app.lines'] },
      says: /ENABLE ROW LEVEL SECURITY on app\.lines \(goes\), FORCE ROW LEVEL SECURITY.*--discard-newer/s,
    },
  ],
  [
    'a revoked grant, on one of all tables',
    {
      code: 'target-would-weaken',
      sql: 'REVOKE SELECT ON auth.users FROM company_app',
      options: LIVE,
      says: /GRANT SELECT for company_app on auth\.users \(comes back\)/,
    },
  ],
  [
    'a changed policy of a table that stays',
    {
      code: 'target-would-weaken',
      sql: 'CREATE POLICY of_lines ON app.nothing USING (EXISTS (SELECT FROM app.lines)); ALTER POLICY own ON auth.users USING (false)',
      options: LIVE,
      says: /policy own on auth\.users: USING \(as it was\)/,
    },
  ],
  [
    'a table that was renamed',
    {
      code: 'target-name-taken',
      sql: 'ALTER TABLE app.orders RENAME TO orders_old',
      options: ORDERS,
      says: /sequence app\.orders_id_seq of app\.orders_old, .*looks like app\.orders under another name.*`ALTER TABLE "app"\."orders_old" RENAME TO "orders";`/s,
    },
  ],
  [
    'an index name that another table took, in a schema that is restored',
    {
      code: 'target-name-taken',
      sql: 'ALTER INDEX app.orders_paid RENAME TO orders_paid_2; CREATE TABLE public.other (); ALTER TABLE app.hashed RENAME TO hashed_new; CREATE INDEX orders_paid ON app.hashed_new (id)',
      options: { ...LIVE, schemas: ['app'], dependents: 'with' },
      says: /index app\.orders_paid of app\.hashed_new/,
    },
  ],
  [
    'a database that is read-only by default',
    {
      code: 'target-read-only',
      sql: `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$`,
      options: ORDERS,
      says: /on for the database restored_\d+\..*`ALTER DATABASE "restored_\d+" RESET default_transaction_read_only;`/s,
    },
  ],
  ['nothing to resume', { code: 'restore-nothing-to-resume', options: { resume: true } }],
  ['a table that nobody knows', { code: 'table-unknown', options: { ...LIVE, tables: ['app.user'] } }],
  [
    'owners that may not be given',
    {
      code: 'target-owners-not-permitted',
      options: (database) => ({ ...ORDERS, dependents: 'with', ...asStranger(database) }),
    },
  ],
  ['no drill', { code: 'restore-unproven', options: { ...LIVE, unproven: false } }],
];

it.each(CASES)('is refused in the dry run as in the restore: %s', async (_, { code, sql, options, says }) => {
  const database = await world.newDatabase();
  await world.restore(database);
  if (sql !== undefined) await world.target.run(sql, database);
  const request = world.request(database, typeof options === 'function' ? options(database) : options);
  const before = await objectsIn(world.target, database);
  let wasAsked = false;
  const asking: RestoreRequest = {
    ...request,
    confirm: () => {
      wasAsked = true;
    },
  };
  const dry = await refusalOf(planRestore(request));
  const real = await refusalOf(restore(asking));
  expect(dry).toMatchObject({ code });
  expect(real).toMatchObject({ code, what: dry.what, remedy: dry.remedy });
  expect(exitCodeOf(real.kind)).toBe(exitCodeOf(dry.kind));
  if (says) expect(dry.message).toMatch(says);
  expect(wasAsked).toBe(false);
  expect(await objectsIn(world.target, database)).toEqual(before);
});

it('is refused while another restore runs, in the dry run too', async () => {
  const database = await world.newDatabase();
  const other = await world.target.connect(database);
  await other.query('SELECT pg_advisory_lock(1279871557, 1112490324)');
  expect(await refusalOf(planRestore(world.request(database)))).toMatchObject({ code: 'restore-running' });
  expect(await refusalOf(restore(world.request(database)))).toMatchObject({ code: 'restore-running' });
  await other.end();
});

it('a dry run of the command ends with the exit code of the restore, and changes nothing', async () => {
  const database = await world.newDatabase();
  await world.restore(database);
  const lines = await hashOf(world.target, database, 'app.lines');
  const environment = {
    LIFEBOAT_VAULT: world.vault.directory,
    LIFEBOAT_TARGET_URL: world.target.url(database),
  };
  const run = (...argv: string[]) =>
    lifeboat(['restore', '--unproven', '--into-existing', '--no-safety-backup', ...argv], { environment });
  const orders = ['--table', 'app.orders'];
  const wouldLose = await run(...orders, '--dry-run');
  expect(wouldLose).toMatchObject({
    exitCode: 7,
    stderr: expect.stringContaining('target-would-lose (exit 7)'),
  });
  expect((await run(...orders, '--yes', database)).stderr).toBe(wouldLose.stderr);

  await world.target.run('DROP TABLE app.orders CASCADE', database);
  const without = await run(...orders, '--without-dependents', '--dry-run');
  expect(without.exitCode).toBe(7);
  expect(without.stdout).toContain('stays missing unless you add --with-dependents');
  const offered = await run(...orders, '--dry-run', '--json');
  expect(offered.exitCode).toBe(0);
  const { plan } = JSON.parse(offered.stdout);
  expect(plan.dependents).toMatchObject({ made: expect.arrayContaining(['view app.paid']), missing: [] });
  expect(plan.locks).toMatchObject({ loadsBeside: true, attemptMs: 1200, patienceMs: 300_000 });
  const real = await run(...orders, '--without-dependents', '--yes', database);
  expect(real.exitCode).toBe(7);
  expect(real.stdout).toMatch(/failed .*materialized view app\.statistics: it refers to what was restored/);
  expect(real.stdout).toMatch(
    /next .*`lifeboat restore manual\/test\/\S+ --table app\.orders --only-dependents --into-existing`/s,
  );
  const made = await run(...orders, '--only-dependents', '--yes', database);
  expect(made).toMatchObject({ exitCode: 0 });
  expect(await hashOf(world.target, database, 'app.lines')).toBe(lines);
});

async function refusalOf(refused: Promise<unknown>): Promise<LifeboatError> {
  const error = await refused.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(LifeboatError);
  return error as LifeboatError;
}
