import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeProofKey } from '../../../lib/engine/archive/changes/change-proof.ts';
import { query } from '../../../lib/engine/browse/query/query.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { diff } from '../../../lib/engine/diff/diff.ts';
import { entryOf, writeErasure } from '../../../lib/engine/erasures/erasure-entry.ts';
import { LifeboatError } from '../../../lib/engine/ground/errors.ts';
import { proveChanges } from '../../../lib/engine/prove/prove-changes.ts';
import { listTransactions } from '../../../lib/engine/replay/plan/list-transactions.ts';
import type { ReplayState } from '../../../lib/engine/replay/replay-counts.ts';
import { replayMoment } from '../../../lib/engine/replay/replay-moment.ts';
import { serverSession } from '../../../lib/engine/replay/server-session.ts';
import { restore } from '../../../lib/engine/restore/restore.ts';
import { openServerTarget } from '../../../lib/engine/target/server/open-server-target.ts';
import { intercept } from '../../support/intercepted-store.ts';
import {
  type History,
  makeHistory,
  planned,
  restored,
  SERVER_SETTINGS,
  SOURCE,
  targetOf,
} from '../../support/pitr/moments.ts';
import { COVERED } from '../../support/pitr/source-schema.ts';
import { digests } from '../../support/pitr/truth.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, testVault } from '../../support/vaults.ts';
import { lifeboat } from '../../unit/cli/command-line.ts';

