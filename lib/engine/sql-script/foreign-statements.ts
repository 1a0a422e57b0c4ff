import { readEntries } from './entries.ts';
import { Scanner } from './scanner.ts';
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

export interface ForeignStatement {
  /** Of the script, from 1. */
  readonly line: number;
  /** What it begins with: `DROP TABLE`; where it begins with no word, the sign or the kind of token. */
  readonly words: string;
  /** The entry of the dump that it stands in, as pg_dump calls it: `VIEW public.v`; undefined before the first entry. */
  readonly entry: string | undefined;
}

/**
 * Statements in pre-data.sql or post-data.sql that pg_dump does not write, as `DROP TABLE`: somebody else's words got into a
 * definition. None is no proof, for those words may be a CREATE as well.
 */
export function foreignStatements(script: string): ForeignStatement[] {
  const foreign = splitStatements(script).filter(({ text }) => isForeign(text));
  if (foreign.length === 0) return [];
  const { entries } = readEntries(script);
  return foreign.map(({ start, text }) => {
    const entry = entries.findLast((one) => one.start <= start);
    return {
      line: script.slice(0, start).split('\n').length,
      words: firstWords(text),
      entry: entry && `${entry.type} ${entry.schema === undefined ? '' : `${entry.schema}.`}${entry.name}`,
    };
  });
}

function isForeign(text: string): boolean {
  const { verb, objectType = '', name } = statementTarget(text);
  if (verb === 'DO' && OWN.test(text)) return false;
  const known = VERBS.has(verb) && !(OF_CLUSTER.has(objectType) && (verb === 'CREATE' || verb === 'ALTER'));
  const isMembership = (verb === 'GRANT' || verb === 'REVOKE') && objectType === '' && name === undefined;
  return !known || isMembership;
}

/** Never more of it than says what it is: the rest may be anything. */
function firstWords(text: string): string {
  const { verb, objectType = '' } = statementTarget(text);
  if (verb !== '') return `${verb} ${objectType}`.trim();
  const scanner = new Scanner(text);
  scanner.nextSignificant();
  const isSign = scanner.kind === 'punctuation' || scanner.kind === 'operator';
  return isSign ? text.slice(scanner.start, scanner.end) : `a ${scanner.kind.replace('-', ' ')}`;
}
