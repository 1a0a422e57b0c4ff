import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { applyScript, openSchemaContext } from '../../lib/engine/target/apply/apply-schema.ts';
import { runCanaries } from '../../lib/engine/target/canary.ts';
import {
  type EmbeddedTarget,
  type EmbeddedTargetOptions,
  openEmbeddedTarget,
} from '../../lib/engine/target/embedded/open-embedded-target.ts';

let parent: string;
const open: EmbeddedTarget[] = [];
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'lifeboat-test-'));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((target) => target.close()));
  expect(readdirSync(parent)).toEqual([]);
  rmSync(parent, { recursive: true, force: true });
});

async function openTarget(options: EmbeddedTargetOptions = {}): Promise<EmbeddedTarget> {
  const target = await openEmbeddedTarget({ directory: parent, ...options });
  open.push(target);
  return target;
}

async function* streamOf(text: string) {
  yield Buffer.from(text);
}

it('tells a dead instance, which answers nothing at all, from an empty table', async () => {
  // With a stack as small as Node's default, endless recursion overflows it before PostgreSQL's own limit is met.
  const target = await openTarget({ stackSizeMb: 4 });
  await target.execute(
    `CREATE FUNCTION public.endless(int) RETURNS bool LANGUAGE plpgsql AS 'BEGIN RETURN public.endless($1 + 1); END'`,
  );
  await target.execute('CREATE TABLE public.empty (id int)');
  await target.execute('CREATE TABLE public.doomed (id int CHECK (public.endless(id)))');
  const doomed = { schema: 'public', table: 'doomed', columns: ['id'] };
  const dead = { code: 'embedded-target-dead' };
  await expect(target.copyIn(doomed, streamOf('1\n'))).rejects.toMatchObject(dead);
  await expect(target.copyOut('SELECT id FROM public.empty')).rejects.toMatchObject(dead);
  await expect(target.execute('SELECT id FROM public.empty')).rejects.toMatchObject(dead);
  await expect(target.canary()).rejects.toMatchObject(dead);
});

it('tells an instance that a conversion killed: convert_to LATIN1', async () => {
  const target = await openTarget({ deadlineMs: 5000 });
  await expect(target.execute(`SELECT convert_to('ä', 'LATIN1')`)).rejects.toMatchObject({
    code: expect.stringMatching(/^embedded-target-(dead|overdue)$/),
  });
  await expect(target.canary()).rejects.toMatchObject({ kind: 'drill' });
});

it('goes on without a statement that never ends, as itself and with all that was committed', {
  timeout: 400_000,
}, async () => {
  const target = await openTarget({ revives: true });
  await target.execute('CREATE TABLE public.rows (id int)');
  await target.copyIn({ schema: 'public', table: 'rows', columns: ['id'] }, streamOf('1\n2\n'));
  await target.execute('INSERT INTO public.rows VALUES (3)');
  await target.execute("SET work_mem = '5MB'");
  await target.execute(
    `CREATE FUNCTION public.endless(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN LOOP END LOOP; END'`,
  );
  const script =
    'CREATE INDEX deadly ON public.rows ((public.endless(id)));\nCREATE INDEX fine ON public.rows (id);';
  const context = await openSchemaContext(target, { scripts: [script], defaultOrderIsExact: true });
  const [deadly = '', fine = ''] = script.split('\n');
  for (let death = 0; death < 3; death += 1) {
    const { skipped } = await applyScript(target, deadly, context, { deadlineMs: 500 });
    expect(skipped).toMatchObject([
      { kind: 'index', name: 'deadly', reason: 'the embedded server did not finish it and was stopped' },
    ]);
  }
  expect(await applyScript(target, fine, context)).toMatchObject({ applied: 1, failed: [] });
  const { rows } = await target.execute(
    `SELECT count(*) AS count, current_setting('work_mem') AS memory, current_setting('search_path') AS path,
            current_setting('extra_float_digits') AS digits FROM public.rows`,
  );
  expect(rows).toEqual([{ count: '3', memory: '5MB', path: '""', digits: '3' }]);
  // Not for ever: each has cost a whole deadline.
  await expect(applyScript(target, deadly, context, { deadlineMs: 500 })).rejects.toMatchObject({
    code: 'embedded-target-overdue',
  });
});

