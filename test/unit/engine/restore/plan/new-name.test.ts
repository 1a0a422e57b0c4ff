import { describe, expect, it } from 'vitest';
import type { BackupToRestore } from '../../../../../lib/engine/restore/archived/read-backup.ts';
import { newNameOf } from '../../../../../lib/engine/restore/plan/new-name.ts';
import type { Selection } from '../../../../../lib/engine/restore/plan/select-relations.ts';

const key = 'public.orders';
const table = { schema: 'public', name: 'orders', kind: 'table' };
const backup = { schema: { relations: new Map([[key, table]]) } } as unknown as BackupToRestore;
const selection = { relations: new Set([key]), onlyNamed: true } as unknown as Selection;
const nameOf = (as: string) => newNameOf({ as }, selection, backup)?.to;

describe('--as', () => {
  it.each([
    ['then', { schema: 'public', name: 'then' }],
    ['restored.Then', { schema: 'restored', name: 'then' }],
    ['"orders 2026"', { schema: 'public', name: 'orders 2026' }],
    [`"it's"."☃ é"`, { schema: "it's", name: '☃ é' }],
  ])('takes the name %s', (as, to) => {
    expect(nameOf(as)).toEqual(to);
  });

  it.each([
    'foo-old',
    'foo bar',
    'foo; drop table x',
    `then 'x'`,
    'orders 2026',
    'orders.',
    'or"d',
    'foo -- bar',
    '',
    '1',
  ])('takes no part of %s for the name', (as) => {
    expect(() => nameOf(as)).toThrow(expect.objectContaining({ code: 'restore-as-unusable' }));
  });
});
