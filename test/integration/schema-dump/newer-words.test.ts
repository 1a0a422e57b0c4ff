import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { drill } from '../../../lib/engine/drill/drill.ts';
import { restore } from '../../../lib/engine/restore/restore.ts';
import { NEWER_WORDS } from '../../../lib/engine/sql-script/majors/newer-words.ts';
import {
  npmBinaries,
  type PostgresServer,
  type ServerMajor,
  startPostgres,
} from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';

const MAJORS = [13, 14, 15, 16, 17, 18] as const;
const PRESENT = MAJORS.filter((major) => npmBinaries(major) !== undefined);

/** Words that may be anything (unreserved), and those that may not: a parameter's name, say. */
async function keyWords(major: ServerMajor): Promise<Map<string, boolean>> {
  const server = await startPostgres({ major });
  try {
    const client = await server.connect();
    const { rows } = await client.query(
      `SELECT word, catcode IN ('C', 'R', 'T') AS special FROM pg_get_keywords()`,
    );
    return new Map(rows.map(({ word, special }) => [word, special]));
  } finally {
    await server.stop();
  }
}

describe('a name that has become a key word', () => {
  it.skipIf(PRESENT.length < MAJORS.length)(
    'is in the table, with the major since which it must be quoted',
    async () => {
      const since = new Map<string, number>();
      let before: Map<string, boolean> | undefined;
      for (const major of PRESENT) {
        const words = await keyWords(major);
        for (const [word, special] of words)
          if (special && before?.get(word) !== true && before !== undefined) since.set(word, major);
        before = words;
      }
      expect([...since].sort()).toEqual([...NEWER_WORDS].sort());
    },
  );
});

describe('a backup of a server that does not know the key words of a newer one', () => {
  let source: PostgresServer;
  let newer: PostgresServer;
  let vault: TestVault;
  beforeAll(async () => {
    source = await startPostgres({ major: 15 });
    newer = await startPostgres({ major: 18 });
    vault = await testVault();
  });
  afterAll(async () => {
    await source?.stop();
    await newer?.stop();
    vault?.remove();
  });

  it('is proven in one that does, and restored there with its names', async () => {
    await source.run(`
      CREATE FUNCTION of_json(json jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS 'SELECT $1';
      CREATE TABLE entry (id int, system_user text CHECK (system_user = 'somebody'), body jsonb CHECK (of_json(json => body) IS NOT NULL));
      INSERT INTO entry VALUES (1, 'somebody', '{}');
    `);
    const { place } = await takeBackup(source.url(), vault);
    const proof = await drill({ store: vault.store, place });
    expect(proof.items.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
    await newer.run('CREATE DATABASE home');
    const settings = connectionSettings(newer.url('home'));
    const { items } = await restore({ store: vault.store, place, settings, unproven: true });
    expect(items.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
    const client = await newer.connect('home');
    const { rows } = await client.query(
      `SELECT pg_get_constraintdef(oid) AS text FROM pg_constraint WHERE conname = 'entry_system_user_check'`,
    );
    expect(rows).toEqual([{ text: `CHECK (("system_user" = 'somebody'::text))` }]);
  });
});
