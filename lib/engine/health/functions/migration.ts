import { quoteIdentifier, quoteLiteral } from '../../ground/sql.ts';
import { FUNCTIONS_SCHEMA, FUNCTIONS_VERSION, HEALTH_FUNCTIONS } from './function-sql.ts';

/** What the comment of the schema begins with, by which Lifeboat knows it. */
export const MARK = 'Health functions of pg-lifeboat, version ';

/** What the comment of each function begins with: the schema may hold functions of somebody else. */
const MARK_OF_FUNCTIONS = 'pg-lifeboat: ';

/** Who may call the functions unless somebody else is named. */
export const USUAL_ROLE = 'pg_monitor';

/**
 * Makes the functions, or renews those of an older version. It drops only functions of its own that this version no longer
 * has, or has with other columns; what still uses one makes it fail, and nothing is changed. Runs in one transaction.
 */
export function installSql(roles: readonly string[]): string {
  const to = roles.map(quoteIdentifier).join(', ');
  const signatures = HEALTH_FUNCTIONS.map(({ signature }) => `${FUNCTIONS_SCHEMA}.${signature}`);
  return [
    'BEGIN;',
    'SET LOCAL search_path = pg_catalog, pg_temp;',
    "SET LOCAL lock_timeout = '5s';",
    `DO $lifeboat$
BEGIN
  IF pg_catalog.to_regnamespace(${quoteLiteral(FUNCTIONS_SCHEMA)}) IS NULL THEN
    CREATE SCHEMA ${FUNCTIONS_SCHEMA};
  ELSE
    ${REFUSE_OTHERS}
    ${REFUSE_OWNERS}
    IF COALESCE(pg_catalog.substring(${COMMENT}, '\\d+$')::int, 0) > ${FUNCTIONS_VERSION} THEN
      RAISE object_not_in_prerequisite_state USING MESSAGE = 'a newer Lifeboat has installed the functions of ${FUNCTIONS_SCHEMA}',
        HINT = 'Use that Lifeboat, or remove them first.';
    END IF;
  END IF;
END $lifeboat$;`,
    `COMMENT ON SCHEMA ${FUNCTIONS_SCHEMA} IS '${MARK}${FUNCTIONS_VERSION}';`,
    dropSql(HEALTH_FUNCTIONS.map(({ signature, create }) => `${signature} ${returnsOf(create)}`)),
    ...HEALTH_FUNCTIONS.map(({ create }) => create),
    ...HEALTH_FUNCTIONS.map(
      ({ signature, about }) =>
        `COMMENT ON FUNCTION ${FUNCTIONS_SCHEMA}.${signature} IS ${quoteLiteral(`${MARK_OF_FUNCTIONS}${about}`)};`,
    ),
    REVOKE_ALL,
    `GRANT USAGE ON SCHEMA ${FUNCTIONS_SCHEMA} TO ${to};`,
    `GRANT EXECUTE ON FUNCTION ${signatures.join(', ')} TO ${to};`,
    'COMMIT;',
    '',
  ].join('\n');
}

/** Leaves nothing of it. Refuses a schema that Lifeboat has not made, or in which something else lies. */
export function removeSql(): string {
  return [
    'BEGIN;',
    'SET LOCAL search_path = pg_catalog, pg_temp;',
    "SET LOCAL lock_timeout = '5s';",
    `DO $lifeboat$
BEGIN
  IF pg_catalog.to_regnamespace(${quoteLiteral(FUNCTIONS_SCHEMA)}) IS NULL THEN RETURN; END IF;
  ${REFUSE_OTHERS}
END $lifeboat$;`,
    dropSql([]),
    `DROP SCHEMA IF EXISTS ${FUNCTIONS_SCHEMA} RESTRICT;`,
    'COMMIT;',
    '',
  ].join('\n');
}

const COMMENT = `pg_catalog.obj_description(pg_catalog.to_regnamespace(${quoteLiteral(FUNCTIONS_SCHEMA)})::oid, 'pg_namespace')`;

