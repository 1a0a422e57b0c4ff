import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { to } from 'pg-copy-streams';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { measureNode } from './measured-process.ts';

const ONCE = fileURLToPath(new URL('./replay-once.ts', import.meta.url));
const TABLE = 'CREATE TABLE t (id bigint PRIMARY KEY, name text, value int, at timestamptz)';
const FILL = (count: number) =>
  `INSERT INTO t SELECT n, 'name of ' || n, n, now() FROM generate_series(1, ${count}) n`;
const SMALL = (count: number) => `DO $$BEGIN FOR n IN 1..${count} LOOP
  INSERT INTO t VALUES (n, 'name of ' || n, n, now()); UPDATE t SET value = value + 1 WHERE id = n; COMMIT; END LOOP; END$$`;
const INSERT_ONE = `INSERT INTO t VALUES ($1, 'name of x', 1, now())`;

interface Kind {
  /** What source and target have. */
  readonly before?: string;
  readonly change: string;
  readonly changes: number;
  /** The same as one prepared statement. */
  readonly naive: string;
}

const kinds = (rows: number): Readonly<Record<string, Kind>> => ({
  inserts: { change: FILL(rows), changes: rows, naive: INSERT_ONE },
  updates: {
    before: FILL(rows),
    change: 'UPDATE t SET value = value + 1',
    changes: rows,
    naive: 'UPDATE t SET value = value + 1 WHERE id = $1',
  },
  deletes: {
    before: FILL(rows),
    change: 'DELETE FROM t',
    changes: rows,
    naive: 'DELETE FROM t WHERE id = $1',
  },
  'small transactions': { change: SMALL(rows / 5), changes: (rows / 5) * 2, naive: INSERT_ONE },
});

/**
 * Replays of one kind of change each onto a table with a primary key on PostgreSQL 15, in a process of their own; all but the small
 * transactions are one transaction of the source. Right after, a sample of the same changes as prepared statements, one
 * transaction each.
 */
export async function* benchReplay(rows: number, only?: string): AsyncGenerator<object> {
  const server = await startPostgres({ major: 15, settings: { wal_level: 'logical', max_wal_size: '4GB' } });
  const folder = mkdtempSync(join(tmpdir(), 'lifeboat-bench-'));
  const file = join(folder, 'stream');
  try {
    for (const [kind, { before = '', change, changes, naive }] of Object.entries(kinds(rows))) {
      if (only !== undefined && only !== kind) continue;
      for (const database of ['source', 'target', 'naive']) {
        await server.run(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
        await server.run(`CREATE DATABASE ${database}`);
        await server.run(`${TABLE}; ${before}`, database);
      }
      await stream(server, change, file);
      const { peakResidentMegabytes, processorSeconds, stdout } = await measureNode(
        [ONCE, file, server.url('target')],
        {},
      );
      const { seconds } = JSON.parse(stdout) as { seconds: number };
      const sample = Math.min(4000, rows);
      const naiveSeconds = await oneByOne(server, naive, sample);
      yield {
        what: 'replay',
        ...{ kind, changes, peakResidentMegabytes, processorSeconds },
        rowsPerSecond: Math.round(changes / seconds),
        naiveRowsPerSecond: Math.round(sample / naiveSeconds),
        megabytesOfStream: Math.round(statSync(file).size / 1e6),
      };
    }
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes a change in the source, and writes its messages, each after its length, into a file. */
async function stream(server: PostgresServer, change: string, file: string): Promise<void> {
  const source = await server.connect('source');
  await source.query('CREATE PUBLICATION p FOR TABLE t');
  await source.query(`SELECT pg_create_logical_replication_slot('s', 'pgoutput')`);
  await source.query(change);
  await pipeline(copyOf(source), withoutCopyFormat(), createWriteStream(file));
  await source.query(`SELECT pg_drop_replication_slot('s')`);
  await source.end();
}

function copyOf(client: pg.Client) {
  return client.query(
    to(
      `COPY (SELECT pg_catalog.int4send(pg_catalog.length(data)) || data FROM pg_logical_slot_peek_binary_changes('s', NULL, NULL, 'proto_version', '1', 'publication_names', 'p')) TO STDOUT (FORMAT binary)`,
    ),
  );
}

const HEADER_BYTES = 19;

/** A tuple: the number of fields (2 bytes), the length of the one (4 bytes), and its bytes. */
function withoutCopyFormat(): Transform {
  let rest = Buffer.alloc(0);
  let isBegun = false;
  return new Transform({
    transform(piece: Buffer, _, done) {
      rest = Buffer.concat([rest, piece]);
      let at = isBegun ? 0 : HEADER_BYTES;
      isBegun = true;
      const taken: Buffer[] = [];
      while (rest.length - at >= 6 && rest.readInt16BE(at) === 1) {
        const end = at + 6 + rest.readInt32BE(at + 2);
        if (end > rest.length) break;
        taken.push(rest.subarray(at + 6, end));
        at = end;
      }
      const text = Buffer.concat(taken);
      rest = Buffer.from(rest.subarray(at));
      done(null, text);
    },
  });
}

async function oneByOne(of: PostgresServer, text: string, count: number): Promise<number> {
  const client = await of.connect('naive');
  await client.query('SET synchronous_commit = off');
  const startedAt = performance.now();
  for (let id = 1; id <= count; id += 1) await client.query({ name: 'one', text, values: [id] });
  const seconds = (performance.now() - startedAt) / 1000;
  await client.end();
  return seconds;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [rows = '500000', only] = process.argv.slice(2);
  for await (const figure of benchReplay(Number(rows), only)) console.log(JSON.stringify(figure));
}
