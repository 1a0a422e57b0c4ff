import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drill } from '../../../lib/engine/drill/drill.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';
import { BROKEN_FOR_GOOD, FAILED, GOOD_IN_THE_END, ROWS } from './refusing-shop.ts';

describe.each([15, 18] as const)('rows of PostgreSQL %d that their table refuses', (major) => {
  let server: PostgresServer;
  let vault: TestVault;
  beforeAll(async () => {
    [server, vault] = await Promise.all([startPostgres({ major }), testVault()]);
  });
  afterAll(async () => {
    await server?.stop();
    vault?.remove();
  });

  const drillOf = async (database: string, sql: string) => {
    await server.run(`CREATE DATABASE ${database}`);
    await server.run(sql, database);
    const { place } = await takeBackup(server.url(database), vault);
    return await drill({ store: vault.store, place });
  };

  it('are proven in it where they only have to come after others', async () => {
    const report = await drillOf('good', GOOD_IN_THE_END);
    expect(report.items.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
    expect(report.verdict).toBe('proven');
  });

  it('are proven all the same, and what refuses them is named', async () => {
    const report = await drillOf('bad', `${GOOD_IN_THE_END}; ${BROKEN_FOR_GOOD}`);
    const tables = report.items.filter(({ kind }) => kind === 'table');
    expect(tables.map(({ name, verdict, rows }) => [name, verdict, rows])).toEqual(
      Object.entries(ROWS).map(([name, rows]) => [`public.${name}`, 'match', rows]),
    );
    const failed = report.items.filter(({ verdict }) => verdict !== 'match');
    expect(report.verdict).toBe('failed');
    const told = failed.filter(({ kind }) => kind === 'statement');
    expect(told.map(({ name, reason }) => `${name}: ${reason}`).sort()).toEqual(
      FAILED.map((line) => expect.stringMatching(new RegExp(line.split('…').map(RegExp.escape).join('.*')))),
    );
  });
});
