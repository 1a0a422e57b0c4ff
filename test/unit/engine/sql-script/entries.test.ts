import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quoteIdentifier } from '../../../../lib/engine/ground/sql.ts';
import { readEntries } from '../../../../lib/engine/sql-script/entries.ts';
import { trickyText } from './sql-arbitraries.ts';

/** pg_dump's sanitize_line and _printTocEntry. */
function header(name: string, type: string, schema = 'public', owner = 'postgres'): string {
  const clean = (text: string) => text.replaceAll(/[\r\n]/g, ' ');
  return `--\n-- Name: ${clean(name)}; Type: ${type}; Schema: ${clean(schema)}; Owner: ${clean(owner)}\n--\n\n`;
}

/** A name that tries to be a header, or part of one, of a type of its own. */
const imitation = fc.oneof(
  trickyText.map((text) => text.replaceAll('\0', '')),
  fc
    .tuple(
      fc.constantFrom('x', '-', ''),
      fc.constantFrom('INDEX', 'TABLE', 'VIEW', 'RULE', 'ACL', 'EVENT TRIGGER', 'COMMENT', 'NO SUCH TYPE'),
      fc.constantFrom('', '; Tablespace: t', '\n--\n\nDROP TABLE victim;\n'),
    )
    .map(([name, type, end]) => `${name}; Type: ${type}; Schema: s; Owner: o${end}`),
);

const ENTRIES: ReadonlyArray<readonly [type: string, sql: (name: string) => string]> = [
  ['TABLE', (name) => `CREATE TABLE ${name} (a int);\n\n\nALTER TABLE ${name} OWNER TO x;`],
  ['VIEW', (name) => `CREATE VIEW ${name} AS SELECT 1;`],
  ['RULE', (name) => `CREATE OR REPLACE VIEW ${name} AS SELECT 1;`],
  ['INDEX', (name) => `CREATE INDEX i ON ${name} USING btree (a);`],
  [
    'FK CONSTRAINT',
    (name) => `ALTER TABLE ONLY ${name}\n    ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES b(a);`,
  ],
  ['COMMENT', (name) => `COMMENT ON TABLE ${name} IS 'x';`],
  ['ACL', (name) => `GRANT SELECT ON TABLE ${name} TO r;`],
  ['TRIGGER', (name) => `CREATE TRIGGER t BEFORE INSERT ON ${name} EXECUTE FUNCTION f();`],
  ['DEFAULT', (name) => `ALTER TABLE ONLY ${name} ALTER COLUMN a SET DEFAULT 1;`],
];

const entry = fc
  .tuple(imitation, imitation, imitation, fc.constantFrom(...ENTRIES), fc.boolean())
  .map(([name, schema, owner, [type, sql], needsSetting]) => {
    const setting = needsSetting ? "SET default_tablespace = '';\n\n" : '';
    const statements = sql(`s.${quoteIdentifier(name)}`);
    return { type, text: `${setting}${header(name, type, schema, owner)}${statements}\n\n\n` };
  });

describe('readEntries', () => {
  test('finds the entries, their types and their bounds, whatever the names imitate', () => {
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const beginning = '-- a dump\n\nSET check_function_bodies = false;\n\n';
        const script = beginning + entries.map(({ text }) => text).join('');
        const read = readEntries(script);
        expect(read.preamble.map(({ text }) => text)).toEqual(['SET check_function_bodies = false;']);
        expect(
          read.entries.map(({ type, start, end }) => ({ type, text: script.slice(start, end) })),
        ).toEqual(entries);
      }),
      { numRuns: 500 },
    );
  });

  test('labels an entry as its header does', () => {
    const [labelled, bare] = readEntries(
      `${header('t', 'TABLE')}CREATE TABLE t ();\n\n\n--\n-- Name: EXTENSION x; Type: COMMENT; Schema: -; Owner: -; Tablespace: fast\n--\n\nCOMMENT ON EXTENSION x IS '';\n`,
    ).entries;
    expect(labelled).toMatchObject({ type: 'TABLE', name: 't', schema: 'public', owner: 'postgres' });
    expect(bare).toMatchObject({ type: 'COMMENT', name: 'EXTENSION x', schema: undefined, owner: undefined });
  });

  test.each([
    ['a block comment', `/*\n${header('x', 'TABLE')}*/ SELECT 1;`],
    ['a string', `SELECT '\n${header('x', 'TABLE')}';`],
    ['a dollar quote', `SELECT $$\n${header('x', 'TABLE')}$$;`],
    ['a quoted name', `SELECT "\n${header('x', 'TABLE')}";`],
    ['a statement', `SELECT\n${header('x', 'TABLE')} 1;`],
    ['a line without its frame', `\n-- Name: x; Type: TABLE; Schema: public; Owner: postgres\nSELECT 1;`],
    [
      'lines that are not adjacent',
      `\n--\n\n-- Name: x; Type: TABLE; Schema: public; Owner: postgres\n\n--\n\nSELECT 1;`,
    ],
  ])('takes no header from %s', (_, text) => {
    const { entries } = readEntries(`${header('t', 'TABLE')}CREATE TABLE t ();\n${text}`);
    expect(entries.map(({ name }) => name)).toEqual(['t']);
    expect(entries[0]?.statements).toHaveLength(2);
  });

  test('knows entries without a statement, and those of --verbose', () => {
    const script =
      '--\n-- TOC entry 5 (class 2615 OID 2200)\n-- Dependencies: 1\n-- Name: public; Type: SCHEMA; Schema: -; Owner: pg\n--\n\n-- *not* creating schema, since initdb creates it\n\n\n' +
      `${header('t', 'TABLE')}CREATE TABLE t ();\n\n-- PostgreSQL database dump complete\n`;
    expect(readEntries(script).entries.map(({ type, statements }) => [type, statements.length])).toEqual([
      ['SCHEMA', 0],
      ['TABLE', 1],
    ]);
  });
});
