/**
 * The figures of docs/point-in-time.md: `node test/bench/replay.ts [rows]`. Replays of one kind of change each onto a table with a
 * primary key on PostgreSQL 15, and a sample of the same changes as prepared statements, each source transaction one of its own.
 */
import { Writable } from 'node:stream';
import type pg from 'pg';
import { connectionSettings } from '../../lib/engine/connection/connection-settings.ts';
import { type ReplaySegment, replay } from '../../lib/engine/replay/replay.ts';
import { serverSession } from '../../lib/engine/replay/server-session.ts';
import { openServerTarget } from '../../lib/engine/target/server/open-server-target.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';

const rows = Number(process.argv[2] ?? 500_000);
const TABLE = 'CREATE TABLE t (id bigint PRIMARY KEY, name text, value int, at timestamptz)';
const FILL = (count: number) =>
  `INSERT INTO t SELECT n, 'name of ' || n, n, now() FROM generate_series(1, ${count}) n`;
const SMALL = (count: number) => `DO $$BEGIN FOR n IN 1..${count} LOOP
  INSERT INTO t VALUES (n, 'name of ' || n, n, now()); UPDATE t SET value = value + 1 WHERE id = n; COMMIT; END LOOP; END$$`;
const KINDS = {
  inserts: {
    before: '',
    change: FILL(rows),
    changes: rows,
    naive: `INSERT INTO t VALUES ($1, 'name of x', 1, now())`,
  },
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
  'small transactions': {
    before: '',
    change: SMALL(rows / 5),
    changes: (rows / 5) * 2,
    naive: `INSERT INTO t VALUES ($1, 'name of x', 1, now())`,
  },
};

const server = await startPostgres({ major: 15, settings: { wal_level: 'logical', max_wal_size: '4GB' } });
try {
  for (const [kind, { before, change, changes, naive }] of Object.entries(KINDS)) {
    for (const database of ['source', 'target', 'naive']) {
      await server.run(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
      await server.run(`CREATE DATABASE ${database}`);
      await server.run(`${TABLE}; ${before}`, database);
    }
    const source = await server.connect('source');
    await source.query('CREATE PUBLICATION p FOR TABLE t');
    await source.query(`SELECT pg_create_logical_replication_slot('s', 'pgoutput')`);
    await source.query(change);
    const segment = await streamed(source);
    await source.query(`SELECT pg_drop_replication_slot('s')`);
    await source.end();
    const target = await openServerTarget(connectionSettings(server.url('target')));
    global.gc?.();
    const startedAt = performance.now();
    let mostRss = 0;
    await replay({
      session: serverSession(target),
      segments: only(segment, () => {
        mostRss = Math.max(mostRss, process.memoryUsage().rss - segment.bytes);
      }),
      includes: () => true,
      placeOf: ({ schema, name }) => ({ schema, name }),
      signal: new AbortController().signal,
    });
    const seconds = (performance.now() - startedAt) / 1000;
    await target.close();
    const sample = Math.min(4000, rows);
    const naiveSeconds = await oneByOne(server, naive, sample);
    console.info(
      JSON.stringify({
        kind,
        changes,
        rowsPerSecond: Math.round(changes / seconds),
        naiveRowsPerSecond: Math.round(sample / naiveSeconds),
        megabytesOfStream: Math.round(segment.bytes / 1e6),
        rssMegabytesWithoutStream: Math.round(mostRss / 1e6),
      }),
    );
  }
} finally {
  await server.stop();
}

/** The messages of the slot, framed, in pieces. */
async function streamed(client: pg.Client): Promise<{ pieces: Buffer[]; bytes: number }> {
  const { to } = await import('pg-copy-streams');
  const pieces: Buffer[] = [];
  let bytes = 0;
  const copy = client.query(
    to(
      `COPY (SELECT pg_catalog.int4send(pg_catalog.length(data)) || data FROM pg_logical_slot_peek_binary_changes('s', NULL, NULL, 'proto_version', '1', 'publication_names', 'p')) TO STDOUT (FORMAT binary)`,
    ),
  );
  let rest = Buffer.alloc(0);
  let isBegun = false;
  const HEADER = 19;
  await new Promise<void>((resolve, reject) => {
    copy
      .pipe(
        new Writable({
          write(piece: Buffer, _, done) {
            rest = Buffer.concat([rest, piece]);
            let at = isBegun ? 0 : HEADER;
            isBegun = true;
            const taken: Buffer[] = [];
            // A tuple: the number of fields (2 bytes), the length of the one (4 bytes), and its bytes.
            while (rest.length - at >= 6 && rest.readInt16BE(at) === 1) {
              const end = at + 6 + rest.readInt32BE(at + 2);
              if (end > rest.length) break;
              taken.push(rest.subarray(at + 6, end));
              at = end;
            }
            rest = Buffer.from(rest.subarray(at));
            const text = Buffer.concat(taken);
            bytes += text.length;
            if (text.length > 0) pieces.push(text);
            done();
          },
        }),
      )
      .on('finish', resolve)
      .on('error', reject);
  });
  return { pieces, bytes };
}

async function* only({ pieces }: { pieces: Buffer[] }, look: () => void): AsyncGenerator<ReplaySegment> {
  yield {
    key: 'bench',
    encoding: 'UTF8',
    async *pieces() {
      for (const piece of pieces) {
        look();
        yield piece;
      }
    },
  };
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
