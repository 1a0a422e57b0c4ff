import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { may, REQUESTERS } from './permission-table/requesters.ts';
import { REQUESTS } from './permission-table/requests.ts';
import { permissionTables } from './permission-table/table.ts';
import { withMadePart } from './support/made-part.ts';

const allowed = (subject: string) =>
  (REQUESTS[subject] ?? []).map((request) => [
    request.label,
    ...REQUESTERS.filter((who) => may(who, request)).map(({ name }) => name),
  ]);

it('docs/permissions.md shows what the policies say: `npm run permissions` writes it', () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'permissions.md'), 'utf8');
  expect(page).toBe(withMadePart(page, 'npm run permissions', permissionTables()));
});

it('nobody puts over anything, whoever it is', () => {
  const tried = allowed('Writing into a vault').filter(([label]) => label?.startsWith('put over'));
  expect(tried).toEqual([
    ['put over a record of a drill'],
    ['put over a chunk'],
    ['put over a manifest'],
    ['put over a proof'],
  ]);
});

it('only the break-glass role deletes and changes settings, and only a rollback may schedule the key’s deletion besides', () => {
  for (const [label, ...who] of allowed('Deleting')) {
    const expected =
      label === 'schedule the key’s deletion in 30 days' ? ['break-glass', 'deployment'] : ['break-glass'];
    expect(who, label).toEqual(expected);
  }
});

it('only the keeper marks for expiry, and gives no other tag', () => {
  expect(allowed('Expiring')).toEqual([
    ['mark an object for expiry', 'keeper'],
    ['give an object another tag'],
  ]);
});

it('no role of the stack but restores, drills, their tasks and the check of scrubs reads rows', () => {
  const [, , , , rows, foreign] = allowed('Reading a vault');
  expect(rows).toEqual([
    'read rows',
    'drill',
    'drill’s task',
    'scrub: check',
    'restore',
    'restore’s task',
    'administrator',
    'deployment',
  ]);
  expect(foreign).toEqual([
    'read rows of another source',
    'scrub: check',
    'restore',
    'restore’s task',
    'administrator',
    'deployment',
  ]);
});
