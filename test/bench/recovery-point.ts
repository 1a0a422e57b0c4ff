import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { headOfLog } from '../../lib/engine/archive/changes/change-log.ts';
import { newestEpoch } from '../../lib/engine/archive/changes/epochs.ts';
import { disable } from '../../lib/engine/capture/disable.ts';
import { enable } from '../../lib/engine/capture/enable.ts';
import { connectionSettings } from '../../lib/engine/connection/connection-settings.ts';
import { openDirectoryStore } from '../../lib/engine/storage/directory.ts';
import { debianBinaries, type PostgresServer, startPostgres } from '../support/postgres-server.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/lifeboat.ts', import.meta.url));
const SOURCE = 'bench';
const CLIENTS = 4;
/** Between two transactions of one client. */
const PAUSE_MS = 60;
/** Every so often one transaction changes so many rows at once. */
const BULK = { everyMs: 5 * 60_000, rows: 100_000 };

const SCHEMA = `
  CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer int, total numeric, at timestamptz DEFAULT now(), note text);
  CREATE TABLE lines (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, orders bigint, article text, pieces int);
  CREATE TABLE stock (article int PRIMARY KEY, pieces bigint);
  INSERT INTO stock SELECT g, 1000000 FROM generate_series(1, ${BULK.rows}) g`;
const ORDER = `
  WITH placed AS (INSERT INTO orders (customer, total, note) VALUES ($1::int, $1::int / 7.0, md5($1::int::text)) RETURNING id)
  INSERT INTO lines (orders, article, pieces) SELECT id, md5(g::text), g FROM placed, generate_series(1, 3) g`;

/**
 * How much a lost source would cost: clients write without end, `lifeboat capture --every` runs beside them, and every second the
 * vault is asked how old its recovery point is.
 */
export async function benchRecoveryPoint(minutes: number, every: string): Promise<object> {
  const binDirectory = debianBinaries();
  const server = await startPostgres({
    major: 15,
    ...(binDirectory ? { binDirectory } : {}),
    settings: { wal_level: 'logical', max_wal_size: "'4GB'" },
  });
  const folder = mkdtempSync(join(tmpdir(), 'lifeboat-bench-'));
  const store = openDirectoryStore(folder);
  const order = { settings: connectionSettings(server.url()), store, source: SOURCE };
  const end = new AbortController();
  try {
    await server.run(SCHEMA);
    await enable(order);
    const capture = startCapture(server.url(), folder, every);
    const load = { transactions: 0 };
    const clients = Array.from({ length: CLIENTS }, () => write(server, load, end.signal));
    const bulk = writeBulk(server, load, end.signal);
    const startedAt = performance.now();
    const ages: number[] = [];
    while (performance.now() - startedAt < minutes * 60_000) {
      await delay(1000);
      if (capture.exitCode !== null) throw new Error(`the capture ended with ${capture.exitCode}`);
      const epoch = await newestEpoch(store, SOURCE);
      const head = epoch && (await headOfLog(store, epoch.record));
      // Nothing is protected before the first base is there.
      if (head?.record.base !== undefined) ages.push((Date.now() - Date.parse(head.record.clock)) / 1000);
    }
    end.abort();
    await Promise.allSettled([...clients, bulk]);
    const gone = new Promise((resolve) => capture.once('close', resolve));
    capture.kill('SIGINT');
    await gone;
    ages.sort((a, b) => a - b);
    const at = (share: number) =>
      Number(ages[Math.min(ages.length - 1, Math.floor(ages.length * share))]?.toFixed(1));
    const epoch = await newestEpoch(store, SOURCE);
    const head = epoch && (await headOfLog(store, epoch.record));
    return {
      what: 'recovery point',
      ...{ minutes, every, clients: CLIENTS, transactions: load.transactions },
      ageSeconds: { samples: ages.length, median: at(0.5), p99: at(0.99), most: at(1) },
      entries: head?.record.number,
    };
  } finally {
    end.abort();
    await disable(order).catch(() => {});
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function startCapture(url: string, folder: string, every: string) {
  const child = spawn(process.execPath, [PROGRAM, 'capture', '--name', SOURCE, '--every', every, '--json'], {
    env: { ...process.env, LIFEBOAT_SOURCE_URL: url, LIFEBOAT_VAULT: folder },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  process.once('exit', () => child.kill());
  return child;
}

async function write(
  server: PostgresServer,
  load: { transactions: number },
  signal: AbortSignal,
): Promise<void> {
  const client = await server.connect();
  for (let customer = 1; !signal.aborted; customer += 1) {
    await client.query(ORDER, [customer]);
    load.transactions += 1;
    await delay(PAUSE_MS, undefined, { signal });
  }
}

async function writeBulk(
  server: PostgresServer,
  load: { transactions: number },
  signal: AbortSignal,
): Promise<void> {
  const client = await server.connect();
  for (;;) {
    await delay(BULK.everyMs, undefined, { signal });
    await client.query('UPDATE stock SET pieces = pieces - 1');
    load.transactions += 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  console.log(
    JSON.stringify(await benchRecoveryPoint(Number(process.argv[2] ?? 60), process.argv[3] ?? '1m')),
  );
