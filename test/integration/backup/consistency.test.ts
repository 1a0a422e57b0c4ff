import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { copyTextOf, type TestVault, takeBackup, testVault } from '../../support/vaults.ts';

let server: PostgresServer;
let vault: TestVault;
const ACCOUNTS = 2000;

beforeAll(async () => {
  server = await startPostgres({ major: 18 });
  vault = await testVault();
  await server.run(
    `CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL, filler text);
     INSERT INTO account SELECT g, 100, repeat(md5(g::text), 40) FROM generate_series(1, ${ACCOUNTS}) g;
     CREATE TABLE transfer (id bigserial PRIMARY KEY, source int NOT NULL REFERENCES account, target int NOT NULL REFERENCES account, amount int NOT NULL);
     CREATE TABLE receipt (transfer bigint PRIMARY KEY REFERENCES transfer, note text)`,
  );
});
afterAll(async () => {
  await server?.stop();
  vault?.remove();
});

/** Moves money between accounts until told to stop; every transaction keeps the sum and writes both rows of a pair. */
async function writer(stop: AbortSignal, seed: number): Promise<number> {
  const client = await server.connect();
  let transactions = 0;
  for (let turn = seed; !stop.aborted; turn += 7) {
    const source = (turn % ACCOUNTS) + 1;
    const target = ((turn * 31) % ACCOUNTS) + 1;
    const [low, high] = source < target ? [source, target] : [target, source];
    await client.query(
      `BEGIN;
       SELECT FROM account WHERE id IN (${low}, ${high}) ORDER BY id FOR UPDATE;
       UPDATE account SET balance = balance - 1 WHERE id = ${source};
       UPDATE account SET balance = balance + 1 WHERE id = ${target};
       WITH t AS (INSERT INTO transfer (source, target, amount) VALUES (${source}, ${target}, 1) RETURNING id)
         INSERT INTO receipt SELECT id, 'paid' FROM t;
       COMMIT`,
    );
    transactions += 1;
  }
  await client.end();
  return transactions;
}

describe('a backup while others write', () => {
  it('is exactly one moment, whatever table is read when, cut or whole', async () => {
    const stop = new AbortController();
    const writers = [1, 2, 3].map((seed) => writer(stop.signal, seed));
    try {
      // Small chunks, so that the tables are cut and read by several sessions at different times.
      const { manifest } = await takeBackup(server.url(), vault, { chunkBytes: 256 * 1024, jobs: 3 });
      const rows = async (table: string) =>
        (await copyTextOf(vault, manifest, 'public', table))
          .toString()
          .split('\n')
          .slice(0, -1)
          .map((line) => line.split('\t'));
      const accounts = await rows('account');
      const transfers = await rows('transfer');
      const receipts = await rows('receipt');
      expect(manifest.tables.find(({ name }) => name === 'account')?.chunks.length).toBeGreaterThan(3);
      expect(accounts.length).toBe(ACCOUNTS);
      expect(new Set(accounts.map(([id]) => id)).size).toBe(ACCOUNTS);
      expect(accounts.reduce((sum, [, balance]) => sum + Number(balance), 0)).toBe(ACCOUNTS * 100);
      const transferIds = new Set(transfers.map(([id]) => id));
      expect(transferIds.size).toBe(transfers.length);
      expect(new Set(receipts.map(([id]) => id))).toEqual(transferIds);
      // Each account's balance is what the transfers of the same moment make it.
      const expected = new Map(accounts.map(([id]) => [id, 100]));
      for (const [, source, target, amount] of transfers) {
        expected.set(source, (expected.get(source) ?? 0) - Number(amount));
        expected.set(target, (expected.get(target) ?? 0) + Number(amount));
      }
      for (const [id, balance] of accounts) expect(Number(balance)).toBe(expected.get(id));
      expect(manifest.tables.find(({ name }) => name === 'transfer')?.rows).toBe(transfers.length);
    } finally {
      stop.abort();
      const done = await Promise.all(writers);
      expect(done.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(10);
    }
  });
});
