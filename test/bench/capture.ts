import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { capture } from '../../lib/engine/capture/capture.ts';
import { disable } from '../../lib/engine/capture/disable.ts';
import { enable } from '../../lib/engine/capture/enable.ts';
import { slotName } from '../../lib/engine/capture/names.ts';
import { connectionSettings } from '../../lib/engine/connection/connection-settings.ts';
import { openDirectoryStore } from '../../lib/engine/storage/directory.ts';
import { debianBinaries, startPostgres } from '../support/postgres-server.ts';

/**
 * `node test/bench/capture.ts`: a capture and pg_recvlogical read the same changes of Debian's PostgreSQL 15, one after the
 * other. Prints messages a second, the memory of this process, and what an idle poll takes.
 */
const binDirectory = debianBinaries();
if (!binDirectory) throw new Error("this needs Debian's PostgreSQL 15");
const settings = { wal_level: 'logical', max_wal_size: "'4GB'" };
const server = await startPostgres({ major: 15, binDirectory, settings });
const folder = mkdtempSync(join(tmpdir(), 'lifeboat-bench-'));
const order = {
  settings: connectionSettings(server.url()),
  store: openDirectoryStore(folder),
  source: 'bench',
  quietEntryEveryMs: 0,
};

const WORKS: ReadonlyArray<readonly [title: string, change: string]> = [
  [
    'one transaction of a million inserts',
    'INSERT INTO rows SELECT g, md5(g::text), now(), g / 7.0 FROM generate_series(1, 1000000) g',
  ],
  ['one transaction of 300,000 updates', 'UPDATE rows SET n = n + 1 WHERE id <= 300000'],
  ['20,000 transactions of one insert', 'CALL many()'],
];

function seconds(since: number): number {
  return Number(((performance.now() - since) / 1000).toFixed(3));
}

function readNatively(end: string): void {
  const options = ['-o', 'proto_version=1', '-o', `publication_names=${slotName('bench')}`];
  const where = ['-d', server.url(), '--slot', 'native', '--endpos', end, '-f', join(folder, 'native.out')];
  execFileSync('/usr/lib/postgresql/15/bin/pg_recvlogical', ['--start', ...where, ...options], {
    stdio: 'ignore',
    timeout: 60_000,
  });
}

try {
  await server.run(`
    CREATE TABLE rows (id int PRIMARY KEY, name text, at timestamptz DEFAULT now(), n numeric);
    CREATE PROCEDURE many() LANGUAGE plpgsql AS $$
      BEGIN FOR i IN 2000001..2020000 LOOP INSERT INTO rows VALUES (i, 'x'); COMMIT; END LOOP; END$$`);
  await enable(order);
  await server.run(`SELECT pg_create_logical_replication_slot('native', 'pgoutput')`);
  const client = await server.connect();
  for (const [title, change] of WORKS) {
    await server.run(change);
    const { rows } = await client.query('SELECT pg_current_wal_flush_lsn()::text AS lsn');
    let mostBytes = 0;
    const watch = setInterval(() => {
      mostBytes = Math.max(mostBytes, process.memoryUsage().rss);
    }, 50);
    const startedAt = performance.now();
    const { messages, rawBytes, storedBytes } = await capture(order);
    const took = seconds(startedAt);
    clearInterval(watch);
    const nativeAt = performance.now();
    readNatively(String(rows[0]?.lsn));
    const figures = { messages, rawBytes, storedBytes, seconds: took, native: seconds(nativeAt) };
    const perSecond = Math.round(messages / took);
    console.log(title, { ...figures, messagesPerSecond: perSecond, rssMb: Math.round(mostBytes / 1e6) });
  }
  await capture(order);
  const idle: number[] = [];
  for (let polls = 0; polls < 10; polls += 1) {
    const startedAt = performance.now();
    await capture(order);
    idle.push(seconds(startedAt));
  }
  console.log('an idle poll, with its connection, in seconds', idle.join(' '));
} finally {
  await disable(order).catch(() => {});
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
