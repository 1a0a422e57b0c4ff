import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { TableData } from '../../../../lib/engine/archive/manifest.ts';
import { filterRows, rowFilterOf } from '../../../../lib/engine/search/row-filter.ts';
import { copyText } from '../../../support/archive-fixture.ts';

const TABLE = { schema: 'public', name: 'users', columns: ['id', 'email'] } as unknown as TableData;
const entries = (type: string, collation?: string) =>
  ['id', 'email'].map((name, at) => ({
    kind: 'column' as const,
    name: `public.users.${name}`,
    facts: { type: at === 0 ? 'integer' : type, ...(collation === undefined ? {} : { collation }) },
  }));
const email = (value: string) => [{ column: 'email', value, isString: true }];

async function* cut(bytes: Buffer, sizes: readonly number[]) {
  let at = 0;
  for (const size of [...sizes, bytes.length]) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

it('finds exactly the rows that have the value, wherever pieces are cut', async () => {
  const value = fc.constantFrom('a', 'ab', 'b\ta', 'a\n', '\\', '', 'ü', '\\N', 'x a');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(20).map(String), fc.option(value)), { maxLength: 30 }),
      value,
      fc.array(fc.integer({ min: 1, max: 9 })),
      async (rows, wanted, sizes) => {
        const filter = rowFilterOf(email(wanted), TABLE, { entries: entries('text') }, 'UTF8');
        if (!filter) expect.fail('no filter');
        const found = await filterRows(cut(copyText(rows), sizes), filter);
        expect(found.rows).toBe(rows.filter(([, text]) => text === wanted).length);
      },
    ),
  );
});

it('has one digest for equal rows in any order', async () => {
  const filter = rowFilterOf(email('a'), TABLE, { entries: entries('text') }, 'UTF8');
  if (!filter) expect.fail('no filter');
  const digest = async (rows: ReadonlyArray<readonly [string, string]>) =>
    (await filterRows(cut(copyText(rows), []), filter)).digest;
  const one = await digest([
    ['1', 'a'],
    ['2', 'b'],
    ['3', 'a'],
  ]);
  expect(
    await digest([
      ['3', 'a'],
      ['1', 'a'],
    ]),
  ).toBe(one);
  expect(
    await digest([
      ['1', 'a'],
      ['4', 'a'],
    ]),
  ).not.toBe(one);
});

it.each([
  ['public.citext', undefined, 'UTF8', 'a'],
  ['character(10)', undefined, 'UTF8', 'a'],
  ['text', 'public.case_insensitive', 'UTF8', 'a'],
  ['text', undefined, 'LATIN1', 'ä'],
  ['numeric', undefined, 'UTF8', '1'],
])('leaves %s, %s in %s to a server', (type, collation, encoding, value) => {
  expect(rowFilterOf(email(value), TABLE, { entries: entries(type, collation) }, encoding)).toBeUndefined();
});
