import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { relationPattern, schemaPattern } from '../../../../lib/engine/selection/name-pattern.ts';

describe('a pattern for tables', () => {
  it.each([
    ['app.orders', 'app', 'orders', true],
    ['app.orders', 'app', 'orders_old', false],
    ['orders', 'public', 'orders', true],
    ['orders', 'app', 'orders', false],
    ['App.ORDERS', 'app', 'orders', true],
    ['"App".orders', 'App', 'orders', true],
    ['"App".orders', 'app', 'orders', false],
    ['app.log_*', 'app', 'log_2026', true],
    ['app.log_?', 'app', 'log_10', false],
    ['*.audit', 'x', 'audit', true],
    ['"a.b"."c*"', 'a.b', 'c*', true],
    ['"a.b"."c*"', 'a.b', 'cd', false],
    ['app."say ""hi"""', 'app', 'say "hi"', true],
    ['app.a.b', 'app', 'a.b', undefined],
    ['app.', 'app', '', undefined],
    ['"app', 'app', '', undefined],
    ['app.(a|b)', 'app', 'a', false],
  ])('%s and %s.%s: %s', (text, schema, name, matches) => {
    if (matches === undefined) {
      expect(() => relationPattern(text)).toThrow(/is not a valid pattern/);
    } else {
      expect(relationPattern(text).matches(schema, name)).toBe(matches);
    }
  });

  it('in quotes means exactly the name it spells', () => {
    const name = fc.string({ minLength: 1, unit: 'binary' });
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(name, name, name, (schema, table, other) => {
        const pattern = relationPattern(`${quoted(schema)}.${quoted(table)}`);
        expect(pattern.matches(schema, table)).toBe(true);
        expect(pattern.matches(schema, other)).toBe(other === table);
        expect(schemaPattern(quoted(schema)).matches(schema)).toBe(true);
      }),
    );
  });
});
