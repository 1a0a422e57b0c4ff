import type { QueryRows } from '../connection/query-rows.ts';
import { quoteIdentifier, quoteLiteral } from '../ground/sql.ts';
import { catalogMajor } from './catalog-major.ts';
import { type DatabaseFacts, readDatabaseFacts } from './database.ts';
import { isGone } from './gone-role.ts';
import { aboutThisDatabase, doBlock, oneLine, tolerated } from './script.ts';
import { looksSecret, parseSetting, setClause, type WithheldSetting, withhold } from './settings.ts';

export interface DatabaseSql {
  readonly sql: string;
  readonly withheld: readonly WithheldSetting[];
}

interface DatabaseRow {
  readonly owner: string;
  readonly connectionLimit: number;
  readonly comment: string | null;
  /** Null if nothing was granted or revoked. */
  readonly grants: ReadonlyArray<
    readonly [grantee: string | null, privilege: string, grantable: boolean]
  > | null;
  readonly settings: ReadonlyArray<{ readonly role: string | null; readonly setting: string }>;
}

/**
 * Writes database.sql: the database's own settings, owner, grants and comment. A restore applies it on
 * request, connected to the new database. That may have another name, so each statement is built with
 * `current_database()`, which works in psql and every driver; `:"DBNAME"` would work only in psql.
 */
export async function writeDatabaseSql(query: QueryRows): Promise<DatabaseSql> {
  const [facts, { owner, connectionLimit, comment, grants, settings: all }, major] = await Promise.all([
    readDatabaseFacts(query),
    readDatabase(query),
    catalogMajor(query),
  ]);
  const settings = all
    .filter(({ role }) => role === null || !isGone(role))
    .map(({ role, setting }) => ({ role, setting: parseSetting(setting) }));
  const withheld = settings
    .filter(({ setting }) => looksSecret(setting))
    .map(({ role, setting }) =>
      withhold(role === null ? 'the database' : `role ${role} in the database`, setting),
    );
  const statements = [
    ...(isGone(owner) ? [] : [aboutThisDatabase('ALTER DATABASE', `OWNER TO ${quoteIdentifier(owner)}`)]),
    ...(connectionLimit === -1
      ? []
      : [aboutThisDatabase('ALTER DATABASE', `CONNECTION LIMIT ${connectionLimit}`)]),
    ...settings
      .filter(({ setting }) => !looksSecret(setting))
      .map(({ role, setting }) =>
        role === null
          ? aboutThisDatabase('ALTER DATABASE', setClause(setting, major))
          : aboutThisDatabase(`ALTER ROLE ${quoteIdentifier(role)} IN DATABASE`, setClause(setting, major)),
      ),
    ...(grants === null ? [] : grantStatements(owner, grants)),
    ...(comment === null ? [] : [aboutThisDatabase('COMMENT ON DATABASE', `IS ${quoteLiteral(comment)}`)]),
  ];
  const lines = [
    `-- Settings, owner, grants and comment of the database ${oneLine(facts.database)}. They apply to the database you are connected to.`,
    '-- Encoding and locale are set when a database is created. The source was created like this:',
    `-- ${oneLine(createDatabaseStatement(facts))}`,
    '',
    ...statements.map((statement) => doBlock(tolerated('database', statement))),
    ...withheld.map(({ placeholder }) => `-- Left out, because it looks like a secret: ${placeholder}`),
    '',
  ];
  return { sql: lines.join('\n'), withheld };
}

/**
 * The statement that creates an empty database like the source's. The names of libc locales depend on the
 * operating system.
 */
export function createDatabaseStatement(facts: Omit<DatabaseFacts, 'databaseOid'>): string {
  const { localeProvider, locale, collate, ctype, icuRules } = facts;
  const options = [
    'TEMPLATE template0',
    `ENCODING ${quoteLiteral(facts.encoding)}`,
    ...(localeProvider === 'libc' ? [] : [`LOCALE_PROVIDER ${localeProvider}`]),
    ...(localeProvider === 'icu' && locale !== null ? [`ICU_LOCALE ${quoteLiteral(locale)}`] : []),
    ...(localeProvider === 'builtin' && locale !== null ? [`BUILTIN_LOCALE ${quoteLiteral(locale)}`] : []),
    ...(icuRules === null ? [] : [`ICU_RULES ${quoteLiteral(icuRules)}`]),
    ...(collate === null ? [] : [`LC_COLLATE ${quoteLiteral(collate)}`]),
    ...(ctype === null ? [] : [`LC_CTYPE ${quoteLiteral(ctype)}`]),
  ];
  return `CREATE DATABASE ${quoteIdentifier(facts.database)} ${options.join(' ')};`;
}

/**
 * Revokes everything first, so that revoked privileges stay revoked. Grantors other than the owner are not
 * kept.
 */
function grantStatements(owner: string, grants: NonNullable<DatabaseRow['grants']>): string[] {
  const before = ['PUBLIC', ...(isGone(owner) ? [] : [quoteIdentifier(owner)])].join(', ');
  const left = grants.filter(([grantee]) => grantee === null || !isGone(grantee));
  return [
    aboutThisDatabase('REVOKE ALL ON DATABASE', `FROM ${before}`),
    ...left.map(([grantee, privilege, grantable]) =>
      aboutThisDatabase(
        `GRANT ${privilege} ON DATABASE`,
        `TO ${grantee === null ? 'PUBLIC' : quoteIdentifier(grantee)}${grantable ? ' WITH GRANT OPTION' : ''}`,
      ),
    ),
  ];
}

async function readDatabase(query: QueryRows): Promise<DatabaseRow> {
  const [row] = await query(`
    SELECT pg_catalog.json_build_object(
             'owner', pg_catalog.pg_get_userbyid(d.datdba),
             'connectionLimit', d.datconnlimit,
             'comment', pg_catalog.shobj_description(d.oid, 'pg_database'),
             'grants', CASE WHEN d.datacl IS NOT NULL THEN (
               SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(g.grantee, g.privilege_type, g.grantable)
                                                   ORDER BY g.grantee NULLS FIRST, g.privilege_type), '[]'::json)
                 FROM (SELECT CASE item.grantee WHEN 0 THEN NULL ELSE pg_catalog.pg_get_userbyid(item.grantee) END AS grantee,
                              item.privilege_type, pg_catalog.bool_or(item.is_grantable) AS grantable
                         FROM pg_catalog.aclexplode(d.datacl) item GROUP BY 1, 2) g) END,
             'settings', (
               SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
                                 'role', CASE s.setrole WHEN 0 THEN NULL ELSE pg_catalog.pg_get_userbyid(s.setrole) END,
                                 'setting', one.setting)
                               ORDER BY s.setrole <> 0, pg_catalog.pg_get_userbyid(s.setrole), one.position), '[]'::json)
                 FROM pg_catalog.pg_db_role_setting s
                CROSS JOIN LATERAL unnest(s.setconfig) WITH ORDINALITY one(setting, position)
                WHERE s.setdatabase = d.oid))::text AS facts
      FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`);
  return JSON.parse(String(row?.facts)) as DatabaseRow;
}
