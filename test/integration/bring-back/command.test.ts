import { afterAll, beforeAll, expect, it } from 'vitest';
import { nameOfBackup } from '../../../lib/engine/archive/listing.ts';
import { lifeboat } from '../cli/lifeboat.ts';
import { type Night, openRowsWorld, type RowsWorld } from './rows-world.ts';

let world: RowsWorld;
beforeAll(async () => {
  world = await openRowsWorld();
});
afterAll(() => world?.stop());

const SHOP = `
  CREATE TABLE customers (id int PRIMARY KEY, email text UNIQUE);
  CREATE TABLE orders (id int PRIMARY KEY, customer int REFERENCES customers, total int);
  INSERT INTO customers SELECT g, 'c' || g FROM generate_series(1, 100) g;
  INSERT INTO orders SELECT g, 1 + g % 100, g FROM generate_series(1, 500) g;`;

function commandIn(night: Night) {
  const environment = {
    LIFEBOAT_SOURCE_URL: world.server.url(night.database),
    LIFEBOAT_VAULT: world.vault.directory,
  };
  return (...argv: string[]) => lifeboat(argv, { environment });
}

it('mends what diff shows by the command that diff prints, and undoes it by the one that this prints', async () => {
  const night = await world.night(SHOP);
  const before = [await night.hash('customers'), await night.hash('orders')];
  await night.run(
    "DELETE FROM orders WHERE id > 400; UPDATE customers SET email = 'x' || id; INSERT INTO orders VALUES (900, 1, 1)",
  );
  const run = commandIn(night);
  const name = nameOfBackup(night.place);
  const shown = await run('diff', name);
  const printed = /lifeboat (restore .* --overwrite --into-source)$/ms.exec(shown.stdout)?.[1] ?? '';
  const argv = printed.replaceAll('\\\n', ' ').trim().split(/\s+/);
  const dry = await run(...argv, '--dry-run');
  expect({ code: dry.exitCode, stderr: dry.stderr }).toEqual({ code: 0, stderr: '' });
  expect(dry.stdout).toContain(`${name}: can be brought back into ${night.database}.`);
  expect(dry.stdout).toContain(
    '100 to insert, 100 to overwrite, 0 to delete; 1 added since stay (--delete-added)',
  );
  const asked = await run(...argv);
  expect(asked).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining(`Add --yes ${night.database}.`),
  });
  const done = await run(...argv, '--yes', night.database);
  expect({ code: done.exitCode, stderr: done.stderr }).toEqual({ code: 0, stderr: '' });
  expect(done.stdout).toContain('100 inserted, 100 overwritten, 0 deleted');
  await night.run('DELETE FROM orders WHERE id = 900');
  expect([await night.hash('customers'), await night.hash('orders')]).toEqual(before);
  expect(JSON.parse((await run('diff', name, '--json')).stdout)).toMatchObject({
    totals: { same: 2, tables: 2 },
  });
  const [, copy = ''] = /lifeboat restore --undo (\S+)/.exec(done.stdout) ?? [];
  const undone = await run('restore', '--undo', copy, '--yes', night.database, '--json');
  expect(undone.exitCode).toBe(0);
  expect(JSON.parse(undone.stdout)).toMatchObject({
    outcome: 'restored',
    name: copy,
    safetyCopy: expect.any(String),
  });
  expect(await night.rows("SELECT count(*)::int FROM customers WHERE email LIKE 'x%'")).toEqual([100]);
  // A safety copy of rows is neither a backup nor an attempt that failed.
  const listed = await run('list', '--json');
  const { unfinished, rowsCopies } = JSON.parse(listed.stdout);
  expect(unfinished).toEqual([]);
  // Both may be of one second, and then their order says nothing.
  expect(rowsCopies).toHaveLength(2);
  expect(rowsCopies).toContain(copy);
  expect((await run('list')).stdout).toContain('2 safety copies of rows that a restore changed');
  // Auditors ask who changed production, and by which backup. The dry run and the refused one changed nothing.
  const { safetyCopy } = JSON.parse(undone.stdout);
  const again = await run(...['restore', '--undo', safetyCopy, '--yes', night.database, '--by', 'Ada']);
  expect(again.exitCode).toBe(0);
  const report = await run('evidence', '--from', '1h ago', '--to', 'now', '--json');
  const { sources } = JSON.parse(report.stdout);
  const told = { name, outcome: 'restored', rows: 200, target: { database: night.database } };
  expect(sources[0].restores).toMatchObject([
    { ...told, scope: 'rows of tables public.customers, public.orders, overwriting' },
    { ...told, scope: `undo of ${copy}` },
    { ...told, scope: `undo of ${safetyCopy}`, by: 'Ada' },
  ]);
});

it('ends with the same code in a dry run and in the run, with and without conflicts', async () => {
  const night = await world.night(SHOP);
  await night.run(
    "DELETE FROM orders; DELETE FROM customers WHERE id <= 3; INSERT INTO customers VALUES (1000, 'c2')",
  );
  const run = commandIn(night);
  const base = ['restore', nameOfBackup(night.place), '--rows', '--table', 'customers'];
  for (const extra of [[], ['--skip-conflicts'], ['--delete-added'], ['--delete-added']]) {
    const dry = await run(...base, ...extra, '--dry-run', '--json');
    const real = await run(...base, ...extra, '--yes', night.database, '--json');
    expect(dry.exitCode).toBe(real.exitCode);
    expect(JSON.parse(dry.stdout).outcome).toBe(JSON.parse(real.stdout).outcome);
  }
  const refused = await run(
    'restore',
    nameOfBackup(night.place),
    '--rows',
    '--table',
    'orders',
    '--table',
    'customers',
    '--dry-run',
  );
  expect(refused.exitCode).toBe(0);
});

it('says what a wrong command line means', async () => {
  const night = await world.night(SHOP);
  const run = commandIn(night);
  for (const [argv, code] of [
    [['restore', '--rows'], 'restore-rows-no-table'],
    [['restore', '--table', 'orders', '--overwrite'], 'restore-rows-options'],
    [['restore', '--rows', '--table', 'orders', '--as', 'x'], 'restore-rows-options'],
    [['restore', '--undo', 'manual/x/y'], 'undo-unknown'],
    [['restore', '--undo', nameOfBackup(night.place)], 'undo-unknown'],
  ] as const) {
    const ended = await run(...argv, '--json', '--name', night.place.source);
    expect([argv, JSON.parse(ended.stdout).error.code]).toEqual([argv, code]);
  }
});
