import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { drillOnServer } from '../../../lib/engine/drill/drill-on-server.ts';
import { oneValue, openWorld, problemsOf, type RestoreWorld } from '../restore/restore-world.ts';
import { BROKEN_FOR_GOOD, FAILED, GOOD_IN_THE_END, ROWS } from './refusing-shop.ts';

describe.each([
  { major: 15, targetMajor: 15 },
  { major: 15, targetMajor: 18 },
  { major: 18, targetMajor: 18 },
] as const)('rows of $major that their table refuses on $targetMajor', ({ major, targetMajor }) => {
  let world: RestoreWorld;
  beforeAll(async () => {
    world = await openWorld({ major, targetMajor, sql: `${GOOD_IN_THE_END}; ${BROKEN_FOR_GOOD}` });
  });
  afterAll(() => world?.stop());

  it('are in it, and only constraints that they violate are not made as they were', async () => {
    const database = await world.newDatabase();
    const { items } = await world.restore(database);
    expect(items.filter(({ kind }) => kind === 'table').every(({ verdict }) => verdict === 'match')).toBe(
      true,
    );
    for (const [table, rows] of Object.entries(ROWS))
      expect(await oneValue(world.target, database, `SELECT count(*)::int FROM ONLY ${table}`), table).toBe(
        rows,
      );
    const failed = items.filter(({ verdict, kind }) => verdict === 'differs' && kind === 'statement');
    const told = failed.map(({ name, reason }) => `${name}: ${reason}`).sort();
    expect(told).toEqual(
      FAILED.map((line) => expect.stringMatching(new RegExp(line.split('…').map(RegExp.escape).join('.*')))),
    );
    // What is NOT VALID looks at new rows; what is valid was looked at with every row there.
    await expect(world.target.run('INSERT INTO amount VALUES (99, 99)', database)).rejects.toThrow(
      'stays_small',
    );
    expect(
      await oneValue(
        world.target,
        database,
        `SELECT string_agg(conname || CASE WHEN convalidated THEN '' ELSE ' not valid' END, ', ' ORDER BY conname, convalidated)
           FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0 AND conrelid >= 16384`,
      ),
    ).toBe(
      'amount_id_check, has_parent, has_parent, in_a_zone, left_hand_id_check, parcel_zone_check, right_hand_id_check, stays_small not valid',
    );
    expect(
      await oneValue(
        world.target,
        database,
        "SELECT obj_description(oid, 'pg_constraint') FROM pg_constraint WHERE conname = 'in_a_zone'",
      ),
    ).toBe('looks into another table');
  });

  it('are proven by a drill on a server, which names what refuses them', async () => {
    const { items, verdict } = await drillOnServer({
      store: world.vault.store,
      place: world.place,
      server: connectionSettings(world.target.url()),
    });
    expect(verdict).toBe('failed');
    expect(items.filter(({ kind, verdict }) => kind === 'statement' && verdict === 'differs')).toHaveLength(
      FAILED.length,
    );
    const tables = items.filter(({ kind }) => kind === 'table');
    expect(tables.map(({ verdict }) => verdict)).toEqual(Object.keys(ROWS).map(() => 'match'));
  });
});

it('are whole, and no constraint is missing, where they only had to come after others', async () => {
  const world = await openWorld({ major: 15, targetMajor: 18, sql: GOOD_IN_THE_END });
  try {
    const report = await world.restore(await world.newDatabase());
    expect(problemsOf(report)).toEqual([]);
    expect(report.outcome).toBe('restored');
  } finally {
    await world.stop();
  }
});
