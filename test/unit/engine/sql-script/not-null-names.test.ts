import { describe, expect, it } from 'vitest';
import { NotNullNames } from '../../../../lib/engine/sql-script/not-null-names.ts';

const version = (number: string) => `-- Dumped from database version ${number}\n`;
const CHECK = 'ALTER TABLE s.users ADD CONSTRAINT users_email_not_null CHECK ((email <> 1)) NOT VALID;\n';
const USERS = 'CREATE TABLE s.users (\n    id integer NOT NULL,\n    email text DEFAULT 1 NOT NULL\n);';

function fitted(statement: string, scripts: readonly string[], serverMajor = 18): string {
  return new NotNullNames(scripts).fit(statement, serverMajor);
}

describe('NOT NULL of a source without names for it', () => {
  const scripts = [version('17.12'), CHECK];

  it('gets another name where its own is taken', () => {
    expect(fitted(USERS, scripts)).toBe(
      USERS.replace('1 NOT NULL', '1 CONSTRAINT "users_email_not_null1" NOT NULL'),
    );
  });

  it('stays as it is on a server that has no names for it, either', () => {
    expect(fitted(USERS, scripts, 17)).toBe(USERS);
  });

  it('gets one that nothing else has', () => {
    const more = CHECK.replace('users_email_not_null', 'users_email_not_null1');
    expect(fitted(USERS, [...scripts, more])).toContain('CONSTRAINT "users_email_not_null2" NOT NULL');
  });

  it.each([
    [
      'of a child',
      'CREATE TABLE s.users (\n    NOT NULL email\n)\nINHERITS (s.base);',
      'CREATE TABLE s.users (\n    CONSTRAINT "users_email_not_null1" NOT NULL email\n)\nINHERITS (s.base);',
    ],
    [
      'that is set behind',
      'ALTER TABLE ONLY s.users ALTER COLUMN email SET NOT NULL;',
      'ALTER TABLE ONLY s.users ADD CONSTRAINT "users_email_not_null1" NOT NULL "email";',
    ],
    [
      'of a foreign table',
      'CREATE FOREIGN TABLE s.users (email text NOT NULL) SERVER x;',
      'CREATE FOREIGN TABLE s.users (email text CONSTRAINT "users_email_not_null1" NOT NULL) SERVER x;',
    ],
  ])('%s', (_, statement, named) => {
    expect(fitted(statement, scripts)).toBe(named);
  });

  it('does not take words of a default or a check for it', () => {
    const other =
      "CREATE TABLE s.users (email text DEFAULT 'NOT NULL', CONSTRAINT c CHECK ((email IS NOT NULL)));";
    expect(fitted(other, scripts)).toBe(other);
  });

  it('of a domain is named from 17 on', () => {
    const domain = 'CREATE DOMAIN s.d AS text NOT NULL\n\tCONSTRAINT d_not_null CHECK (true);';
    const named = domain.replace('NOT NULL\n', 'CONSTRAINT "d_not_null1" NOT NULL\n');
    expect(fitted(domain, [version('16.1'), `${domain}\n`], 17)).toBe(named);
    expect(fitted(domain, [version('16.1'), `${domain}\n`], 16)).toBe(domain);
  });

  it('is found by a name that was cut to 63 bytes, between characters', () => {
    const table = `"${'ä'.repeat(31)}"`;
    const name = `"${'ä'.repeat(13)}_${'b'.repeat(26)}_not_null"`;
    const statement = `CREATE TABLE s.${table} (${'b'.repeat(40)} integer NOT NULL);`;
    const taken = `ALTER TABLE s.${table} ADD CONSTRAINT ${name} CHECK (true) NOT VALID;\n`;
    expect(fitted(statement, [version('15.20'), taken])).toContain('_not_null1" NOT NULL');
  });
});

it('is given in the script as well, for whoever restores it by psql', () => {
  const script = `${version('15.20')}${USERS}\n-- and more\nALTER TABLE ONLY s.k ALTER COLUMN email SET NOT NULL;\n`;
  expect(new NotNullNames([script, CHECK]).fitScript(script)).toBe(
    script.replace('1 NOT NULL', '1 CONSTRAINT "users_email_not_null1" NOT NULL'),
  );
});

it('of a source that names it is spelled out, where another table has one of that name', () => {
  const other = 'CREATE TABLE s.a (email text CONSTRAINT users_email_not_null NOT NULL);\n';
  expect(fitted(USERS, [version('18.6'), other])).toBe(
    USERS.replace('1 NOT NULL', '1 CONSTRAINT "users_email_not_null" NOT NULL'),
  );
  expect(fitted(other, [version('18.6'), other])).toBe(other);
});

it('changes nothing where no name is taken, or no version is told', () => {
  expect(fitted(USERS, [version('15.20'), CHECK.replace('_not_null', '_check')])).toBe(USERS);
  expect(fitted(USERS, [CHECK])).toBe(USERS);
});