const REFUSE_OTHERS = `IF COALESCE(${COMMENT}, '') NOT LIKE ${quoteLiteral(`${MARK}%`)} THEN
      RAISE duplicate_schema USING MESSAGE = 'the schema ${FUNCTIONS_SCHEMA} was not made by Lifeboat',
        HINT = 'Rename it: Lifeboat changes nothing in a schema of somebody else.';
    END IF;`;

/** Who owns a function can change later what it does to those who call it. */
const REFUSE_OWNERS = `IF EXISTS (
      SELECT FROM pg_catalog.pg_roles r WHERE r.rolname <> CURRENT_USER AND (
        r.oid IN (SELECT n.nspowner FROM pg_catalog.pg_namespace n WHERE n.nspname = ${quoteLiteral(FUNCTIONS_SCHEMA)})
        OR r.oid IN (SELECT p.proowner FROM pg_catalog.pg_proc p WHERE p.pronamespace = pg_catalog.to_regnamespace(${quoteLiteral(FUNCTIONS_SCHEMA)})))) THEN
      RAISE insufficient_privilege USING MESSAGE = 'the schema ${FUNCTIONS_SCHEMA}, or a function in it, belongs to another role',
        HINT = 'Install as the role that owns all of it, or let its owner remove it first.';
    END IF;`;

/** The columns that a function returns, as the server prints them: its arguments that are OUT or TABLE, or its type. */
function returnsOf(create: string): string {
  return /RETURNS (.*)/.exec(create)?.[1] ?? '';
}

/** Drops the functions of the schema, but not those that are to stay as they are: `signature returns`. */
function dropSql(staying: readonly string[]): string {
  const stay =
    staying.length === 0 ? "'{}'::text[]" : `ARRAY[${staying.map(quoteLiteral).join(', ')}]::text[]`;
  return `DO $lifeboat$
DECLARE f record;
BEGIN
  FOR f IN
    SELECT p.oid::pg_catalog.regprocedure AS name FROM pg_catalog.pg_proc p
     WHERE p.pronamespace = pg_catalog.to_regnamespace(${quoteLiteral(FUNCTIONS_SCHEMA)})
       AND pg_catalog.obj_description(p.oid, 'pg_proc') LIKE '${MARK_OF_FUNCTIONS}%'
       AND NOT pg_catalog.format('%s(%s) %s', p.proname, pg_catalog.oidvectortypes(p.proargtypes),
             pg_catalog.replace(pg_catalog.pg_get_function_result(p.oid), 'TABLE(', 'TABLE (')) = ANY (${stay})
  LOOP
    EXECUTE pg_catalog.format('DROP FUNCTION %s RESTRICT', f.name);
  END LOOP;
END $lifeboat$;`;
}

/** PUBLIC, and whomever default privileges of the database have granted something. */
const REVOKE_ALL = `DO $lifeboat$
DECLARE g record;
BEGIN
  FOR g IN
    SELECT DISTINCT x.grantee FROM (
      SELECT p.proowner AS owner, pg_catalog.aclexplode(COALESCE(p.proacl, pg_catalog.acldefault('f', p.proowner))) AS a FROM pg_catalog.pg_proc p
       WHERE p.pronamespace = pg_catalog.to_regnamespace(${quoteLiteral(FUNCTIONS_SCHEMA)})
      UNION ALL
      SELECT n.nspowner, pg_catalog.aclexplode(COALESCE(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) FROM pg_catalog.pg_namespace n
       WHERE n.nspname = ${quoteLiteral(FUNCTIONS_SCHEMA)}) t CROSS JOIN LATERAL (SELECT (t.a).grantee AS grantee) x
     WHERE x.grantee <> t.owner
  LOOP
    EXECUTE pg_catalog.format('REVOKE ALL ON SCHEMA ${FUNCTIONS_SCHEMA} FROM %1$s; REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ${FUNCTIONS_SCHEMA} FROM %1$s',
      CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) END);
  END LOOP;
END $lifeboat$;`;
