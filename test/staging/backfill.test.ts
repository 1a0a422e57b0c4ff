import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backfill, planBackfill } from '../../lib/engine/backfill/backfill.ts';
import { answerAll, BackfillWorld } from '../support/staging/backfill-world.ts';

let world: BackfillWorld;
beforeAll(async () => {
  world = await BackfillWorld.open();
});
afterAll(() => world?.stop());

const SQL = { kind: 'sql', expression: 'length(body)' } as const;
const WRONG = 'SELECT count(*)::int FROM notes WHERE shout IS DISTINCT FROM upper(body)';

describe('an expression', () => {
  it('fills every row of a table with a composite key, and leaves nothing behind', async () => {
    const { request, rows } = await world.fresh({ column: 'size', inputs: [], method: SQL, nulls: 'write' });
    const report = await backfill(request);
    expect(report.counts).toMatchObject({ written: 250, failed: 0, gone: 0 });
    expect(await rows('SELECT count(*)::int FROM notes WHERE size = length(body)')).toEqual([[250]]);
    expect(await rows("SELECT to_regnamespace('lifeboat_backfill')::text")).toEqual([[null]]);
  });

  it('fills a table alone, and says which ones inherit from it: their keys may be equal', async () => {
    const { request, rows, run } = await world.fresh({
      column: 'size',
      inputs: [],
      method: SQL,
      batchSize: 1,
    });
    await run('CREATE TABLE heirs (PRIMARY KEY (region, id)) INHERITS (notes)');
    await run(
      'INSERT INTO heirs SELECT * FROM notes LIMIT 20; DELETE FROM ONLY notes WHERE region <> $$eu$$',
    );
    const plan = await planBackfill(request);
    expect(plan.table.heirs).toEqual(['public.heirs']);
    expect((await backfill(request)).counts).toMatchObject({ written: plan.rows, failed: 0, gone: 0 });
    expect(await rows('SELECT count(*)::int FROM ONLY notes WHERE size IS NULL')).toEqual([[0]]);
    expect(await rows('SELECT count(size)::int, count(*)::int FROM heirs')).toEqual([[0, 20]]);
  });

  it('refuses what it cannot fill before it changes anything', async () => {
    const { request, rows } = await world.fresh({ inputs: [], method: { kind: 'sql', expression: 'NULL' } });
    const wrong = {
      'backfill-not-a-table': { table: 'seen' },
      'backfill-no-key': { table: 'keyless', column: 'a' },
      'backfill-column-of-key': { column: 'region' },
      'backfill-column-missing': { column: 'shuot' },
      'backfill-expression-refused': { where: 'no such column' },
    };
    for (const [code, part] of Object.entries(wrong))
      await expect(planBackfill({ ...request, ...part })).rejects.toMatchObject({ code });
    expect(await rows("SELECT to_regnamespace('lifeboat_backfill')::text")).toEqual([[null]]);
  });
});

describe('an endpoint', () => {
  it('is tried again as it asks, in halves where one row spoils a batch, and gets the headers', async () => {
    const { request, rows } = await world.fresh();
    let refusals = 0;
    world.respond = (asked) => {
      refusals += 1;
      if (refusals === 1) return { status: 429, headers: { 'retry-after': '0' } };
      if (refusals === 2) return { status: 503 };
      return asked.some(({ row }) => row.body === 'word 77')
        ? { status: 400, body: { row: asked } }
        : answerAll(asked);
    };
    const notices: string[] = [];
    const report = await backfill({ ...request, onNotice: (notice) => notices.push(notice) });
    // Word 13 is refused by the table.
    expect(report.counts).toMatchObject({ written: 248, failed: 2 });
    expect(report.failed.map(({ reason }) => reason).toSorted()).toEqual([
      expect.stringContaining('status 400'),
      expect.stringContaining('23514'),
    ]);
    expect(await rows(WRONG)).toEqual([[2]]);
    expect(new Set(world.seenHeaders)).toEqual(new Set(['Bearer s3cret-key']));
    expect(notices.join()).toMatch(/429.*503/s);
    expect(JSON.stringify([report, notices])).not.toContain('s3cret');
  });

  it('computes a row again that somebody changed meanwhile, and writes nothing computed from the old one', async () => {
    const { request, rows, run } = await world.fresh();
    const first = Promise.withResolvers<void>();
    world.respond = async (asked, attempt) => {
      if (attempt === 1) {
        await run("UPDATE notes SET body = 'new ' || body WHERE body IN ('word 1', 'word 2', 'word 3')");
        await run("DELETE FROM notes WHERE body = 'word 4'");
        first.resolve();
      } else await first.promise;
      return answerAll(asked);
    };
    // In one batch, so that all of these rows were read before.
    const report = await backfill({ ...request, batchSize: 500, jobs: 1 });
    expect(report.counts).toMatchObject({ written: 248, failed: 1, gone: 1 });
    expect(await rows(WRONG)).toEqual([[1]]);
  });
});

describe('a command', () => {
  it('answers in any order, and a NULL leaves the row as it is', async () => {
    const script =
      "const l=require('readline').createInterface({input:process.stdin});l.on('line',t=>{const{id,row}=JSON.parse(t);console.log(JSON.stringify(row.body==='word 5'?{id,error:'too hard'}:{id,value:row.body==='word 6'?null:[row.body,'a\"b,c']}))})";
    const { request, rows } = await world.fresh({
      column: 'tags',
      method: {
        kind: 'command',
        command: `exec ${process.execPath} -e '${script.replaceAll("'", `'\\''`)}'`,
      },
    });
    const report = await backfill(request);
    expect(report.counts).toMatchObject({ written: 248, kept: 1, failed: 1 });
    expect(report.failed[0]?.reason).toBe('too hard');
    expect(await rows(`SELECT count(*)::int FROM notes WHERE tags = ARRAY[body, 'a"b,c']`)).toEqual([[248]]);
  });

  it('that ends at once is given up after its tries', async () => {
    const { request } = await world.fresh({
      method: { kind: 'command', command: 'exit 3' },
      retries: 1,
      jobs: 1,
    });
    await expect(backfill(request)).rejects.toMatchObject({
      code: 'backfill-computation-failed',
      what: 'The command ended with exit code 3, after 2 tries.',
    });
  });

  it('that answers more often than it is asked gives no row the value of another one', async () => {
    const script =
      "const l=require('readline').createInterface({input:process.stdin});l.on('line',t=>{const{id,row}=JSON.parse(t);const a=JSON.stringify({id,value:row.body.toUpperCase()});console.log(a);setTimeout(()=>console.log(a),5)})";
    const { request, rows } = await world.fresh({
      method: {
        kind: 'command',
        command: `exec ${process.execPath} -e '${script.replaceAll("'", `'\\''`)}'`,
      },
      ...{ batchSize: 1, jobs: 1, retries: 0 },
    });
    await expect(backfill(request)).rejects.toMatchObject({
      code: 'backfill-computation-failed',
      what: expect.stringContaining('no answer to a row'),
    });
    expect(await rows('SELECT count(*)::int FROM notes WHERE shout <> upper(body)')).toEqual([[0]]);
  });
});
