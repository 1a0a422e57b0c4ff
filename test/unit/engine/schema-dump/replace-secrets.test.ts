import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quoteIdentifier, quoteLiteral } from '../../../../lib/engine/ground/sql.ts';
import { replaceSecrets } from '../../../../lib/engine/schema-dump/replace-secrets.ts';
import { splitStatements } from '../../../../lib/engine/sql-script/statements.ts';
import { trickyText } from '../sql-script/sql-arbitraries.ts';

const MARK = 'S3cr3t';

function replaced(sql: string): { sql: string; names: string[] } {
  const { script, placeholders } = replaceSecrets(Buffer.from(sql));
  for (const { placeholder } of placeholders) expect(script.toString()).toContain(placeholder);
  return { sql: script.toString(), names: placeholders.map(({ name }) => name) };
}

/** pg_dump's quote_literal: E'' with doubled backslashes as soon as there is one. */
function serverLiteral(value: string): string {
  return value.includes('\\') ? `E${quoteLiteral(value.replaceAll('\\', '\\\\'))}` : quoteLiteral(value);
}

/** A secret full of traps, in which every part is marked. */
const secret = fc
  .array(trickyText, { minLength: 1, maxLength: 3 })
  .map((parts) => [MARK, ...parts.map((part) => part.replaceAll('\0', '') + MARK)].join(''));
const objectName = trickyText.map((text) => text.replaceAll('\0', '').slice(0, 20) || 'x');

describe('options', () => {
  test('of a user mapping: only who it is stays', () => {
    expect(
      replaced(
        `CREATE USER MAPPING FOR app SERVER billing OPTIONS (\n    password '${MARK}',\n    "user" 'remote',\n    apikey '${MARK}'\n);\n`,
      ),
    ).toEqual({
      sql: `CREATE USER MAPPING FOR app SERVER billing OPTIONS (
    password '<set the password of user mapping for app on server billing>',
    "user" 'remote',
    apikey '<set the apikey of user mapping for app on server billing>'
);
`,
      names: [
        'user mapping for app on server billing: password',
        'user mapping for app on server billing: apikey',
      ],
    });
  });

  test.each([
    'password',
    'PASSWORD',
    'passwd',
    'pass',
    'pwd',
    'odbc_PWD',
    'remotedbpasswd',
    'sslpassword',
    'ssl_passphrase',
    'token',
    'access_token',
    'secret',
    'client_secret',
    'aws_secret_access_key',
    'aws_access_key',
    'private_key',
    'api_key',
    'apikey',
    'sa_key',
    'service_account_key',
    'account_key',
    'credentials',
    'bearer',
    'jwt',
    'scram_client_key',
    'scram_server_key',
  ])('called %s are secret, on servers and wrappers too', (option) => {
    const sql = [
      'SERVER s FOREIGN DATA WRAPPER w',
      'FOREIGN DATA WRAPPER w HANDLER h',
      'USER MAPPING FOR PUBLIC SERVER s',
    ]
      .map((object) => `CREATE ${object} OPTIONS (a 'b', ${quoteIdentifier(option)} '${MARK}');`)
      .join('\n');
    expect(replaced(sql).sql).not.toContain(MARK);
  });

  test.each([
    ['a URL with a password', `https://bob:${MARK}@example.com/x`],
    ['a connection string', `Server=x;User ID=y;Password=${MARK};`],
    ['a JDBC URL', `jdbc:mysql://h/db?user=u&password=${MARK}`],
    ['a DSN', `tcp://default:${MARK}@h:9000/db`],
    ['a JSON document', `{"private_key": "${MARK}"}`],
    ['a key', `-----BEGIN RSA PRIVATE KEY-----\n${MARK}`],
  ])('whose value is %s are secret', (_, value) => {
    const { sql } = replaced(
      `CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (address ${quoteLiteral(value)});`,
    );
    expect(sql).not.toContain(MARK);
  });

  test('of a foreign table and its columns', () => {
    const { sql, names } = replaced(
      `CREATE FOREIGN TABLE a.t (\n    id integer OPTIONS (key 'true', api_key '${MARK}') DEFAULT 1,\n    b text DEFAULT 'OPTIONS (token ''x'')'\n)\nSERVER s\nOPTIONS (\n    auth_token '${MARK}',\n    table_name 'x'\n);
ALTER FOREIGN TABLE ONLY a.t ALTER COLUMN b OPTIONS (\n    ADD secret '${MARK}'\n);`,
    );
    expect(sql).not.toContain(MARK);
    expect(names).toEqual([
      'foreign table a.t: api_key',
      'foreign table a.t: auth_token',
      'foreign table a.t: secret',
    ]);
    expect(sql).toContain("OPTIONS (key 'true'");
    expect(sql).toContain(`DEFAULT 'OPTIONS (token ''x'')'`);
  });

  test('that ALTER sets', () => {
    const { sql } = replaced(
      `ALTER USER MAPPING FOR a SERVER s OPTIONS (SET password '${MARK}', DROP other, ADD token '${MARK}');
ALTER SERVER s OPTIONS (SET password '${MARK}');`,
    );
    expect(sql).not.toContain(MARK);
    expect(sql).toContain('DROP other');
  });

  test('that only look like secrets stay', () => {
    const sql = `CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (host 'h', password_required 'false', use_scram_passthrough 'true', key_id '5', primary_key 'true');
CREATE FOREIGN TABLE t (a int OPTIONS (column_name 'password')) SERVER s OPTIONS (table_name 'secrets', key 'id');
CREATE TABLE password (secret text DEFAULT 'password=x');
`;
    expect(replaced(sql)).toEqual({ sql, names: [] });
  });

  test('never pass, whatever is in them and around them', () => {
    fc.assert(
      fc.property(secret, objectName, objectName, (value, role, server) => {
        const sql = `CREATE USER MAPPING FOR ${quoteIdentifier(role)} SERVER ${quoteIdentifier(server)} OPTIONS (\n    password ${serverLiteral(value)},\n    "user" 'remote'\n);\n`;
        const result = replaced(sql);
        expect(result.sql).not.toContain(MARK);
        expect(result.sql).toContain(`"user" 'remote'`);
        expect(splitStatements(result.sql)).toHaveLength(1);
      }),
    );
  });
});

