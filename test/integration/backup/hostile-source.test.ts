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

  // pg_dump writes the options of a dictionary as they stand in the catalog.
  it.each([
    {
      where: 'outside of a statement',
      option: String.raw`accept = true);\n\\! touch /tmp/lifeboat-was-here\n`,
      code: 'source-foreign-statement',
      what: /^Line \d+ of pre-data\.sql.* does not write: \\, in the entry TEXT SEARCH DICTIONARY public\.d\.$/,
    },
    {
      where: 'within one',
      option: String.raw`accept = true\n\\! touch /tmp/lifeboat-was-here\n`,
      code: 'source-sends-psql-commands',
      what: /^Line \d+ of pre-data\.sql.* has a backslash outside of quotes/,
    },
  ])('gets no command of psql into an archive, $where', async ({ option, code, what }) => {
    await server.run(`
      DROP TEXT SEARCH DICTIONARY IF EXISTS public.d;
      CREATE TEXT SEARCH DICTIONARY public.d (TEMPLATE = pg_catalog.simple, accept = 'true');
      SET allow_system_table_mods = on;
      UPDATE pg_catalog.pg_ts_dict SET dictinitoption = E'${option}' WHERE dictname = 'd'`);
    await expect(takeBackup(server.url(), vault)).rejects.toMatchObject({
      code,
      what: expect.stringMatching(what),
    });
    expect(vault.files().filter((file) => file.endsWith('manifest.json'))).toEqual([]);
  });
});
