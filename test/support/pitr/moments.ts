import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { parseLsn } from '../../../lib/engine/pgoutput/lsn.ts';
import type { PlannedMoment, Target } from '../../../lib/engine/replay/plan/moment.ts';
import { planMoment } from '../../../lib/engine/replay/plan/plan-moment.ts';
import { restore } from '../../../lib/engine/restore/restore.ts';
import type { PostgresServer } from '../postgres-server.ts';
import { type TestVault, takeBackup } from '../vaults.ts';
import { COVERED, SOURCE_SCHEMA } from './source-schema.ts';
import { CRASHES, Crash, TestCapture } from './test-capture.ts';
import { digests, type Truth, truthNow } from './truth.ts';
import { Writer } from './writer.ts';

export const SOURCE = 'shop';
export const SERVER_SETTINGS = {
  wal_level: 'logical',
  max_prepared_transactions: '20',
  deadlock_timeout: '100ms',
};

export interface History {
  readonly truths: readonly Truth[];
  readonly bases: number;
  readonly transactions: number;
  readonly crashes: number;
  /** Transactions that came again after a crash, and were dropped. */
  readonly duplicates: number;
}

export interface HistoryOptions {
  readonly vault: TestVault;
  readonly server: PostgresServer;
  readonly points: number;
  readonly writers: number;
  readonly seed: number;
  /** A backup after so many points. */
  readonly pointsPerBase: number;
}

/** Clients write, backups are taken, a capture polls and dies at every step; the truth is noted now and then. */
export async function makeHistory(options: HistoryOptions): Promise<History> {
  const { vault, server, points, seed, pointsPerBase } = options;
  await server.run('CREATE DATABASE shop TEMPLATE template0');
  await server.run(SOURCE_SCHEMA, 'shop');
  const capture = new TestCapture({ store: vault.store, url: server.url('shop'), source: SOURCE });
  await capture.enable(COVERED);
  const writers = await Promise.all(
    Array.from({ length: options.writers }, (_, number) => Writer.start(server, 'shop', number, seed)),
  );
  const looker = await server.connect('shop');
  const truths: Truth[] = [];
  let crashes = 0;
  let bases = 0;
  const place = (id: number) => ({
    retentionClass: 'manual' as const,
    source: SOURCE,
    backupId: `20261120T${String(id).padStart(6, '0')}Z`,
  });
  try {
    for (let point = 0; point < points; point += 1) {
      if (point % pointsPerBase === 0) {
        await capture.poll();
        await takeBackup(server.url('shop'), vault, { place: place(bases) });
        bases += 1;
      }
      const crash = point % 2 === 0 ? CRASHES[(point / 2) % CRASHES.length] : undefined;
      await capture.poll({ crash, walBytes: point % 5 === 4 ? 20_000 : 2 ** 40 }).catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error;
        crashes += 1;
      });
      truths.push(await truthNow(looker, COVERED));
    }
  } finally {
    await Promise.all(writers.map((writer) => writer.stop()));
  }
  await looker.query('SELECT pg_sleep(0.01)');
  await server.run(`SELECT txid_current()`, 'shop');
  await capture.poll();
  await capture.poll();
  await capture.close();
  await looker.end();
  const transactions = writers.reduce((sum, writer) => sum + writer.transactions, 0);
  return { truths, bases, transactions, crashes, duplicates: capture.duplicates };
}

/** Half of the points are asked for by their LSN, half by their time. */
export function targetOf({ lsn, time }: Truth, point: number): Target {
  return point % 2 === 0 ? { kind: 'lsn', lsn: parseLsn(lsn) ?? 0n } : { kind: 'time', time };
}

export async function planned(vault: TestVault, target: Target): Promise<PlannedMoment> {
  return await planMoment({
    store: vault.store,
    source: SOURCE,
    target,
    signal: new AbortController().signal,
  });
}

/** Restores a moment into a database of its own, and returns what it shows, and what the report found wrong. */
export async function restored(
  vault: TestVault,
  server: PostgresServer,
  moment: PlannedMoment,
  database: string,
) {
  await server.run(`CREATE DATABASE ${database} TEMPLATE template0`);
  const report = await restore({
    store: vault.store,
    place: moment.base.place,
    moment,
    settings: connectionSettings(server.url(database)),
    unproven: true,
    jobs: 2,
  });
  const client = await server.connect(database);
  const tables = await digests(client, COVERED);
  const { rows } = await client.query(
    `SELECT (SELECT last_value FROM tickets)::text AS tickets, (SELECT balance FROM totals) = (SELECT sum(balance) FROM accounts) AS is_fresh,
            (SELECT count(*) FROM pg_class WHERE relname LIKE 'lifeboat%')::int AS left_over`,
  );
  await client.end();
  await server.run(`DROP DATABASE ${database}`);
  return { report, tables, ...(rows[0] as { tickets: string; is_fresh: boolean; left_over: number }) };
}
