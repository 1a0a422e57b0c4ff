import { readEntries } from './entries.ts';
import { Scanner } from './scanner.ts';
import { headOf, statementTarget, targetOf } from './statement-target.ts';
import { type Statement, splitStatements } from './statements.ts';

/**
 * The first words of all statements that pg_dump writes outside its data section (pg_dump.c, dumputils.c).
 */
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
/** Object types of a cluster. The schema of a database never creates them. */
const OF_CLUSTER: ReadonlySet<string> = new Set(['DATABASE', 'ROLE', 'TABLESPACE', 'USER']);
/** The statements that sql-script/majors/fit-to-major.ts and options/leave-out-options.ts write. */
const OWN =
  /^DO \$fit_*\$ BEGIN IF pg_catalog\.current_setting\('server_version_num'\)|^DO \$option_*\$ BEGIN EXECUTE 'ALTER /;

export interface ForeignStatement {
  /** The line in the script, from 1. */
  readonly line: number;
  /** The first words: `DROP TABLE`. If it does not begin with a word, the character or the kind of token. */
  readonly words: string;
  /**
   * The entry of the dump that holds it, as pg_dump names it: `VIEW public.v`; undefined before the first
   * entry.
   */
  readonly entry: string | undefined;
}

/**
 * Finds statements in pre-data.sql or post-data.sql that pg_dump does not write, such as `DROP TABLE`. Such a
 * statement shows that somebody injected SQL into a definition. An empty result proves nothing, because
 * injected SQL may be a CREATE as well.
 */
export function foreignStatements(script: string): ForeignStatement[] {
  const foreign = splitStatements(script).filter(isForeign);
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

function isForeign(statement: Statement): boolean {
  const { verb, objectType = '' } = headOf(statement);
  if (verb === 'DO' && OWN.test(statement.text)) return false;
  const known = VERBS.has(verb) && !(OF_CLUSTER.has(objectType) && (verb === 'CREATE' || verb === 'ALTER'));
  const mayBeMembership = (verb === 'GRANT' || verb === 'REVOKE') && objectType === '';
  return !known || (mayBeMembership && targetOf(statement).name === undefined);
}

/** Only the words that say what the statement is: the rest may be anything. */
function firstWords(text: string): string {
  const { verb, objectType = '' } = statementTarget(text);
  if (verb !== '') return `${verb} ${objectType}`.trim();
  const scanner = new Scanner(text);
  scanner.nextSignificant();
  const isSign = scanner.kind === 'punctuation' || scanner.kind === 'operator';
  return isSign ? text.slice(scanner.start, scanner.end) : `a ${scanner.kind.replace('-', ' ')}`;
}
