import { expect, it } from 'vitest';
import { noticeFacts } from '../../../../lib/present/terminal/notice-facts.ts';

const WAIT = 'Waiting for a lock: pid 7 has locked app.labels.';

it('says once what was said at each of several attempts', () => {
  const waits = ['0.5 s', '0.9 s', '12 s'].map((pause) => `${WAIT} Trying again in ${pause}.`);
  expect(noticeFacts([...waits, 'something else'])).toEqual([
    ['note', `${WAIT} It was tried again 3 times.`],
    ['note', 'something else'],
  ]);
  expect(noticeFacts(waits.slice(0, 1))).toEqual([['note', waits[0]]]);
});
