import fc from 'fast-check';
import { expect, it } from 'vitest';
import { withoutConstants } from '../../../../../lib/engine/health/measures/statements.ts';

it.each([
  [
    "SELECT  *\nFROM t1 WHERE a = $1 AND b = 'it''s' AND c = 42 -- for 4711",
    'SELECT * FROM t1 WHERE a = $1 AND b = ? AND c = ?',
  ],
  ["SELECT E'hunter22', $$hunter22$$, $x$hunter22 $$ $x$ /* hunter22 /* */ hunter22 */", 'SELECT ?, ?, ?'],
  ["SELECT '--', 'hunter22', '/*', 'hunter22', '$$', 'hunter22'", 'SELECT ?, ?, ?, ?, ?, ?'],
  ["SELECT 'a\\', 'hunter22'", 'SELECT …'],
  ["SELECT 'cut in the hunter22", 'SELECT ?'],
  ['SELECT /* cut hunter22', 'SELECT'],
  ['SELECT "odd 42" FROM t', 'SELECT "odd ?" FROM t'],
])('of %s no value is left', (sql, shown) => {
  expect(withoutConstants(sql)).toBe(shown);
});

it('a long one is cut', () => {
  expect(withoutConstants(`SELECT ${'x, '.repeat(100)}`)).toHaveLength(120);
});

it('whatever stands between quotes', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      const secret = `hunter22${value}`;
      const text = withoutConstants(`SELECT '${secret.replaceAll("'", "''")}' FROM t`);
      expect(text).toBe(secret.includes('\\') ? 'SELECT …' : 'SELECT ? FROM t');
    }),
  );
});
