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
 * `node test/bench/capture.ts`: a capture and pg_recvlogical read the same changes of Debian's PostgreSQL 15, one after the other. Prints
 * messages and bytes a second, the memory of this process, and what an idle poll takes.
 */
const binDirectory = debianBinaries();
if (!binDirectory) throw new Error("this needs Debian's PostgreSQL 15");
const server = await startPostgres({
  major: 15,
  binDirectory,
  settings: { wal_level: 'logical', max_wal_size: "'4GB'" },
});
const folder = mkdtempSync(join(tmpdir(), 'lifeboat-bench-'));
const settings = connectionSettings(server.url());
const store = openDirectoryStore(folder);
const name = slotName('bench');
const poll = () => capture({ settings, store, source: 'bench', quietEntryEveryMs: 0 });

async function timed(work: () => Promise<unknown> | unknown): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

try {
  await server.run(
    'CREATE TABLE rows (id int PRIMARY KEY, name text, at timestamptz DEFAULT now(), n numeric)',
  );
  await enable({ settings, store, source: 'bench' });
  await poll();
  await server.run(`SELECT pg_create_logical_replication_slot('native', 'pgoutput')`);
  const works: ReadonlyArray<readonly [string, string]> = [
    [
      'one transaction of a million inserts',
      `INSERT INTO rows SELECT g, md5(g::text), now(), g / 7.0 FROM generate_series(1, 1000000) g`,
    ],
    ['one transaction of 300,000 updates', `UPDATE rows SET n = n + 1 WHERE id <= 300000`],
    [
      '20,000 transactions of one insert',
      `CREATE PROCEDURE many() LANGUAGE plpgsql AS $$BEGIN FOR i IN 2000001..2020000 LOOP INSERT INTO rows VALUES (i, 'x'); COMMIT; END LOOP; END$$`,
    ],
  ];
  for (const [title, sql] of works) {
    await server.run(sql);
    // A procedure changes the schema: the capture of it is not counted.
    if (sql.startsWith('CREATE')) {
      await poll();
      await server.run('CALL many()');
    }
    const before = process.memoryUsage().rss;
    let most = before;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss);
    }, 50);
    let result = await poll.call(undefined).catch((error: unknown) => Promise.reject(error));
    clearInterval(watch);
    void result;
    result = await poll();
    console.log(title, {
      mostMb: Math.round(most / 1e6),
      grewMb: Math.round((most - before) / 1e6),
      held: result.heldWalBytes,
    });
  }
  const seconds: Record<string, number> = {};
  await server.run(`UPDATE rows SET n = n + 1`);
  const last = await server.connect();
  const { rows } = await last.query('SELECT pg_current_wal_flush_lsn()::text AS lsn');
  let figures = await poll().catch(() => undefined);
  void figures;
  await server.run(`SELECT pg_replication_slot_advance('native', pg_current_wal_flush_lsn())`);
  await server.run(`UPDATE rows SET n = n + 1`);
  const end = (await last.query('SELECT pg_current_wal_flush_lsn()::text AS lsn')).rows[0].lsn;
  seconds.capture = await timed(async () => {
    figures = await poll();
  });
  seconds.native = await timed(() =>
    execFileSync(
      join('/usr/lib/postgresql/15/bin', 'pg_recvlogical'),
      [
        '-d',
        server.url(),
        '--slot',
        'native',
        '--start',
        '--endpos',
        end,
        '-f',
        '/dev/null',
        '-o',
        'proto_version=1',
        '-o',
        `publication_names=${name}`,
      ],
      { stdio: 'ignore' },
    ),
  );
  console.log('1,020,000 updates', seconds, figures, rows.length);
  const idle = [];
  for (let i = 0; i < 10; i += 1) idle.push(await timed(poll));
  console.log('idle poll, seconds', idle.map((one) => one.toFixed(3)).join(' '));
} finally {
  await disable({ settings, source: 'bench' }).catch(() => {});
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
