import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  identifier,
  nameOf,
  onRelation,
  qualified,
  signature,
  withoutKeywordQuotes,
} from '../../../../lib/engine/fingerprint/identity.ts';

const name = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
  fc.constantFrom('select', 'Order Lines', 'a"b', '"', 'a.b', 'x on y', '(', 'user', '1st', 'é'),
);

describe('an identity', () => {
  it('is quoted where its characters ask for it, not where a keyword list does', () => {
    expect(qualified('public', 'users', 'id')).toBe('public.users.id');
    expect(qualified('public', 'select')).toBe('public.select');
    expect(qualified('Shop', 'Order "Lines"')).toBe('"Shop"."Order ""Lines"""');
    expect(onRelation('users_pkey', 'public', 'users')).toBe('users_pkey on public.users');
    expect(signature('public', 'total', ['integer', 'character varying'])).toBe(
      'public.total(integer,character varying)',
    );
  });

  it('tells any two names apart, and gives the name back', () => {
    fc.assert(
      fc.property(name, name, (a, b) => {
        expect(nameOf(identifier(a))).toBe(a);
        if (a !== b) expect(identifier(a)).not.toBe(identifier(b));
      }),
    );
    fc.assert(
      fc.property(fc.tuple(name, name), fc.tuple(name, name), (a, b) => {
        fc.pre(a[0] !== b[0] || a[1] !== b[1]);
        expect(qualified(...a)).not.toBe(qualified(...b));
        expect(onRelation(a[0], 'public', a[1])).not.toBe(onRelation(b[0], 'public', b[1]));
      }),
    );
  });

  it('does not depend on which words a server quotes as keywords', () => {
    expect(withoutKeywordQuotes('public."system_user"[]')).toBe('public.system_user[]');
    expect(withoutKeywordQuotes('"Shop"."a""b""c"')).toBe('"Shop"."a""b""c"');
    expect(withoutKeywordQuotes('timestamp with time zone')).toBe('timestamp with time zone');
    fc.assert(
      fc.property(fc.array(name), (names) => {
        const always = names.map((one) => `"${one.replaceAll('"', '""')}"`).join('.');
        expect(withoutKeywordQuotes(always)).toBe(qualified(...names));
      }),
    );
  });
});
