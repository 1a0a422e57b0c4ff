import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { DRILL_EXIT, PASSWORD_FILE } from '../../lib/contract/drill-task.ts';
import type { AwsServer } from '../support/aws/aws-server.ts';
import { sandboxMissing } from '../support/lambda/sandbox.ts';
import { npmBinaries } from '../support/postgres-server.ts';
import { seededRandom, seedFrom } from '../support/seeded-random.ts';
import { Tally } from '../support/tally.ts';
import { processOf } from '../support/task/container.ts';
import { openDrillWorld } from '../support/task/drill-world.ts';
import { synthesizeDrills } from '../support/task/synthesized-drill.ts';

/** The containers of a drill's task as the template has them, with a server of the npm packages in place of the image. */
const missing = process.getuid?.() === 0 ? sandboxMissing() : 'only root can be the users of containers';
if (missing !== undefined) console.warn(`DRILL TASKS NOT TRIED: ${missing}`);
const random = seededRandom(seedFrom(process.env.LIFEBOAT_SEED));
const ROUNDS = 8;
const tally = new Tally();
afterAll(() =>
  console.log(`drill tasks, LIFEBOAT_SEED=${random.seed}\n${tally.table(['what', 'tried', 'survived'])}`),
);

const SHOP = `
  CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, note text COMPRESSION pglz);
  INSERT INTO customer SELECT g, 'name ' || g, repeat(md5(g::text), 10) FROM generate_series(1, 40000) g;
  CREATE TABLE visit (id bigint, customer int REFERENCES customer, at timestamptz);
  INSERT INTO visit SELECT g, 1 + g % 40000, '2026-01-01'::timestamptz + g * interval '1 s' FROM generate_series(1, 150000) g;
  CREATE INDEX ON visit (customer, at);
  CREATE INDEX ON customer (lower(name));
  CREATE VIEW recent AS SELECT * FROM visit WHERE at > '2026-01-02';
  CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2 * $1'`;

function metricsOf({ cloudWatch }: AwsServer): string[] {
  return cloudWatch.data.map(({ name }) => name).sort();
}

const EXIT = DRILL_EXIT;

describe.skipIf(missing !== undefined)('the task of a drill', () => {
  const synthesizeDrill = synthesizeDrills();

  it.each([15, 17, 18] as const)(
    'proves a backup of %i on a server of its own major, and skips nothing',
    async (major) => {
      const drill = synthesizeDrill(major);
      const world = await openDrillWorld(drill, { major }, SHOP);
      try {
        const run = await world.start(npmBinaries(major) ?? '');
        expect(await run.program?.exitCode, run.program?.log()).toBe(EXIT.done);
        const proof = await world.proof();
        expect(proof).toMatchObject({ verdict: 'proven', target: { kind: 'server' } });
        expect(proof?.target.serverVersion).toMatch(new RegExp(`^${major}\\.`));
        expect(proof?.items.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
        expect(metricsOf(world.aws)).toEqual(['DrillStarted', 'DrillSucceeded']);
        // Neither the password nor a row is in a log.
        const logs = `${run.program?.log()}${run.server.log()}`;
        const { readFileSync } = await import('node:fs');
        const password = readFileSync(
          run.volumes.path('secret') + PASSWORD_FILE.slice(PASSWORD_FILE.lastIndexOf('/')),
          'utf8',
        );
        expect(password).toHaveLength(32);
        expect(logs).not.toContain(password);
        expect(logs).not.toMatch(/name \d+/);
        // The locale of the source that the image lacked was made when the server started.
        const client = new Client(`postgres://postgres:${password}@127.0.0.1:${run.port}/postgres`);
        await client.connect();
        await client.query(
          `CREATE DATABASE german TEMPLATE template0 LC_COLLATE 'de_DE.UTF-8' LC_CTYPE 'de_DE.UTF-8'`,
        );
        await client.end();
        await run.end();
        tally.add(`proves ${major}`, true);
      } finally {
        await world.stop();
      }
    },
  );

  it('refuses a server of another major', async () => {
    const world = await openDrillWorld(synthesizeDrill(17), { major: 17 }, SHOP);
    try {
      const run = await world.start(npmBinaries(15) ?? '');
      expect(await run.program?.exitCode, run.program?.log()).toBe(EXIT.failed);
      expect(run.program?.log()).toContain('drill-other-major');
      expect(await world.proof()).toBeUndefined();
      await run.end();
    } finally {
      await world.stop();
    }
  });

  it(`ends in order when it is stopped, and by name when its server dies, in ${ROUNDS} rounds`, async () => {
    const world = await openDrillWorld(synthesizeDrill(17), { major: 17 }, SHOP);
    let isProven = false;
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        const run = await world.start(npmBinaries(17) ?? '');
        const isStopped = round % 2 === 0;
        await expect
          .poll(() => run.program && processOf(run.program, 'node'), { timeout: 60_000 })
          .toBeGreaterThan(0);
        // The moment is the point.
        await delay(random.below(2500));
        const pid = isStopped
          ? run.program && processOf(run.program, 'node')
          : processOf(run.server, 'postgres');
        if (pid !== undefined) process.kill(pid, isStopped ? 'SIGTERM' : 'SIGKILL');
        const code = await run.program?.exitCode;
        const log = run.program?.log() ?? '';
        // Before the program has begun, the signal itself ends it, and nobody has told the metrics.
        const isUntold = isStopped && code === 143;
        if (isUntold) expect(log).not.toContain('drill begins');
        else expect([EXIT.done, isStopped ? EXIT.stopped : EXIT.failed], log).toContain(code);
        const outcome = code === EXIT.done ? { DrillSucceeded: 1 } : { DrillFailed: 1 };
        const told = isUntold ? {} : { DrillStarted: 1, ...outcome };
        expect(world.aws.cloudWatch.take().app ?? {}).toEqual(told);
        isProven ||= code === EXIT.done;
        expect((await world.proof()) !== undefined).toBe(isProven);
        if (code === EXIT.stopped) expect(log).toContain('drill-stopped');
        if (code === EXIT.failed) expect(log).toMatch(/"code":"target-/);
        tally.add(`${isStopped ? 'stopped' : 'server died'}, ended with ${code}`, true);
        await run.end();
      }
    } finally {
      await world.stop();
    }
  });
});
