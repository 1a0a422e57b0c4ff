import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connectionSettings } from '../../lib/engine/connection/connection-settings.ts';
import { parseLsn } from '../../lib/engine/pgoutput/lsn.ts';
import type { BeginMessage } from '../../lib/engine/pgoutput/messages.ts';
import { entriesFrom } from '../../lib/engine/replay/plan/epoch-log.ts';
import type { PlannedMoment } from '../../lib/engine/replay/plan/moment.ts';
import { segmentsOf } from '../../lib/engine/replay/plan/segment-text.ts';
import { replay } from '../../lib/engine/replay/replay.ts';
import { serverSession } from '../../lib/engine/replay/server-session.ts';
import { isVisible, visibleIn } from '../../lib/engine/replay/visibility.ts';
import { restore } from '../../lib/engine/restore/restore.ts';
import { openServerTarget } from '../../lib/engine/target/server/open-server-target.ts';
import { planned, SERVER_SETTINGS, SOURCE } from '../support/pitr/moments.ts';
import { COVERED, SOURCE_SCHEMA } from '../support/pitr/source-schema.ts';
import { TestCapture } from '../support/pitr/test-capture.ts';
import { digests, truthNow } from '../support/pitr/truth.ts';
import {
  debianBinaries,
  type PostgresServer,
  serverAccount,
  startPostgres,
} from '../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../support/vaults.ts';

const signal = new AbortController().signal;
const place = { retentionClass: 'manual' as const, source: SOURCE, backupId: '20261120T000000Z' };
const binDirectory = debianBinaries();

/** The base, and the changes onto it by another rule than the product's. */
async function shownBy(
  rule: (moment: PlannedMoment) => (transaction: BeginMessage) => boolean,
  {
    vault,
    server,
    moment,
    database,
  }: { vault: TestVault; server: PostgresServer; moment: PlannedMoment; database: string },
): Promise<Record<string, string>> {
  await server.run(`CREATE DATABASE ${database} TEMPLATE template0`);
  const settings = connectionSettings(server.url(database));
  await restore({ store: vault.store, place: moment.base.place, settings, unproven: true });
  const target = await openServerTarget(settings);
  await target.execute('SET session_replication_role = replica');
  await replay({
    session: serverSession(target),
    segments: segmentsOf(
      vault.store,
      moment.log,
      entriesFrom(vault.store, moment.log, moment.entries.from, signal, moment.entries.to),
      signal,
    ),
    includes: rule(moment),
    until: moment.until,
    placeOf: ({ schema, name }) => ({ schema, name }),
    signal,
  });
  await target.close();
  const client = await server.connect(database);
  const found = await digests(client, COVERED);
  await client.end();
  return found;
}

const byVisibility = ({ base }: PlannedMoment) => {
  const isInBase = visibleIn(base.snapshot);
  return (transaction: BeginMessage) => !isInBase(transaction);
};

describe.skipIf(!binDirectory)('rules that look right', () => {
  let server: PostgresServer;
  let vault: TestVault;
  let moment: PlannedMoment;
  let truth: Awaited<ReturnType<typeof truthNow>>;

  beforeAll(async () => {
    vault = await testVault();
    server = await startPostgres({
      major: 15,
      ...(binDirectory ? { binDirectory } : {}),
      settings: SERVER_SETTINGS,
    });
    await inLaterEpoch(server);
    await server.run('CREATE DATABASE shop TEMPLATE template0');
    await server.run(SOURCE_SCHEMA, 'shop');
    const capture = new TestCapture({ store: vault.store, url: server.url('shop'), source: SOURCE });
    await capture.enable(COVERED);
    const looker = await server.connect('shop');
    // A commit in the WAL that no snapshot shows: it waits for a standby that never answers.
    await looker.query(`ALTER SYSTEM SET synchronous_standby_names = 'nobody'`);
    await looker.query('SELECT pg_reload_conf()');
    await until(
      async () => (await looker.query('SHOW synchronous_standby_names')).rows[0]?.synchronous_standby_names,
      'nobody',
    );
    const waiting = await server.connect('shop');
    const commit = waiting.query(`UPDATE accounts SET balance = balance + 1 WHERE id <= 5`);
    commit.catch(() => {});
    await until(
      async () =>
        (await looker.query(`SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'`)).rowCount,
      1,
    );
    await takeBackup(server.url('shop'), vault, { place });
    await looker.query('ALTER SYSTEM RESET synchronous_standby_names');
    await looker.query('SELECT pg_reload_conf()');
    await commit;
    await looker.query(`UPDATE documents SET title = 'later' WHERE id < 10`);
    truth = await truthNow(looker, COVERED);
    await looker.query('SELECT txid_current()');
    await capture.poll();
    await capture.poll();
    await capture.close();
    moment = await planned(vault, { kind: 'lsn', lsn: parseLsn(truth.lsn) ?? 0n });
  });
  afterAll(async () => {
    await server?.stop();
    vault?.remove();
  });

  it('the rule of the product is right', async () => {
    expect(await shownBy(byVisibility, { vault, server, moment, database: 'by_visibility' })).toEqual(
      truth.tables,
    );
  });

  it('to skip what committed before the LSN of the base loses a commit', async () => {
    const byLsn =
      ({ base }: PlannedMoment) =>
      (transaction: BeginMessage) =>
        transaction.finalLsn >= base.lsn;
    const found = await shownBy(byLsn, { vault, server, moment, database: 'by_lsn' });
    expect(found.documents).toBe(truth.tables.documents);
    expect(found.accounts).not.toBe(truth.tables.accounts);
  });

  it('to compare xids without their epoch loses every change', async () => {
    expect(moment.base.snapshot.xmax).toBeGreaterThan(2n ** 32n);
    const narrow =
      ({ base }: PlannedMoment) =>
      (transaction: BeginMessage) =>
        !isVisible(base.snapshot, BigInt(transaction.xid));
    const found = await shownBy(narrow, { vault, server, moment, database: 'narrow' });
    expect(found.documents).not.toBe(truth.tables.documents);
    expect(found.accounts).not.toBe(truth.tables.accounts);
  });
});

/** expect.poll() is for tests alone. */
async function until(look: () => unknown, wanted: unknown): Promise<void> {
  await vi.waitFor(async () => expect(await look()).toBe(wanted), { timeout: 60_000 });
}

/** As after four billion transactions: the upper half of each id is not 0. */
async function inLaterEpoch(server: PostgresServer): Promise<void> {
  const pid = Number(readFileSync(join(server.dataDirectory, 'postmaster.pid'), 'utf8').split('\n')[0]);
  process.kill(pid, 'SIGINT');
  await until(() => {
    try {
      readFileSync(join(server.dataDirectory, 'postmaster.pid'));
      return 'runs';
    } catch {
      return 'stopped';
    }
  }, 'stopped');
  execFileSync(join(binDirectory ?? '', 'pg_resetwal'), ['-e', '3', '-D', server.dataDirectory], {
    ...serverAccount(),
    cwd: server.dataDirectory,
  });
  await server.restart();
}
