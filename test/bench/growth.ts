import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { rounded } from './in-turns.ts';
import { measureNode } from './measured-process.ts';
import { fillLikeAShop } from './shop-like-data.ts';
import type { BenchWorld } from './world.ts';

const lifeboat = `${import.meta.dirname}/../../bin/lifeboat.mjs`;

const MEGABYTES_OF_ONE = 500;

/** Makes so many tables, each with a key, an index, and ten rows. */
export async function makeTables(server: PostgresServer, count: number): Promise<void> {
  for (let first = 0; first < count; first += 500) {
    await server.run(
      `DO $$ BEGIN FOR i IN ${first}..${Math.min(first + 499, count - 1)} LOOP
         EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, a text, b timestamptz DEFAULT now())', i);
         EXECUTE format('CREATE INDEX ON t%s (a)', i);
         EXECUTE format('INSERT INTO t%s SELECT g, md5(g::text) FROM generate_series(1, 10) g', i);
       END LOOP; END $$`,
    );
  }
}

/** What grows, and a database of so much of it. */
const KINDS: Readonly<Record<string, (server: PostgresServer, count: number) => Promise<void>>> = {
  tables: makeTables,
  /** Of one narrow table: the cost of a row. */
  async rows(server, count) {
    await server.run(
      `CREATE TABLE narrow AS SELECT g AS id, g % 900 AS kind FROM generate_series(1, ${count}) g`,
    );
  },
  /** Megabytes of a product's tables, and of as many copies of them as it takes: the cost of a byte. */
  async megabytes(server, count) {
    await fillLikeAShop(server, Math.min(count, MEGABYTES_OF_ONE));
    for (let copy = 1; copy < count / MEGABYTES_OF_ONE; copy += 1) {
      for (const table of ['event', 'measure', 'article'])
        await server.run(`CREATE TABLE ${table}_${copy} AS TABLE ${table}`);
    }
  },
};

/** One backup for each step of a growth: time of the whole command, and its peak of resident memory. */
export async function* benchGrowth({ s3 }: BenchWorld, kind: string, steps: readonly number[]) {
  const make = KINDS[kind];
  if (!make) throw new Error(`what grows is one of ${Object.keys(KINDS).join(', ')}`);
  for (const count of steps) {
    const server = await startPostgres({ major: 15, settings: { max_locks_per_transaction: '512' } });
    try {
      await make(server, count);
      const environment = {
        ...s3.environment,
        LIFEBOAT_SOURCE_URL: server.url(),
        LIFEBOAT_VAULT: `s3://${s3.bucket}/${kind}-${count}`,
      };
      const args = ['backup', '--json', '--longest-snapshot', '120'];
      const { seconds, peakResidentMegabytes, stdout } = await measureNode([lifeboat, ...args], environment);
      const { rawBytes } = JSON.parse(stdout);
      yield {
        growing: kind,
        count,
        rawMegabytes: rounded(rawBytes / 1e6),
        seconds: rounded(seconds),
        peakResidentMegabytes,
      };
    } finally {
      await server.stop();
    }
  }
}
