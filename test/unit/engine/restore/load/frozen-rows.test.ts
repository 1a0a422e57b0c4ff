import { expect, it } from 'vitest';
import type { TableData } from '../../../../../lib/engine/archive/manifest.ts';
import { isRefusalToFreeze, mayLoadFrozen } from '../../../../../lib/engine/restore/load/frozen-rows.ts';
import type { PlannedEntry } from '../../../../../lib/engine/restore/plan/restore-plan.ts';
import { TargetStatementError } from '../../../../../lib/engine/target/target.ts';

const MEGABYTE = 1024 * 1024;

const made: PlannedEntry = {
  step: 'pre-data:0',
  section: 'pre-data',
  type: 'TABLE',
  header: { type: 'TABLE', name: 'orders', schema: 'app' },
  object: { kind: 'table', schema: 'app', name: 'orders' },
  role: 'own',
  settings: [],
  statements: [],
  adapted: [],
  relation: '"app"."orders"',
};

function table(...chunkMegabytes: readonly number[]): TableData {
  const chunks = chunkMegabytes.map((size) => ({ rawBytes: size * MEGABYTE }));
  return { schema: 'app', name: 'orders', chunks } as unknown as TableData;
}

it.each([
  ['a large table of its own making', table(5), [made], false, true],
  ['a small one', table(3), [made], false, false],
  ['one without rows', table(), [made], false, false],
  ['one that several sessions load at once', table(5, 5), [made], false, false],
  ['any, where something was in the database before', table(5), [made], true, false],
  ['one that an extension or the host has made', table(5), [], false, false],
  ['one that something else of its own is made for', table(5), [{ ...made, type: 'COMMENT' }], false, false],
] as const)('of %s', (_, one, entries, intoExisting, expected) => {
  expect(mayLoadFrozen(one, { entries, intoExisting })).toBe(expected);
});

it.each([
  ['object not in prerequisite state', '55000', true],
  ['lock not available', '55P03', true],
  ['check violation', '23514', false],
  ['invalid text representation', '22P02', false],
  ['a wrong number of rows', '', false],
])(
  'tries again without freezing after a refusal that plain COPY may be spared: %s',
  (_, sqlState, expected) => {
    expect(isRefusalToFreeze(new TargetStatementError('refused', sqlState))).toBe(expected);
  },
);

it('does not try again when the session is gone', () => {
  expect(isRefusalToFreeze(new Error('Connection terminated'))).toBe(false);
});
