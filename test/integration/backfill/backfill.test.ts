import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backfill, planBackfill } from '../../../lib/engine/backfill/backfill.ts';
import type { BackfillRequest } from '../../../lib/engine/backfill/backfill-request.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';

const SCHEMA = `
  CREATE TABLE notes (region text COLLATE "C", id uuid, body text NOT NULL, shout text CHECK (shout <> 'WORD 13'), size int,
    tags text[], facts jsonb, PRIMARY KEY (region, id));
  INSERT INTO notes (region, id, body)
    SELECT CASE n % 3 WHEN 0 THEN 'eu' WHEN 1 THEN E'u\\ts"1' ELSE 'us' END, md5(n::text)::uuid, 'word ' || n FROM generate_series(1, 250) n;
  CREATE VIEW seen AS SELECT * FROM notes;
  CREATE TABLE keyless (a int)`;

let server: PostgresServer;
let endpoint: Server;
let url: string;
/** What the endpoint does next; by default it answers with the body in capitals. */
let respond: (rows: Asked[], attempt: number) => Answer | Promise<Answer> = answerAll;
let attempts = 0;
const seenHeaders: Array<string | undefined> = [];

interface Asked {
  readonly id: string;
  readonly row: { readonly body: string };
}
interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

function answerAll(rows: Asked[]): Answer {
  return { status: 200, body: { rows: rows.map(({ id, row }) => ({ id, value: row.body.toUpperCase() })) } };
}

beforeAll(async () => {
  server = await startPostgres({ major: 17 });
  endpoint = createServer(async (request, response) => {
    let text = '';
    for await (const piece of request) text += piece;
    attempts += 1;
    seenHeaders.push(request.headers.authorization);
    const { status, headers = {}, body = {} } = await respond(JSON.parse(text).rows, attempts);
    response.writeHead(status, headers).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/`;
});
afterAll(async () => {
  endpoint?.close();
  await server?.stop();
});

let databases = 0;

/** A database of its own, and a request for it. */
async function fresh(asked: Partial<BackfillRequest> = {}) {
  databases += 1;
  const database = `backfill_${databases}`;
  await server.run(`CREATE DATABASE ${database}`);
  await server.run(SCHEMA, database);
  attempts = 0;
  respond = answerAll;
  const request: BackfillRequest = {
    settings: connectionSettings(server.url(database)),
    table: 'public.notes',
    column: 'shout',
    inputs: ['body'],
    method: { kind: 'http', url, headers: new Map([['authorization', 'Bearer s3cret-key']]), format: 'rows' },
    batchSize: 20,
    jobs: 3,
    retries: 3,
    firstWaitMs: 1,
    answerTimeoutMs: 30_000,
    statementTimeoutMs: 30_000,
    lockTimeoutMs: 5000,
    nulls: 'keep',
    withoutTriggers: false,
    resume: false,
    startOver: false,
    environment: process.env,
    signal: new AbortController().signal,
    ...asked,
  };
  const client = await server.connect(database);
  const rows = async (sql: string) =>
    (await client.query({ text: sql, rowMode: 'array' })).rows as unknown[][];
  return { request, rows, run: (sql: string) => client.query(sql) };
}

const SQL = { kind: 'sql', expression: 'length(body)' } as const;
const WRONG = 'SELECT count(*)::int FROM notes WHERE shout IS DISTINCT FROM upper(body)';

describe('an expression', () => {
  it('fills every row of a table with a composite key, and leaves nothing behind', async () => {
    const { request, rows } = await fresh({ column: 'size', inputs: [], method: SQL, nulls: 'write' });
    const report = await backfill(request);
    expect(report.counts).toMatchObject({ written: 250, failed: 0, gone: 0 });
    expect(await rows('SELECT count(*)::int FROM notes WHERE size = length(body)')).toEqual([[250]]);
    expect(await rows("SELECT to_regnamespace('lifeboat_backfill')::text")).toEqual([[null]]);
  });

  it('lists the rows that a constraint refuses, by their keys, and writes all others', async () => {
    const { request, rows } = await fresh({ inputs: [], method: { kind: 'sql', expression: 'upper(body)' } });
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

  it('refuses what it cannot fill before it changes anything', async () => {
    const { request, rows } = await fresh({ inputs: [], method: { kind: 'sql', expression: 'NULL' } });
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
    const { request, rows } = await fresh();
    let refusals = 0;
    respond = (asked) => {
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
    expect(new Set(seenHeaders)).toEqual(new Set(['Bearer s3cret-key']));
    expect(notices.join()).toMatch(/429.*503/s);
    expect(JSON.stringify([report, notices])).not.toContain('s3cret');
  });

  it('computes a row again that somebody changed meanwhile, and writes nothing computed from the old one', async () => {
    const { request, rows, run } = await fresh();
    const first = Promise.withResolvers<void>();
    respond = async (asked, attempt) => {
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

  it('stops at a key that is refused, without it in the error, and goes on where it was', async () => {
    const { request, rows } = await fresh();
    respond = (asked, attempt) => (attempt > 4 ? { status: 401 } : answerAll(asked));
    const failure = await backfill(request).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'backfill-endpoint-refused' });
    expect(String(failure)).not.toContain('s3cret');
    const written = (await rows('SELECT count(shout)::int FROM notes'))[0]?.[0] as number;
    expect(written).toBeGreaterThan(0);
    await expect(backfill(request)).rejects.toMatchObject({ code: 'backfill-unfinished' });
    const asked: string[] = [];
    respond = (more) => {
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

describe('a command', () => {
  it('answers in any order, and a NULL leaves the row as it is', async () => {
    const script =
      "const l=require('readline').createInterface({input:process.stdin});l.on('line',t=>{const{id,row}=JSON.parse(t);console.log(JSON.stringify(row.body==='word 5'?{id,error:'too hard'}:{id,value:row.body==='word 6'?null:[row.body,'a\"b,c']}))})";
    const { request, rows } = await fresh({
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
    const { request } = await fresh({ method: { kind: 'command', command: 'exit 3' }, retries: 1, jobs: 1 });
    await expect(backfill(request)).rejects.toMatchObject({
      code: 'backfill-computation-failed',
      what: 'The command ended with exit code 3, after 2 tries.',
    });
  });
});
