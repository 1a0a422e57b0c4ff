import { statementTarget } from './statement-target.ts';
import { splitStatements } from './statements.ts';

/** Everything that pg_dump begins a statement of a schema with, its data section apart (pg_dump.c, dumputils.c). */
const VERBS: ReadonlySet<string> = new Set([
  'ALTER',
  'COMMENT',
  'CREATE',
  'GRANT',
  'REFRESH',
  'RESET',
  'REVOKE',
  'SECURITY LABEL',
  'SET',
]);
/** Of a cluster, never of a database's schema. */
const OF_CLUSTER: ReadonlySet<string> = new Set(['DATABASE', 'ROLE', 'TABLESPACE', 'USER']);
/** What schema-dump/fit-to-major.ts writes, and options/leave-out-options.ts. */
const OWN =
  /^DO \$fit_*\$ BEGIN IF pg_catalog\.current_setting\('server_version_num'\)|^DO \$option_*\$ BEGIN EXECUTE 'ALTER /;

/**
 * Statements in pre-data.sql or post-data.sql that pg_dump does not write, as `DROP TABLE`: somebody else's words got into a
 * definition. None is no proof, for those words may be a CREATE as well.
 */
export function foreignStatements(script: string): string[] {
  return splitStatements(script).flatMap(({ text }) => {
    const { verb, objectType = '', name } = statementTarget(text);
    if (verb === 'DO' && OWN.test(text)) return [];
    const known = VERBS.has(verb) && !(OF_CLUSTER.has(objectType) && (verb === 'CREATE' || verb === 'ALTER'));
    const isMembership = (verb === 'GRANT' || verb === 'REVOKE') && objectType === '' && name === undefined;
    return known && !isMembership ? [] : [`${verb} ${objectType}`.trim()];
  });
}
