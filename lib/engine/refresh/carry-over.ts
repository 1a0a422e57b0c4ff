import { quoteIdentifier, quoteLiteral } from '../ground/sql.ts';
import type { ServerTarget } from '../target/server/open-server-target.ts';
import { TargetStatementError } from '../target/target.ts';

/** Grants on the objects of a database, as statements. Those of the owner are made with the object. */
const GRANTS = `
  WITH grants AS (
    SELECT 'SCHEMA' AS word, pg_catalog.quote_ident(n.nspname) AS object, n.nspowner AS owner, a.*
      FROM pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) a
    UNION ALL
    SELECT CASE WHEN c.relkind = 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, pg_catalog.format('%I.%I', n.nspname, c.relname), c.relowner, a.*
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace, pg_catalog.aclexplode(c.relacl) a
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    UNION ALL
    SELECT 'ROUTINE', pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)), p.proowner, a.*
      FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace, pg_catalog.aclexplode(p.proacl) a)
  SELECT pg_catalog.format('GRANT %s ON %s %s TO %s%s', privilege_type, word, object,
           CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(grantee)) END,
           CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) AS statement
    FROM grants
   WHERE grantee <> owner AND object !~ '^(pg_catalog|pg_toast|information_schema)(\\.|$)' AND (grantee = 0 OR EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.oid = grantee))
   ORDER BY word = 'SCHEMA' DESC, 1`;

/** What a database has besides its objects: owner, grants, settings. */
function databaseStatements(former: string, fresh: string): string {
  return `
  SELECT statement FROM (
    SELECT 1 AS place, pg_catalog.format('GRANT %s ON DATABASE %s TO %s', a.privilege_type, ${quoteLiteral(quoteIdentifier(fresh))},
             CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END) AS statement
      FROM pg_catalog.pg_database d, pg_catalog.aclexplode(d.datacl) a WHERE d.datname = ${quoteLiteral(former)} AND a.grantee <> d.datdba
    UNION ALL
    SELECT 0, 'REVOKE ALL ON DATABASE ' || ${quoteLiteral(quoteIdentifier(fresh))} || ' FROM PUBLIC'
      FROM pg_catalog.pg_database d WHERE d.datname = ${quoteLiteral(former)} AND d.datacl IS NOT NULL
    UNION ALL
    SELECT 2, pg_catalog.format(CASE WHEN s.setrole = 0 THEN 'ALTER DATABASE %2$s SET %3$I TO %4$s' ELSE 'ALTER ROLE %1$I IN DATABASE %2$s SET %3$I TO %4$s' END,
             pg_catalog.pg_get_userbyid(s.setrole), ${quoteLiteral(quoteIdentifier(fresh))}, pg_catalog.split_part(c, '=', 1),
             CASE WHEN pg_catalog.split_part(c, '=', 1) = 'search_path' THEN pg_catalog.substr(c, 13) ELSE pg_catalog.quote_literal(pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1)) END)
      FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase, pg_catalog.unnest(s.setconfig) c
     WHERE d.datname = ${quoteLiteral(former)}
    UNION ALL
    SELECT 3, pg_catalog.format('ALTER DATABASE %s OWNER TO %I', ${quoteLiteral(quoteIdentifier(fresh))}, pg_catalog.pg_get_userbyid(d.datdba))
      FROM pg_catalog.pg_database d WHERE d.datname = ${quoteLiteral(former)}
  ) statements ORDER BY place, statement`;
}

/**
 * Gives the new database what the former one gives to its roles: grants on objects that both have, the database's own grants,
 * owner and settings. Returns how many of them could not be given.
 */
export async function carryOver(
  sessions: { readonly beside: ServerTarget; readonly former: ServerTarget; readonly fresh: ServerTarget },
  names: { readonly database: string; readonly fresh: string },
): Promise<number> {
  const { beside, former, fresh } = sessions;
  const grants = (await former.execute(GRANTS)).rows.map(({ statement }) => String(statement));
  const lost = await tryEach(fresh, grants);
  const ofDatabase = (await beside.execute(databaseStatements(names.database, names.fresh))).rows;
  return (
    lost +
    (await tryEach(
      beside,
      ofDatabase.map(({ statement }) => String(statement)),
    ))
  );
}

/** An object that the new database does not have, or a right that the role may not give, is passed over. */
async function tryEach(session: ServerTarget, statements: readonly string[]): Promise<number> {
  let lost = 0;
  for (const statement of statements) {
    try {
      await session.execute(statement);
    } catch (error) {
      if (!(error instanceof TargetStatementError)) throw error;
      lost += 1;
    }
  }
  return lost;
}
