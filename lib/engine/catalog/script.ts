import { quoteLiteral } from '../ground/sql.ts';

/** Text for a `--` comment: a line feed in a name would end it, and what follows would be run. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}

/** `DO` with a body, in dollar quotes that do not occur in it. */
export function doBlock(body: string): string {
  let tag = '$lifeboat$';
  for (let number = 1; body.includes(tag); number += 1) tag = `$lifeboat${number}$`;
  return `DO ${tag}\n${body}\n${tag};`;
}

/**
 * A statement that may need a superuser, or a parameter or value that another version does not have (19 knows no
 * `standard_conforming_strings = off`): refused for that reason, it is
 * told in a warning that starts with `about`, and the script goes on.
 */
export function tolerated(about: string, statement: string): string {
  return `BEGIN
  ${statement};
EXCEPTION WHEN insufficient_privilege OR undefined_object OR invalid_parameter_value OR feature_not_supported THEN
  RAISE WARNING '%: %', ${quoteLiteral(oneLine(about))}, SQLERRM;
END`;
}

/**
 * `EXECUTE` of a statement about the database one is connected to, whose name the file does not know: a restore may go to
 * another one.
 */
export function aboutThisDatabase(before: string, after: string): string {
  return `EXECUTE ${quoteLiteral(`${before} `)} || pg_catalog.quote_ident(pg_catalog.current_database()) || ${quoteLiteral(` ${after}`)}`;
}
