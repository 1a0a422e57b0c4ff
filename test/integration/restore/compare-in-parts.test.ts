import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { PhaseClock } from '../../../lib/engine/proof/phase-clock.ts';
import { compareRestoredRows } from '../../../lib/engine/restore/compare/compare-restored-rows.ts';
import { cutIntoParts } from '../../../lib/engine/restore/compare/read-in-parts.ts';
import { RestoreSessions } from '../../../lib/engine/restore/target/restore-sessions.ts';
import type { RowsOutcome } from '../../../lib/engine/rows/load-rows.ts';
import { oneValue, openWorld, type RestoreWorld } from './restore-world.ts';

/** The source itself stands for a restored database: it holds what the manifest says. */
let world: RestoreWorld;
let sessions: RestoreSessions;
beforeAll(async () => {
  world = await openWorld({
    major: 15,
    targetMajor: 15,
    sql: `CREATE SCHEMA app;
      CREATE TABLE app.large AS SELECT n AS id, repeat(md5(n::text), 4) AS filler FROM generate_series(1, 20000) n;
      DELETE FROM app.large WHERE id % 7 = 0;
      CREATE TABLE app.toasted (id int, t text);
      ALTER TABLE app.toasted ALTER t SET STORAGE EXTERNAL;
      INSERT INTO app.toasted SELECT n, repeat('x', 100000) FROM generate_series(1, 40) n;
      CREATE TABLE app.small AS SELECT 1 AS id;
      CREATE VIEW app.seen AS SELECT * FROM app.small`,
  });
  sessions = await RestoreSessions.open({
    settings: connectionSettings(world.source.url('company')),
    encoding: 'UTF8',
    signal: new AbortController().signal,
  });
  await sessions.openOthers(3);
});
afterAll(async () => {
  await sessions?.close();
  await world?.stop();
});

const PART_BYTES = 200_000;

function restored(): Map<(typeof world.manifest.tables)[number], RowsOutcome> {
  return new Map(
    world.manifest.tables.map((table) => {
      const { schema, name, columns, rows, rawBytes, digest } = table;
      const at = { schema, table: name, columns };
      return [table, { state: 'loaded', at, expected: { rows, rawBytes, digest } }];
    }),
  );
}

async function compared(watched: (table: string, share: number) => void = () => {}) {
  const clock = new PhaseClock(undefined, 3, 1);
  const reached = clock.reached.bind(clock);
  clock.reached = (piece, share) => {
    watched(piece, share);
    reached(piece, share);
  };
  const plan = { backup: { manifest: world.manifest } } as Parameters<typeof compareRestoredRows>[1]['plan'];
  return await compareRestoredRows(restored(), { sessions, clock, plan }, PART_BYTES);
}

it('cuts what is large, and reads it in all sessions to the same digest', async () => {
  const cut = await cutIntoParts(sessions.main, restored(), PART_BYTES);
  expect(cut.map(({ table, parts }) => [table.name, parts.length > 3]).sort()).toEqual([
    ['large', true],
    // Its rows lie in one page, and their values elsewhere.
    ...(cut.some(({ table }) => table.name === 'toasted') ? [['toasted', expect.any(Boolean)]] : []),
  ]);
  const shares: number[] = [];
  const items = await compared((piece, share) => piece.includes('large') && shares.push(share));
  expect(items.map(({ name, verdict }) => [name, verdict])).toEqual(
    world.manifest.tables.map(({ schema, name }) => [`${schema}.${name}`, 'match']),
  );
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares.at(-1)).toBeCloseTo(1, 5);
});

it('finds one row in the middle that is another one', async () => {
  const was = await oneValue(world.source, 'company', 'SELECT filler FROM app.large WHERE id = 10001');
  await world.source.run("UPDATE app.large SET filler = 'another' WHERE id = 10001", 'company');
  const items = await compared();
  expect(items.filter(({ verdict }) => verdict !== 'match').map(({ name }) => name)).toEqual(['app.large']);
  await world.source.run(`UPDATE app.large SET filler = '${was}' WHERE id = 10001`, 'company');
});
