import { quoteLiteral } from '../ground/sql.ts';

/** The schema in a target in which a restore keeps what it has done. It is dropped when all is done. */
export const LEDGER_SCHEMA = 'lifeboat_restore';

/**
 * The schema in which tables that get another name, or that take the place of existing ones, are first created
 * under their own names; with a number behind it for further schemas.
 */
export const STAGING_SCHEMA = 'lifeboat_staging';

/** How the comments begin that mark both: a schema of that name without such a comment is the user's own. */
export const OWN_MARK = 'What an unfinished restore by Lifeboat has ';

/** SQL condition: a namespace `n` has the name and the mark of a schema that an unfinished restore made. */
export const IS_OWN_SCHEMA = `(n.nspname = ${quoteLiteral(LEDGER_SCHEMA)} OR n.nspname ~ ${quoteLiteral(`^${STAGING_SCHEMA}(_[0-9]+)?$`)})
  AND pg_catalog.left(pg_catalog.obj_description(n.oid, 'pg_namespace'), ${OWN_MARK.length}) = ${quoteLiteral(OWN_MARK)}`;

export const OWN_SCHEMAS = `SELECT n.oid::text AS oid, n.nspname AS name FROM pg_catalog.pg_namespace n WHERE ${IS_OWN_SCHEMA} ORDER BY 2`;
