import { quoteLiteral } from '../ground/sql.ts';

/**
 * Text for a `--` comment, in one line: a line feed in a name would end the comment, and the rest would run
 * as SQL.
 */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}

/** A `DO` statement. Its dollar quotes do not occur in the body. */
export function doBlock(body: string): string {
  let tag = '$lifeboat$';
  for (let number = 1; body.includes(tag); number += 1) tag = `$lifeboat${number}$`;
  return `DO ${tag}\n${body}\n${tag};`;
}

/**
 * A block for a statement that may need a superuser, or a parameter or value that another version does not
 * have (19 does not accept `standard_conforming_strings = off`). If the server refuses it for such a reason,
 * the block raises a warning that starts with `about`, and the script goes on.
 */
export function tolerated(about: string, statement: string): string {
  return `BEGIN
  ${statement};
EXCEPTION WHEN insufficient_privilege OR undefined_object OR invalid_parameter_value OR feature_not_supported THEN
  RAISE WARNING '%: %', ${quoteLiteral(oneLine(about))}, SQLERRM;
END`;
}

/**
 * An `EXECUTE` of a statement about the current database. The file does not contain its name, because a
 * restore may go into a database with another name.
 */
export function aboutThisDatabase(before: string, after: string): string {
  return `EXECUTE ${quoteLiteral(`${before} `)} || pg_catalog.quote_ident(pg_catalog.current_database()) || ${quoteLiteral(` ${after}`)}`;
}
