import { expect, it } from 'vitest';
import { printedInWays } from '../../../../lib/engine/erasures/archived-keys.ts';
import type { Fingerprint } from '../../../../lib/engine/fingerprint/fingerprint.ts';
import type { WrittenForeignKey } from '../../../../lib/engine/sql-script/key-statements.ts';

/** A foreign key of `public.b.k` to `public.a.k`, of these types. */
function between(child: string, referenced: string): string | undefined {
  const column = (table: string, type: string) => ({
    ...{ kind: 'column', name: `public.${table}.k`, facts: { type } },
  });
  const entries = [
    ...[column('b', child), column('a', referenced)],
    { kind: 'domain', name: 'public.amount', facts: { base: 'public.inner' } },
    { kind: 'domain', name: 'public.inner', facts: { base: 'numeric(10,2)' } },
    { kind: 'domain', name: 'public.short', facts: { base: 'character varying(10)' } },
  ];
  const key = {
    ...{ name: 'b_k', child: { schema: 'public', name: 'b' }, referenced: { schema: 'public', name: 'a' } },
    columns: [{ child: 'k', referenced: 'k' }],
  };
  return printedInWays(
    key as unknown as WrittenForeignKey,
    { entries } as unknown as Pick<Fingerprint, 'entries'>,
  );
}

it.each([
  ['numeric', 'numeric'],
  ['public.amount', 'public.amount'],
  ['date', 'timestamp without time zone'],
  ['timestamp with time zone', 'timestamp without time zone'],
  ['character(4)', 'text'],
  ['public.citext', 'public.citext'],
])('does not compare %s with %s as it is printed', (child, referenced) => {
  expect(between(child, referenced)).toMatch(/^public\.[ab]\.k$/);
});

it.each([
  ['integer', 'bigint'],
  ['public.short', 'text'],
  ['timestamp(3) without time zone', 'timestamp without time zone'],
  ['uuid', 'uuid'],
  ['public.mood', 'public.mood'],
])('compares %s with %s', (child, referenced) => {
  expect(between(child, referenced)).toBeUndefined();
});
