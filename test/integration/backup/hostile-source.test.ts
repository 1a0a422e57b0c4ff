import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';

describe('a source that was tampered with', () => {
  let server: PostgresServer;
  let vault: TestVault;
  beforeAll(async () => {
    [server, vault] = await Promise.all([startPostgres({ major: 15 }), testVault()]);
  });
  afterAll(async () => {
    await server?.stop();
    vault?.remove();
  });

  it('gets no command of psql into an archive', async () => {
    await server.run(
      `CREATE TEXT SEARCH DICTIONARY public.d (TEMPLATE = pg_catalog.simple, accept = 'true')`,
    );
    // pg_dump writes the options of a dictionary as they stand in the catalog.
    await server.run(`
      SET allow_system_table_mods = on;
      UPDATE pg_catalog.pg_ts_dict SET dictinitoption = E'accept = true);\\n\\\\! touch /tmp/lifeboat-was-here\\n'
       WHERE dictname = 'd'`);
    await expect(takeBackup(server.url(), vault)).rejects.toMatchObject({
      // What stands outside of any statement of pg_dump's is refused first.
      code: 'source-foreign-statement',
    });
    expect(vault.files().filter((file) => file.endsWith('manifest.json'))).toEqual([]);
  });
});
