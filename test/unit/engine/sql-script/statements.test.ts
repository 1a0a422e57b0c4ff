import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LifeboatError } from '../../../../lib/engine/ground/errors.ts';
import { Scanner } from '../../../../lib/engine/sql-script/scanner.ts';
import { splitStatements } from '../../../../lib/engine/sql-script/statements.ts';
import { gap, routine, statement, trickyText } from './sql-arbitraries.ts';

const texts = (script: string) => splitStatements(script).map(({ text }) => text);

describe('splitStatements', () => {
  test('cuts where statements end, whatever is in them and between them', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(gap, fc.oneof(statement, routine))), gap, (parts, tail) => {
        const script = parts.map(([before, text]) => before + text).join('') + tail;
        expect(texts(script)).toEqual(parts.map(([, text]) => text));
      }),
      { numRuns: 500 },
    );
  });

  test('keeps every character, or says that the script is cut off', () => {
    fc.assert(
      fc.property(trickyText, (script) => {
        try {
          const statements = splitStatements(script);
          const end = statements.at(-1)?.end ?? 0;
          const pieces = statements.map(({ gapStart, start, text }) => script.slice(gapStart, start) + text);
          expect(pieces.join('') + script.slice(end)).toBe(script);
        } catch (error) {
          expect(error).toBeInstanceOf(LifeboatError);
          expect(error).toMatchObject({ code: 'sql-script-incomplete' });
        }
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['a semicolon in a string', "SELECT ';'; SELECT 2;", ["SELECT ';';", 'SELECT 2;']],
    ['a backslash that ends a plain string', "SELECT 'a\\'; SELECT ';';", ["SELECT 'a\\';", "SELECT ';';"]],
    ['a backslash that escapes in E', "SELECT E'a\\';'; SELECT 2;", ["SELECT E'a\\';';", 'SELECT 2;']],
    [
      'an e that is the end of a word',
      "SELECT 1 AS line'x\\'; SELECT 2;",
      ["SELECT 1 AS line'x\\';", 'SELECT 2;'],
    ],
    [
      'dollar quotes in dollar quotes',
      'DO $a$ $b$;$b$; $$ ;$a$; SELECT 2;',
      ['DO $a$ $b$;$b$; $$ ;$a$;', 'SELECT 2;'],
    ],
    ['a dollar inside a name', 'SELECT a$b$; SELECT c$b$;', ['SELECT a$b$;', 'SELECT c$b$;']],
    ['a parameter', 'SELECT $1; SELECT $2;', ['SELECT $1;', 'SELECT $2;']],
    [
      'nested comments',
      'SELECT /* ; /* ; */ ; */ 1; SELECT 2;',
      ['SELECT /* ; /* ; */ ; */ 1;', 'SELECT 2;'],
    ],
    [
      'a comment right behind an operator',
      'SELECT 1 +-- ;\n2; SELECT 3;',
      ['SELECT 1 +-- ;\n2;', 'SELECT 3;'],
    ],
    [
      'a rule with several commands',
      'CREATE RULE r AS ON DELETE TO t DO (a; b); SELECT 1;',
      ['CREATE RULE r AS ON DELETE TO t DO (a; b);', 'SELECT 1;'],
    ],
    ['BEGIN that opens no body', 'BEGIN; SELECT 1; END;', ['BEGIN;', 'SELECT 1;', 'END;']],
    [
      'a table called atomic',
      'CREATE TABLE begin (atomic int); SELECT 1;',
      ['CREATE TABLE begin (atomic int);', 'SELECT 1;'],
    ],
    [
      'quoted key words',
      'CREATE FUNCTION f() BEGIN ATOMIC SELECT "end"; END; SELECT 1;',
      ['CREATE FUNCTION f() BEGIN ATOMIC SELECT "end"; END;', 'SELECT 1;'],
    ],
    [
      'a default with CASE before the body',
      'CREATE FUNCTION f(a int DEFAULT CASE WHEN true THEN 1 END) BEGIN ATOMIC ; END; SELECT 1;',
      ['CREATE FUNCTION f(a int DEFAULT CASE WHEN true THEN 1 END) BEGIN ATOMIC ; END;', 'SELECT 1;'],
    ],
    [
      'a block comment right behind an operator',
      'SELECT 1 +/* ; */2; SELECT 3;',
      ['SELECT 1 +/* ; */2;', 'SELECT 3;'],
    ],
    [
      'a routine that names a type atomic',
      "CREATE FUNCTION f() RETURNS atomic AS 'x'; SELECT 1;",
      ["CREATE FUNCTION f() RETURNS atomic AS 'x';", 'SELECT 1;'],
    ],
    [
      'a routine called begin.atomic',
      "CREATE FUNCTION begin.atomic() AS 'x'; SELECT 1;",
      ["CREATE FUNCTION begin.atomic() AS 'x';", 'SELECT 1;'],
    ],
    [
      'an argument called begin',
      "CREATE FUNCTION f(begin atomic) AS 'x'; SELECT 1;",
      ["CREATE FUNCTION f(begin atomic) AS 'x';", 'SELECT 1;'],
    ],
    ['empty statements', ';;', [';', ';']],
  ])('%s', (_, script, expected) => {
    expect(texts(script)).toEqual(expected);
  });

  test('takes bytes of any encoding, read as latin1', () => {
    const script = Buffer.from('SELECT "\xff\x80;" AS \xe9\xa0; SELECT 2;', 'latin1').toString('latin1');
    expect(texts(script)).toEqual(['SELECT "\xff\x80;" AS \xe9\xa0;', 'SELECT 2;']);
  });

  test.each([
    "SELECT 'open",
    'SELECT "open',
    "SELECT E'open\\'",
    'SELECT $$open$',
    '/* /* */',
    'SELECT 1',
    'CREATE FUNCTION f() BEGIN ATOMIC SELECT 1;',
  ])('refuses a script that is cut off: %s', (script) => {
    expect(() => splitStatements(script)).toThrow(expect.objectContaining({ code: 'sql-script-incomplete' }));
  });

  test('is linear in what nests', () => {
    const depth = 200_000;
    const script = `SELECT ${'('.repeat(depth)}${')'.repeat(depth)} ${'/*'.repeat(depth)}${'*/'.repeat(depth)} ${"''".repeat(depth)};`;
    expect(splitStatements(script)).toHaveLength(1);
  });
});

describe('Scanner', () => {
  test('reads tokens that are the text again', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(statement, gap)), (parts) => {
        const script = parts.join('');
        const scanner = new Scanner(script);
        let read = '';
        while (scanner.next()) {
          expect(scanner.end).toBeGreaterThan(scanner.start);
          read += script.slice(scanner.start, scanner.end);
        }
        expect(read).toBe(script);
      }),
    );
  });

  test('passes to the same boundaries as it would token by token', () => {
    const boundaries = (script: string, move: (scanner: Scanner) => boolean) => {
      const scanner = new Scanner(script);
      const found: number[] = [];
      try {
        while (move(scanner)) {
          if (['(', ')', ';'].some((one) => scanner.is(one))) found.push(scanner.start);
        }
        return found;
      } catch (error) {
        return [...found, String(error)];
      }
    };
    fc.assert(
      fc.property(fc.oneof(trickyText, fc.array(fc.oneof(statement, routine, gap))), (made) => {
        const script = Array.isArray(made) ? made.join('') : made;
        expect(boundaries(script, (scanner) => scanner.nextBoundary())).toEqual(
          boundaries(script, (scanner) => scanner.next()),
        );
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    "e'\\';'(1)",
    "be'('(1)",
    "1e';'(1)",
    '1.5e5(1)',
    'a$b$(1)',
    '$$;$$(1)',
    '+--(\n(1)',
    '*/*(*/(1)',
    "é'('(1)",
    'U&";"(1)',
    "x';'(1)",
  ])('does not stop in a quote or a comment: %s', (script) => {
    const scanner = new Scanner(script);
    let passed = '';
    while (scanner.nextBoundary()) passed += script[scanner.start];
    expect(passed).toBe('()');
  });

  test.each([
    ["N'a'", 'string'],
    ["'it''s'", 'string'],
    ["b'01'", 'string'],
    ["X'1F'", 'string'],
    ["u&'a'", 'string'],
    ['U&"a"', 'quoted-name'],
    ['"a""b"', 'quoted-name'],
    ['$tag$ $$ $tag$', 'string'],
    ['über', 'word'],
    ['1.5e-3', 'number'],
    ['$12', 'parameter'],
    ['<->', 'operator'],
    ['\\', 'punctuation'],
  ])('%s is one %s', (text, kind) => {
    const scanner = new Scanner(text);
    expect(scanner.next()).toBe(true);
    expect([scanner.kind, scanner.end]).toEqual([kind, text.length]);
  });
});
