import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
});
