import { describe, expect, it } from 'vitest';
import { sentenceOf, withSqlState } from '../../../../lib/engine/connection/server-words.ts';

describe('the words of a server', () => {
  it('bear one code', () => {
    expect(withSqlState('relation "a" does not exist', '42P01')).toBe(
      'relation "a" does not exist (SQLSTATE 42P01)',
    );
    expect(withSqlState('public.a: function f() does not exist (SQLSTATE 42883)', '55000')).toBe(
      'public.a: function f() does not exist (SQLSTATE 42883)',
    );
    expect(withSqlState('it took 3 of 4 rows', '')).toBe('it took 3 of 4 rows');
  });

  it('become a sentence, and a name at its beginning stays as it is spelled', () => {
    expect(sentenceOf('relation "a" does not exist', '42P01')).toBe(
      'Relation "a" does not exist (SQLSTATE 42P01).',
    );
    expect(sentenceOf('public.a: its rows could not be loaded (SQLSTATE 42883)', '55000')).toBe(
      'public.a: its rows could not be loaded (SQLSTATE 42883).',
    );
    expect(sentenceOf('"odd" is not a table.', undefined)).toBe('"odd" is not a table.');
    expect(sentenceOf('users: its rows could not be loaded', undefined)).toBe(
      'users: its rows could not be loaded.',
    );
  });
});
