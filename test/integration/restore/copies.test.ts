import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { oneValue, openWorld, problemsOf, type RestoreWorld } from './restore-world.ts';

const SQL = readFileSync(new URL('copied-schema.sql', import.meta.url), 'utf8');
let world: RestoreWorld;
beforeAll(async () => {
  world = await openWorld({ major: 17, sql: SQL });
  await world.target.run('CREATE ROLE company_app LOGIN; CREATE ROLE company_owner');
}, 120_000);
afterAll(() => world.stop());

it('tries', async () => {
  const database = await world.newDatabase();
  await world.target.run(SQL, database);
  const r = await world.restore(database, { intoExisting: true, schemas: ['app'], asSchema: 'app_then' });
  for (const [d, sv, n] of [['company', world.source, 'app'], [database, world.target, 'app_then']] as const) console.log(await oneValue(sv, d, `SET search_path=''; SELECT pg_get_viewdef('${n}.of_rows'::regclass)`.split(';')[1]));
  console.log(JSON.stringify(r.notes, null, 1), problemsOf(r), r.totals, r.kept);
  expect(r.outcome).toBe('restored');
}, 60_000);
it('tries tables', async () => {
  const database = await world.newDatabase();
  await world.target.run(SQL, database);
  const r = await world.restore(database, {
    intoExisting: true,
    tables: ['app.app', 'app.lines', 'app.events', 'app.paid'],
    asSuffix: '_then',
  });
  console.log(JSON.stringify(r.notes, null, 1), problemsOf(r), r.totals, r.kept);
  expect(r.outcome).toBe('restored');
}, 60_000);
