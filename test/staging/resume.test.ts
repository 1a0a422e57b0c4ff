import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { backfill } from '../../lib/engine/backfill/backfill.ts';
import { answerAll, BackfillWorld } from '../support/staging/backfill-world.ts';

let world: BackfillWorld;
beforeAll(async () => {
  world = await BackfillWorld.open();
});
afterAll(() => world?.stop());

const WRONG = 'SELECT count(*)::int FROM notes WHERE shout IS DISTINCT FROM upper(body)';

describe('a backfill', () => {
  it('lists the rows that a constraint refuses, by their keys, and writes all others', async () => {
    const { request, rows } = await world.fresh({
      inputs: [],
      method: { kind: 'sql', expression: 'upper(body)' },
    });
    const kept: unknown[] = [];
    const report = await backfill(request, undefined, async (failed) => void kept.push(...failed));
    const [refused] = await rows("SELECT region, id FROM notes WHERE body = 'word 13'");
    expect(report.counts).toMatchObject({ written: 249, failed: 1 });
    expect(kept).toEqual([
      {
        key: { region: refused?.[0], id: refused?.[1] },
        reason: expect.stringMatching(/notes_shout_check.*23514/),
      },
    ]);
    expect(JSON.stringify(kept)).not.toContain('WORD 13');
  });

  it('stops at a key that is refused, without it in the error, and goes on where it was', async () => {
    const { request, rows } = await world.fresh();
    world.respond = (asked, attempt) => (attempt > 4 ? { status: 401 } : answerAll(asked));
    const failure = await backfill(request).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'backfill-endpoint-refused' });
    expect(String(failure)).not.toContain('s3cret');
    const written = (await rows('SELECT count(shout)::int FROM notes'))[0]?.[0] as number;
    expect(written).toBeGreaterThan(0);
    await expect(backfill(request)).rejects.toMatchObject({ code: 'backfill-unfinished' });
    const asked: string[] = [];
    world.respond = (more) => {
      asked.push(...more.map(({ row }) => row.body));
      return answerAll(more);
    };
    const report = await backfill({ ...request, resume: true });
    expect(report.counts).toMatchObject({ written: 249, failed: 1 });
    // No row of a batch that was committed was asked for once more.
    expect(asked.length).toBeLessThanOrEqual(250 - written);
    expect(new Set(asked).size).toBe(asked.length);
    expect(await rows(WRONG)).toEqual([[1]]);
  });

  it('that is killed goes on with --resume: no row is skipped, and no batch that was committed is asked for again', async () => {
    const { request, database, rows, run } = await world.fresh();
    await run(
      'ALTER TABLE notes DROP CONSTRAINT notes_shout_check, ADD COLUMN writes int NOT NULL DEFAULT 0',
    );
    await run(`CREATE FUNCTION tally() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.writes := OLD.writes + 1; RETURN NEW; END';
      CREATE TRIGGER tally BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION tally()`);
    const program = join(import.meta.dirname, '../../bin/lifeboat.ts');
    const options = ['--table', 'public.notes', '--set', 'shout', '--inputs', 'body', '--url', world.url];
    const child = spawn(
      process.execPath,
      [program, 'backfill', ...options, '--batch-size', '20', '--jobs', '3', '--yes', database],
      { env: { ...process.env, LIFEBOAT_TARGET_URL: world.server.url(database) }, stdio: 'ignore' },
    );
    const ended = once(child, 'exit');
    world.respond = (asked, attempt) => {
      // Batches are at work, in all states, at this moment.
      if (attempt === 7) child.kill('SIGKILL');
      return answerAll(asked);
    };
    expect(await ended).toEqual([null, 'SIGKILL']);
    // The server may learn late that nobody is there any more.
    await vi.waitFor(
      async () =>
        expect(
          await rows(
            `SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
          ),
        ).toEqual([[0]]),
      { timeout: 30_000, interval: 50 },
    );
    const written = (await rows('SELECT count(shout)::int FROM notes'))[0]?.[0] as number;
    expect(written % 20).toBe(0);
    const asked: string[] = [];
    world.respond = (more) => {
      asked.push(...more.map(({ row }) => row.body));
      return answerAll(more);
    };
    const report = await backfill({ ...request, resume: true });
    expect(report.counts).toMatchObject({ written: 250, failed: 0, gone: 0 });
    expect(asked).toHaveLength(250 - written);
    expect(await rows(WRONG)).toEqual([[0]]);
    expect(await rows('SELECT DISTINCT writes FROM notes')).toEqual([[1]]);
    expect(await rows("SELECT to_regnamespace('lifeboat_backfill')::text")).toEqual([[null]]);
  });
});
