import { expect, it } from 'vitest';
import { readTaskOrder } from '../../../../lambda/backup/task-order.ts';

const order = (place: object = {}) => ({
  place: { retentionClass: 'daily', source: 'app', backupId: '20261120T020000Z', ...place },
  scope: 'full',
});

it('a task makes the backup that its function has named', () => {
  expect(readTaskOrder(order(), 'app')).toEqual(order());
  expect(readTaskOrder({ ...order(), reason: 'before migration 005' }, 'app')).toHaveProperty('reason');
});

it.each([
  ['nothing', undefined],
  ['another source', order({ source: 'billing' })],
  ['no id', order({ backupId: 'latest' })],
  ['a way out of its folder', order({ backupId: '../../weekly/app/20261120T020000Z' })],
  ['no class', order({ retentionClass: 'yearly' })],
  ['more than it may be told', { ...order(), settings: {} }],
])('it refuses %s', (_, given) => {
  expect(() => readTaskOrder(given, 'app')).toThrow('not told which backup of app to make');
});