it('ends a statement that would never end, and another instance works', async () => {
  const target = await openTarget();
  const endless = target.execute('DO $$ BEGIN LOOP END LOOP; END $$', { deadlineMs: 200 });
  await expect(endless).rejects.toMatchObject({ code: 'embedded-target-overdue' });
  await expect(target.execute('SELECT 1')).rejects.toMatchObject({ code: 'embedded-target-overdue' });
  await target.close();
  await (await openTarget()).canary();
});

it('counts a long copy as alive while rows come out of it', async () => {
  const target = await openTarget();
  const slow = `SELECT repeat('x', 1000) FROM generate_series(1, 300000)`;
  const started = performance.now();
  const { rows } = await target.copyOut(slow, { deadlineMs: 60_000 });
  const deadlineMs = Math.ceil((performance.now() - started) / 2);
  expect(rows).toBe(300_000);
  // Half of what it needs as a whole, and many times what it needs for 8 MB.
  expect((await target.copyOut(slow, { deadlineMs: Math.max(deadlineMs, 250) })).rows).toBe(300_000);
});

it('ends at once when its signal aborts, and leaves nothing behind', async () => {
  const abort = new AbortController();
  const target = await openTarget({ signal: abort.signal });
  const endless = target.execute('DO $$ BEGIN LOOP END LOOP; END $$');
  setImmediate(() => abort.abort(new Error('interrupted')));
  await expect(endless).rejects.toThrow('interrupted');
  await expect(target.execute('SELECT 1')).rejects.toThrow('interrupted');
  await target.close();
  expect(readdirSync(parent)).toEqual([]);

  await expect(openTarget({ signal: abort.signal })).rejects.toThrow('interrupted');
  const soon = new AbortController();
  const booting = openTarget({ signal: soon.signal });
  setTimeout(() => soon.abort(new Error('changed my mind')), 50);
  await expect(booting).rejects.toThrow('changed my mind');
});

it('says what keeps it from starting', async () => {
  await expect(openTarget({ directory: join(parent, 'nowhere') })).rejects.toMatchObject({
    code: 'embedded-target-boot-failed',
  });
  // Of this order no data directory can have been prepared.
  const locale = { localeProvider: 'builtin', collate: null, locale: 'of nowhere' };
  await expect(openTarget({ bootDeadlineMs: 1, locale })).rejects.toMatchObject({
    code: 'embedded-target-boot-failed',
    message: expect.stringContaining('initdb was not done after 0 s'),
  });
});

it('gives every instance a directory of its own', async () => {
  const [one, two] = await Promise.all([openTarget(), openTarget()]);
  await one.execute('CREATE TABLE public.mine (id int)');
  await expect(two.execute('SELECT id FROM public.mine')).rejects.toMatchObject({ sqlState: '42P01' });
  expect(readdirSync(parent)).toHaveLength(2);
});

it('opens and closes again and again without growing', async () => {
  const before = process.memoryUsage.rss();
  for (let round = 0; round < 5; round += 1) {
    const target = await openTarget();
    await target.execute(
      'CREATE TABLE public.t AS SELECT n, md5(n::text) FROM generate_series(1, 50000) AS n',
    );
    await target.canary();
    await target.close();
    expect(readdirSync(parent)).toEqual([]);
  }
  // Each holds 200 MB while it lives; V8 compiles in the background for a while after the last one.
  await expect.poll(() => process.memoryUsage.rss() - before, { timeout: 60_000 }).toBeLessThan(350e6);
});

it('a canary hears a target that lies', async () => {
  const target = await openTarget();
  const lying = (answer: object) => ({
    kind: 'embedded' as const,
    serverMajor: 18,
    execute: target.execute.bind(target),
    copyIn: target.copyIn.bind(target),
    copyOut: target.copyOut.bind(target),
    close: async () => {},
    ...answer,
  });
  const emptyAnswer = async () => ({ tag: 'SELECT 0', rows: [] });
  const emptyCopy = async () => ({ rows: 0, rawBytes: 0, digest: '0000000000000000' });
  const neverRefuses = (sql: string) => target.execute(sql.replace('1/0', '1/1'));
  for (const answer of [{ execute: emptyAnswer }, { copyOut: emptyCopy }, { execute: neverRefuses }]) {
    await expect(runCanaries(lying(answer))).rejects.toMatchObject({ code: 'target-canary-failed' });
  }
});
