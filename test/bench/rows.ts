import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { median, rounded } from './in-turns.ts';
import { measureNode } from './measured-process.ts';
import { fillLikeAShop } from './shop-like-data.ts';

const lifeboat = join(import.meta.dirname, '../../bin/lifeboat.mjs');

/**
 * The longest wait of five clients that read and write all the time while rows of a table with about so many rows are
 * brought back, of which one in a hundred or all were changed: of a statement that reads, and of one that writes a row of
 * the same table, damaged or not.
 */
export async function benchWaits(rows: number) {
  const settings = { shared_buffers: "'512MB'", max_wal_size: "'4GB'" };
  const server = await startPostgres({ major: 17, settings });
  const directory = mkdtempSync(join(tmpdir(), 'lifeboat-bench-'));
  try {
    await fillLikeAShop(server, (rows * 220) / 5e5);
    const environment = { LIFEBOAT_SOURCE_URL: server.url(), LIFEBOAT_VAULT: directory };
    await measureNode([lifeboat, 'backup', '--json'], environment);
    const measured = [];
    for (const [percent, batch] of [
      [1, []],
      [100, []],
      [100, ['--batch-rows', '2000']],
    ] as const) {
      await damage(server, percent);
      const stop = new AbortController();
      const clients = [1, 2, 3, 4, 5].map((number) => client(server, rows, number, stop.signal));
      const argv = [
        'restore',
        '--rows',
        '--table',
        'event',
        '--overwrite',
        '--yes',
        'postgres',
        '--json',
        ...batch,
      ];
      const { seconds, stdout } = await measureNode([lifeboat, ...argv], environment);
      stop.abort();
      const waits = await Promise.all(clients);
      measured.push({
        percent,
        inBatches: batch.length > 0,
        seconds: rounded(seconds),
        lockedMs: Number(JSON.parse(stdout).lockedMs),
        statements: waits.reduce((sum, { statements }) => sum + statements, 0),
        longestReadMs: Math.round(Math.max(...waits.map(({ readMs }) => readMs))),
        longestWriteMs: Math.round(Math.max(...waits.map(({ writeMs }) => writeMs))),
      });
    }
    return { rows, waits: measured };
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function client(server: PostgresServer, rows: number, number: number, stop: AbortSignal) {
  const session = await server.connect();
  const longest = { readMs: 0, writeMs: 0, statements: 0 };
  const timed = async (sql: string, id: number) => {
    const since = performance.now();
    await session.query(sql, [id]);
    longest.statements += 1;
    return performance.now() - since;
  };
  for (let turn = 1; !stop.aborted; turn += 1) {
    const id = 1 + ((turn * 7919 + number * 104_729) % rows);
    longest.readMs = Math.max(longest.readMs, await timed('SELECT * FROM event WHERE id = $1', id));
    const write = 'UPDATE event SET account = account WHERE id = $1';
    longest.writeMs = Math.max(longest.writeMs, await timed(write, id));
  }
  await session.end();
  return longest;
}

/**
 * Brings rows of a table back, of which one in a hundred or all were changed by a bad UPDATE, in a database of so many
 * megabytes; undoes it; and compares a database in which nothing has changed. Each with a process of its own.
 */
export async function benchRows(megabytes: number, rounds: number) {
  const settings = { shared_buffers: "'512MB'", max_wal_size: "'4GB'" };
  const server = await startPostgres({ major: 17, settings });
  const directory = mkdtempSync(join(tmpdir(), 'lifeboat-bench-'));
  try {
    await fillLikeAShop(server, megabytes);
    const vault = join(directory, 'vault');
    mkdirSync(vault);
    const environment = { LIFEBOAT_SOURCE_URL: server.url(), LIFEBOAT_VAULT: vault };
    const run = async (...argv: string[]) => await measureNode([lifeboat, ...argv], environment);
    await run('backup', '--json');
    const unchanged = await several(rounds, async () => (await run('diff', '--json')).seconds);
    const measured = [];
    for (const percent of [1, 100]) {
      const back = await several(rounds, async () => {
        await damage(server, percent);
        return (
          await run('restore', '--rows', '--table', 'event', '--overwrite', '--yes', 'postgres', '--json')
        ).seconds;
      });
      const [rows = 0] = await changedRows(server, percent);
      measured.push({
        percent,
        rows,
        seconds: back,
        changedRowsPerSecond: Math.round(rows / median(back)),
      });
    }
    const [all = 0] = await changedRows(server, 100);
    return {
      megabytes,
      tableRows: all,
      unchangedDiffSeconds: unchanged,
      unchangedDiffMegabytesPerSecond: rounded(megabytes / median(unchanged)),
      rows: measured,
      tableRowsPerSecond: measured.map(({ seconds }) => Math.round(all / median(seconds))),
    };
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function damage(server: PostgresServer, percent: number): Promise<void> {
  await server.run(`UPDATE event SET kind = kind || ' bad' WHERE id % 100 < ${percent}`);
  await server.run('VACUUM ANALYZE event');
  await server.run('CHECKPOINT');
}

async function changedRows(server: PostgresServer, percent: number): Promise<number[]> {
  const client = await server.connect();
  const { rows } = await client.query(`SELECT count(*)::int AS rows FROM event WHERE id % 100 < ${percent}`);
  await client.end();
  return rows.map((row) => Number(row.rows));
}

async function several(rounds: number, measure: () => Promise<number>): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) times.push(rounded(await measure()));
  return times;
}
