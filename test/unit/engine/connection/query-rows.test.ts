import { expect, test } from 'vitest';
import { gathered } from '../../../../lib/engine/connection/query-rows.ts';

/** A server that is asked in messages, and answers each query with its own text. */
function server(refuse = (_sql: string) => false) {
  const messages: string[][] = [];
  let answering = false;
  const query = gathered(async (statements) => {
    if (answering) throw new Error('asked before the last answer came');
    messages.push([...statements]);
    answering = true;
    await new Promise(setImmediate);
    answering = false;
    if (statements.some(refuse)) throw new Error('refused');
    return statements.map((sql) => [{ sql }]);
  });
  return { messages, query };
}

test('what is asked before an answer is awaited goes in one message, in order, and each gets its own rows', async () => {
  const { messages, query } = server();
  const twoSteps = async () => [await query('a1'), await query('a2')];
  const late = async () => {
    await Promise.resolve();
    return await query('late');
  };
  expect(await Promise.all([twoSteps(), query('b'), late()])).toEqual([
    [[{ sql: 'a1' }], [{ sql: 'a2' }]],
    [{ sql: 'b' }],
    [{ sql: 'late' }],
  ]);
  expect(messages).toEqual([['a1', 'b', 'late'], ['a2']]);
});

test('what is asked while a message is under way waits for its answer', async () => {
  const { messages, query } = server();
  const first = query('first');
  await new Promise(process.nextTick);
  await Promise.all([first, query('second'), query('third')]);
  expect(messages).toEqual([['first'], ['second', 'third']]);
});

test('all of a message fail together, and the next is asked all the same', async () => {
  const { query } = server((sql) => sql === 'bad');
  const outcomes = await Promise.allSettled([query('good'), query('bad')]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await query('good')).toEqual([{ sql: 'good' }]);
});