describe('connection strings', () => {
  const subscription = (conninfo: string, name = 'sub') =>
    `CREATE SUBSCRIPTION ${name} CONNECTION ${quoteLiteral(conninfo)} PUBLICATION p WITH (connect = false, slot_name = 'x');\n`;
  const conninfoOf = (sql: string) => /CONNECTION '((?:[^']|'')*)'/.exec(sql)?.[1]?.replaceAll("''", "'");

  test.each([
    [`host=h password=${MARK} dbname=d`, "host=h password='<set the password of subscription sub>' dbname=d"],
    [`password='a b\\'${MARK}' host=h`, "password='<set the password of subscription sub>' host=h"],
    [`password=a\\ ${MARK}\\\\ host=h`, "password='<set the password of subscription sub>' host=h"],
    [`host = h  PassWord  =  ${MARK}`, "host = h  PassWord  =  '<set the PassWord of subscription sub>'"],
    [
      `sslpassword=${MARK} sslkey=/a/key passfile=/b`,
      "sslpassword='<set the sslpassword of subscription sub>' sslkey=/a/key passfile=/b",
    ],
    [
      `oauth_client_secret=${MARK}`,
      "oauth_client_secret='<set the oauth_client_secret of subscription sub>'",
    ],
    [
      `postgresql://u:${MARK}@h:5432/d?sslmode=require`,
      'postgresql://u:%3Cset%20the%20password%20of%20subscription%20sub%3E@h:5432/d?sslmode=require',
    ],
    [
      `postgres://h/d?user=u&password=${MARK}&x=y`,
      'postgres://h/d?user=u&password=%3Cset%20the%20password%20of%20subscription%20sub%3E&x=y',
    ],
    [
      `postgres://h/d?p%61ssword=${MARK}`,
      'postgres://h/d?p%61ssword=%3Cset%20the%20password%20of%20subscription%20sub%3E',
    ],
    [`host=h pass'${MARK}`, "password='<set the connection string of subscription sub>'"],
    [`postgres://h/d?password%zz=${MARK}`, "password='<set the connection string of subscription sub>'"],
  ])('%s', (conninfo, expected) => {
    expect(conninfoOf(replaced(subscription(conninfo)).sql)).toBe(expected);
  });

  test.each(['host=h user=u', 'postgresql://u@h/d', 'postgresql:///d?host=/run', ''])(
    'without a secret stay: %s',
    (conninfo) => {
      expect(replaced(subscription(conninfo))).toEqual({ sql: subscription(conninfo), names: [] });
    },
  );

  test('of a subscription called connection, and of ALTER', () => {
    expect(replaced(subscription(`password=${MARK}`, 'connection')).sql).not.toContain(MARK);
    expect(replaced(`ALTER SUBSCRIPTION s CONNECTION 'password=${MARK}';`).sql).not.toContain(MARK);
  });

  test('never let a password pass', () => {
    const parameter = (value: string) => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
    fc.assert(
      fc.property(secret, trickyText, objectName, fc.nat(3), (password, other, name, form) => {
        const application = other.replaceAll('\0', '');
        const conninfo = [
          `application_name=${parameter(application)} password=${parameter(password)} host=h`,
          `password=${password.replaceAll(/[\s\\']/g, '\\$&')} application_name=${parameter(application)}`,
          `postgresql://u:${encodeURIComponent(password)}@h/d?application_name=${encodeURIComponent(application)}`,
          `postgres://h/d?application_name=${encodeURIComponent(application)}&password=${encodeURIComponent(password)}`,
        ][form] as string;
        const { sql, names } = replaced(subscription(conninfo, quoteIdentifier(name)));
        expect(sql).not.toContain(MARK);
        expect(names).toHaveLength(1);
        expect(splitStatements(sql)).toHaveLength(1);
      }),
      { numRuns: 500 },
    );
  });
});

test('everything else stays, byte for byte', () => {
  const around = Buffer.from('\xff\x80é', 'latin1');
  const mapping = Buffer.from(
    `CREATE USER MAPPING FOR "\xe4" SERVER s OPTIONS (password '${MARK}');`,
    'latin1',
  );
  const comment = Buffer.concat([Buffer.from("COMMENT ON TABLE t IS '"), around, Buffer.from("';\n")]);
  const { script, placeholders } = replaceSecrets(Buffer.concat([comment, mapping, comment]));
  expect(script.subarray(0, comment.length).equals(comment)).toBe(true);
  expect(script.subarray(-comment.length).equals(comment)).toBe(true);
  expect(placeholders[0]?.name).toBe('user mapping for \uFFFD on server s: password');
  const untouched = Buffer.concat([comment, comment]);
  expect(replaceSecrets(untouched).script).toBe(untouched);
});
