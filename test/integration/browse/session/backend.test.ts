import { afterAll, beforeAll, expect, it } from 'vitest';
import { createReader } from '../../../../lib/engine/browse/copy/reader-role.ts';
import {
  Backend,
  DeadBackendError,
  TransactionLostError,
} from '../../../../lib/engine/browse/session/backend.ts';
import { batchOf } from '../../../../lib/engine/browse/session/batch.ts';
import { ClientSession } from '../../../../lib/engine/browse/session/client-session.ts';
import { simpleQuery } from '../../../../lib/engine/target/embedded/answer-reader.ts';
import {
  type EmbeddedTarget,
  openEmbeddedTarget,
} from '../../../../lib/engine/target/embedded/open-embedded-target.ts';

let target: EmbeddedTarget;
let backend: Backend;
beforeAll(async () => {
  // As small as Node's default: endless recursion meets its end before PostgreSQL's own limit, and takes the instance along.
  target = await openEmbeddedTarget({ stackSizeMb: 4 });
  await target.execute(
    `CREATE FUNCTION public.endless(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN public.endless($1 + 1); END'`,
  );
  await createReader(target);
  await target.execute('CHECKPOINT');
  backend = new Backend(target, 'postgres', new Map());
});
afterAll(() => target?.close());

const query = (sql: string) => batchOf([{ type: 'Q', bytes: Buffer.from(simpleQuery(sql)) }]);
const taker = { write: () => true, onceDrained: (callback: () => void) => callback() };

async function run(session: ClientSession, sql: string): Promise<string | undefined> {
  await backend.become(session);
  const { error, status } = await backend.exchange(session, query(sql), taker);
  session.note(query(sql), status);
  return error?.get('C');
}

it('tells a dead server from one that has nothing to say, and starts it again', async () => {
  const session = new ClientSession(1);
  await expect(run(session, 'SELECT public.endless(1)')).rejects.toThrow(DeadBackendError);
  await expect(run(session, 'SELECT 1')).rejects.toThrow(DeadBackendError);
  await backend.restart();
  expect(await run(session, 'SELECT 1')).toBeUndefined();
});

it('does a transaction again that had to give way', async () => {
  const [a, b] = [new ClientSession(2), new ClientSession(3)];
  await run(a, 'BEGIN');
  await run(a, "SET LOCAL application_name = 'a'");
  await run(a, 'DECLARE c CURSOR FOR SELECT 1');
  await run(b, 'SELECT 1');
  expect(await run(a, 'FETCH c')).toBeUndefined();
  expect((await target.execute('SHOW application_name')).rows).toEqual([{ application_name: 'a' }]);
  expect(await run(a, 'COMMIT')).toBeUndefined();
  expect(await run(a, 'FETCH c')).toBe('34000');
});

it('keeps the settings that an application defines, which no view of the server lists', async () => {
  const [a, b] = [new ClientSession(7), new ClientSession(8)];
  const shown = async (session: ClientSession) => {
    await run(session, 'SELECT 1');
    const { rows } = await target.execute(
      "SELECT nullif(current_setting('app.tenant', true), '') AS tenant, nullif(current_setting('app.Other', true), '') AS other",
    );
    return rows[0];
  };
  await run(a, "SET app.tenant = 'it''s seven'");
  await run(a, "SELECT set_config('app.Other', 'x', false)");
  expect(await shown(b)).toEqual({ tenant: null, other: null });
  expect(await shown(a)).toEqual({ tenant: "it's seven", other: 'x' });
  await run(a, 'RESET app.tenant');
  expect(await shown(b)).toEqual({ tenant: null, other: null });
  expect(await shown(a)).toEqual({ tenant: null, other: 'x' });
});

it('says so when it cannot be done again', async () => {
  const [a, b] = [new ClientSession(4), new ClientSession(5)];
  await run(a, 'BEGIN');
  // Not a part of the transaction: the second time it is there already, and that is an error.
  await run(a, 'PREPARE p AS SELECT 1');
  await run(b, 'SELECT 1');
  await expect(run(a, 'SELECT 1')).rejects.toThrow(TransactionLostError);

  const long = new ClientSession(6);
  await run(long, 'BEGIN');
  for (let n = 0; n < 501; n += 1) await run(long, 'SELECT 1');
  await run(b, 'SELECT 1');
  await expect(run(long, 'SELECT 1')).rejects.toThrow(TransactionLostError);
});