describe('a moment between two backups', () => {
  let server: PostgresServer;
  let vault: TestVault;
  let history: History;

  beforeAll(async () => {
    vault = await testVault();
    server = await startPostgres({ major: 15, settings: SERVER_SETTINGS });
    history = await makeHistory({ vault, server, points: 6, writers: 3, seed: 1, pointsPerBase: 4 });
  });
  afterAll(async () => {
    await server?.stop();
    vault?.remove();
  });

  it('is restored exactly, by its LSN and by its time', async () => {
    for (const [point, truth] of history.truths.entries()) {
      if (point % 3 !== 1 && point !== 4) continue;
      const moment = await planned(vault, targetOf(truth, point));
      const found = await restored(vault, server, moment, `point_${point}`);
      expect(found.tables, `point ${point} at ${truth.lsn}`).toEqual(truth.tables);
      expect(found.report.outcome).toBe('restored');
      expect(found.report.items.filter(({ verdict }) => verdict === 'differs')).toEqual([]);
      expect([found.is_fresh, found.left_over]).toEqual([true, 0]);
      expect(BigInt(found.tickets)).toBeGreaterThanOrEqual(BigInt(truth.tickets));
    }
  });

  it('is exported as it was, with the changes since its base', async () => {
    const truth = history.truths.at(4);
    if (!truth) throw new Error('there are six');
    const directory = mkdtempSync(join(tmpdir(), 'lifeboat-moment-'));
    const argv = ['export', '--vault', vault.directory, '--name', SOURCE, '--table', 'public.keys'];
    const ran = await lifeboat([...argv, '--to-lsn', truth.lsn, '--out', 'keys.csv'], { directory });
    expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
    const file = join(tmpdir(), `lifeboat-moment-${process.pid}.csv`);
    writeFileSync(file, readFileSync(join(directory, 'keys.csv')), { mode: 0o644 });
    await server.run('CREATE DATABASE exported TEMPLATE template0');
    await server.run('CREATE TABLE keys (key text, value int, body text)', 'exported');
    await server.run(`COPY keys FROM '${file}' (FORMAT csv, HEADER match)`, 'exported');
    const client = await server.connect('exported');
    expect((await digests(client, ['keys'])).keys).toBe(truth.tables.keys);
    await client.end();
    for (const one of [file, directory]) rmSync(one, { recursive: true, force: true });
  });

  it('is not restored while there is a list of erasures, which replayed changes could undo', async () => {
    const about = {
      source: SOURCE,
      table: { schema: 'public', name: 'keys' },
      key: ['key'],
      keys: [['key 1']],
    };
    const entry = entryOf({ ...about, reason: 'request 17', by: 'ada', now: new Date() });
    const key = await writeErasure(vault.store, entry, { signal: new AbortController().signal });
    const moment = await planned(vault, targetOf(history.truths[1] as History['truths'][number], 1));
    await expect(restored(vault, server, moment, 'erased')).rejects.toMatchObject({ code: 'erasure-moment' });
    rmSync(join(vault.directory, key));
  });

  const signal = new AbortController().signal;
  const latest = () => history.truths.at(-1) as History['truths'][number];

  it('goes on after it was stopped between any two transactions of the target, and replays nothing twice', async () => {
    const truth = latest();
    const moment = await planned(vault, targetOf(truth, 0));
    await server.run('CREATE DATABASE stopped TEMPLATE template0');
    const settings = connectionSettings(server.url('stopped'));
    await restore({ store: vault.store, place: moment.base.place, settings, unproven: true });
    let saved: ReplayState | undefined;
    let runs = 0;
    for (let isDone = false; !isDone; runs += 1) {
      const target = await openServerTarget(settings);
      await target.execute('SET session_replication_role = replica');
      const stop = new AbortController();
      let states = 0;
      await replayMoment({
        store: vault.store,
        moment,
        session: serverSession(target),
        signal: stop.signal,
        placeOf: ({ schema, name }) => ({ schema, name }),
        limits: { mostBytes: 1e9, mostRows: 5 },
        resumes: saved,
        // The transaction that notes this state commits or is lost with it.
        save: async (state) => {
          states += 1;
          if (states === 9) throw new Error('killed');
          saved = states < 9 ? state : saved;
        },
      }).then(
        () => {
          isDone = true;
        },
        (error: Error) => {
          if (error.message !== 'killed') throw error;
        },
      );
      await target.close();
    }
    expect(runs).toBeGreaterThan(2);
    const found = await server.connect('stopped');
    expect(await digests(found, COVERED)).toEqual(truth.tables);
    await found.end();
  });

  it('continues an interrupted restore to the same moment', async () => {
    const truth = latest();
    const moment = await planned(vault, targetOf(truth, 0));
    await server.run('CREATE DATABASE killed TEMPLATE template0');
    const settings = connectionSettings(server.url('killed'));
    const request = { store: vault.store, place: moment.base.place, settings, unproven: true };
    const stop = new AbortController();
    const dying = intercept(vault.store, {
      reading: (key, pieces) => {
        if (key.includes('/log/')) stop.abort(new Error('killed'));
        return pieces;
      },
    });
    await expect(restore({ ...request, store: dying, moment, signal: stop.signal })).rejects.toThrow(
      'killed',
    );
    const other = { ...moment, until: moment.until - 1n };
    const refused = restore({ ...request, moment: other, resume: true });
    await expect(refused).rejects.toMatchObject({ code: 'restore-resumes-another' });
    const report = await restore({ ...request, resume: true });
    expect([report.outcome, report.resumed, report.moment?.lsn]).toEqual(['restored', true, truth.lsn]);
    const found = await server.connect('killed');
    expect(await digests(found, COVERED)).toEqual(truth.tables);
    await found.end();
  });

  it('is looked at without a restore', async () => {
    const truth = latest();
    const moment = await planned(vault, targetOf(truth, 0));
    const values: string[] = [];
    const tables = ['documents', 'events', 'parts_low'] as const;
    const digest = (table: string) =>
      `SELECT count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM public.${table} t`;
    const sql = tables.map(digest).join(' UNION ALL ');
    await query(
      { store: vault.store, place: moment.base.place, moment, sql, signal },
      { columns: () => {}, row: ([value]) => values.push(String(value)) },
    );
    expect(values).toEqual(tables.map((table) => truth.tables[table]));
  });

  it('is compared with a database without a restore, row by row', async () => {
    const moment = await planned(vault, targetOf(latest(), 0));
    const then = await server.connect('killed');
    // The database is as it was at that moment, save for these rows.
    const { rows } = await then
      .query(`
      DELETE FROM documents WHERE id = (SELECT min(id) FROM documents);
      UPDATE documents SET title = 'later' WHERE id = (SELECT max(id) FROM documents);
      INSERT INTO documents (id, title) VALUES (-7, 'new') RETURNING id;
      DELETE FROM events WHERE ctid = (SELECT min(ctid) FROM events)`)
      .then((all) => (all as unknown as Array<{ rows: unknown[] }>)[2] ?? { rows: [] });
    expect(rows).toEqual([{ id: -7 }]);
    await then.end();
    const report = await diff({
      ...{ store: vault.store, place: moment.base.place, moment, wholeRows: true, signal },
      settings: connectionSettings(server.url('killed')),
    });
    const counts = report.tables
      .filter(({ state }) => state !== 'same')
      .map(({ name, deleted, added, changed }) => [name, deleted, added, changed]);
    expect(counts).toEqual([
      ['public.documents', 1, 1, 1],
      ['public.events', 1, 0, null],
    ]);
    expect(report.tables.length).toBeGreaterThanOrEqual(COVERED.length);
    expect(report).toMatchObject({ schema: [], moment: { lsn: latest().lsn } });
    const [changed] = report.tables.find(({ name }) => name === 'public.documents')?.examples.changed ?? [];
    expect(changed?.source?.title).toBe('later');
    expect(changed?.backup?.title).not.toBe('later');
  });

  it('proves the changes between two backups against the second, and has nothing to prove of the first', async () => {
    const place = { retentionClass: 'manual' as const, source: SOURCE, backupId: '20261120T000001Z' };
    const proof = await proveChanges({ store: vault.store, place, signal });
    expect(proof).toMatchObject({ verdict: 'proven', base: 'manual/shop/20261120T000000Z', epoch: 1 });
    expect(proof?.tables.map(({ name }) => name).sort()).toEqual(
      COVERED.map((one) => `public.${one}`).sort(),
    );
    expect(proof?.transactions).toBeGreaterThan(10);
    expect(vault.files()).toContain(changeProofKey({ source: SOURCE, epoch: 1 }, place.backupId));
    // The first backup has none before it.
    const first = { ...place, backupId: '20261120T000000Z' };
    expect(await proveChanges({ store: vault.store, place: first, signal })).toBeUndefined();
  });

  it('lists what was committed around a time, with tables and counts', async () => {
    const [truth] = history.truths.slice(2);
    const around = truth?.time as Date;
    const listed = await listTransactions({ store: vault.store, source: SOURCE, around, most: 5, signal });
    const before = listed.filter(({ committedAt }) => new Date(committedAt) <= around);
    expect([before.length, listed.length]).toEqual([5, 10]);
    expect(
      listed.flatMap(({ tables }) => tables.map(({ name }) => name)).every((name) => /^public\./.test(name)),
    ).toBe(true);
    const next = listed[5];
    const moment = await planned(vault, { kind: 'before-transaction', xid: BigInt(next?.xid ?? 0) });
    expect(moment.next?.xid).toBe(next?.xid);
    const shown = await restored(vault, server, moment, 'before_transaction');
    expect(shown.tables).toEqual(truth?.tables);
  });

  it.each([
    ['a place that is not captured yet', { kind: 'lsn', lsn: 0xffff_0000_0000n }, 'moment-not-captured'],
    [
      'a time that is not captured yet',
      { kind: 'time', time: new Date(Date.now() + 60_000) },
      'moment-not-captured',
    ],
    ['a time before everything', { kind: 'time', time: new Date(0) }, 'moment-before-changes'],
    ['a place before everything', { kind: 'lsn', lsn: 1n }, 'moment-before-changes'],
    [
      'a transaction that does not exist',
      { kind: 'before-transaction', xid: 3n },
      'transaction-not-captured',
    ],
  ] as const)('refuses %s', async (_, target, code) => {
    const refused = await planned(vault, target).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(LifeboatError);
    expect(refused).toMatchObject({ code, kind: 'usage' });
  });

  it('refuses a moment between the beginning of the changes and their first base', async () => {
    const [first] = history.truths;
    const moment = await planned(vault, targetOf(first as (typeof history.truths)[number], 0));
    const refused = planned(vault, { kind: 'lsn', lsn: moment.base.lsn - 1n });
    await expect(refused).rejects.toMatchObject({ code: 'moment-before-base' });
  });

  it('does not restore from a segment that was changed', async () => {
    const moment = await planned(vault, targetOf(latest(), 0));
    const damaged = intercept(vault.store, {
      async *reading(key, pieces) {
        for await (const piece of pieces) {
          const bytes = Buffer.from(piece);
          const at = bytes.length - 90;
          if (key.includes('/log/')) bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
          yield bytes;
        }
      },
    });
    await server.run('CREATE DATABASE damaged TEMPLATE template0');
    const request = { store: damaged, place: moment.base.place, moment, unproven: true };
    const settings = connectionSettings(server.url('damaged'));
    await expect(restore({ ...request, settings })).rejects.toMatchObject({ code: 'changes-damaged' });
  });
});
