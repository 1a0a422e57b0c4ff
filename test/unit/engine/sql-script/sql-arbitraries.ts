import fc from 'fast-check';

/** Text with everything in it that a lexer could trip over. */
export const trickyText = fc
  .array(
    fc.oneof(
      { weight: 2, arbitrary: fc.string({ maxLength: 6 }) },
      fc.constantFrom(
        ...[
          "'",
          '"',
          ';',
          '\\',
          '\n',
          '\r',
          '$',
          '$$',
          '$a$',
          '--',
          '/*',
          '*/',
          '(',
          ')',
          'E',
          "''",
          '""',
          ' ',
          'é',
          '\u0000',
        ],
        ...[
          'BEGIN',
          ' BEGIN ATOMIC ',
          ' END ',
          ' CASE ',
          'CREATE FUNCTION ',
          '\n--\n-- Name: x; Type: TABLE; Schema: s; Owner: o\n--\n',
        ],
      ),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

const word = fc.constantFrom(
  'a',
  'begin',
  'end',
  'case',
  'atomic',
  'e',
  'u',
  'x',
  'select',
  'a$b$',
  'ünïcode',
  '_1',
);
const number = fc.constantFrom('0', '1.5', '1e10', '0x1F', '.5', '$1');
const operator = fc.constantFrom('+', '<->', '@>', '::', ',', '.', '=', '|/', '->>');
const comment = trickyText.map((text) => `/* ${balanced(text)} */`);
const lineComment = trickyText.map((text) => `-- ${text.replaceAll(/[\r\n]/g, ' ')}\n`);

/** A token, or a comment, that must be read as a whole. */
export const token = fc.oneof(
  word,
  number,
  operator,
  trickyText.map((text) => `"${text.replaceAll('"', '""')}"`),
  trickyText.map((text) => `'${text.replaceAll("'", "''")}'`),
  trickyText.map((text) => `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`),
  trickyText.map((text) => `U&'${text.replaceAll("'", "''")}'`),
  trickyText.map((text) => `$q$${text.replaceAll('$q', '')}$q$`),
  trickyText.map((text) => `$$${text.replaceAll('$', '')}$$`),
  comment,
  lineComment,
);

const group: fc.Arbitrary<string> = fc
  .array(fc.oneof(token, fc.constant(';')), { maxLength: 5 })
  .map((parts) => `(${parts.join(' ')})`);

/** One statement, its semicolon included. */
export const statement = fc
  .tuple(word, fc.array(fc.oneof({ weight: 4, arbitrary: token }, group), { maxLength: 8 }))
  .map(([first, parts]) => [first, ...parts, ';'].join(' '));

/** A routine with a body of statements, in which CASE … END nests. */
export const routine = fc
  .tuple(
    fc.constantFrom('CREATE FUNCTION', 'create or replace function', 'CREATE PROCEDURE'),
    fc.array(
      fc.oneof(
        fc.constant('SELECT 1;'),
        fc.constant("SELECT ';', 'END';"),
        fc.constant('SELECT CASE WHEN a THEN CASE b WHEN 1 THEN 2 END ELSE 3 END;'),
        fc.constant('INSERT INTO t VALUES (CASE WHEN true THEN 1 END);'),
        fc.constant('SELECT "end", "case";'),
      ),
      { maxLength: 4 },
    ),
  )
  .map(([create, body]) => `${create} s.f(a int) LANGUAGE sql BEGIN ATOMIC ${body.join(' ')} END;`);

/** What may stand between statements. */
export const gap = fc
  .array(fc.oneof(fc.constantFrom(' ', '\n', '\t'), comment, lineComment), { maxLength: 4 })
  .map((parts) => parts.join(''));

/** Comments nest: as many ends as beginnings, and none before its beginning. */
function balanced(text: string): string {
  return text.replaceAll('*/', '* /').replaceAll('/*', '/* */').replace(/\*$/, '');
}
