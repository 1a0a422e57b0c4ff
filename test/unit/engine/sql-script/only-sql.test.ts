import { describe, expect, it } from 'vitest';
import { refuseCommandsOfPsql } from '../../../../lib/engine/sql-script/only-sql.ts';

const HARMLESS = [
  "SELECT 'a\\b', E'a\\'\\! x', \"\\!\";",
  'CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$\n\\! touch x\n\\unrestrict `touch x`\n$$;',
  '-- \\! touch x\n/* \\! touch x /* \\! */ */ SELECT 1;',
  'CREATE TABLE "a\n\\! touch x" (b text DEFAULT $x$\\copy$x$);',
];
const COMMANDS = [
  'SELECT 1;\n\\! touch x\n',
  'SELECT 1 \\g |touch x\n',
  'CREATE VIEW v AS SELECT 1;\n\\unrestrict `touch x`\n',
  "SELECT $$ $$ \\; SELECT 'x';",
  '\\i /etc/passwd',
];

describe('a script of an archive', () => {
  it.each(HARMLESS)('may hold backslashes where SQL does: %j', (script) => {
    refuseCommandsOfPsql('pre-data.sql', script);
    refuseCommandsOfPsql('pre-data.sql', Buffer.from(script));
  });

  it.each(COMMANDS)('may hold no command of psql: %j', (script) => {
    expect(() => refuseCommandsOfPsql('pre-data.sql', script)).toThrow('of pre-data.sql');
    expect(() => refuseCommandsOfPsql('pre-data.sql', Buffer.from(script))).toThrow('outside of quotes');
  });
});
