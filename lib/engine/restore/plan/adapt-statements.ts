import { quoteLiteral } from '../../ground/sql.ts';
import { statementTarget } from '../../sql-script/statement-target.ts';
import { nameMentions } from '../archived/name-mentions.ts';
import { replaceParts } from '../archived/replace-parts.ts';
import type { RestoreScope } from '../archived/restore-scope.ts';
import type { ChosenEntry } from './choose-entries.ts';
import { renameRoles } from './rename-roles.ts';

export interface Adaptation extends Pick<RestoreScope, 'noOwner' | 'mapRoles'> {
  /** Relations that are first created under another name, by their keys: see staging.ts. */
  readonly renamed?: ReadonlyMap<string, string>;
  /** Whether functions that the target already has are replaced. */
  readonly replaceRoutines?: boolean;
}

/** An entry's statements as they are sent: if asked for, without owners, for other roles or other names. */
export function adaptStatements(
  { statements }: Pick<ChosenEntry, 'statements'>,
  adaptation: Adaptation,
): string[] {
  const { noOwner, mapRoles, renamed, replaceRoutines } = adaptation;
  return statements
    .filter((statement) => !noOwner || !givesOwner(statement))
    .map((statement) => (mapRoles ? renameRoles(statement, mapRoles) : statement))
    .map((statement) => (renamed ? renameRelations(statement, renamed) : statement))
    .map((statement) => (replaceRoutines ? replacingRoutine(statement) : statement));
}

function givesOwner(statement: string): boolean {
  return statementTarget(statement).action === 'OWNER TO';
}

function renameRelations(statement: string, renamed: ReadonlyMap<string, string>): string {
  const parts = nameMentions(statement).flatMap(({ key, start, end, inString }) => {
    const other = renamed.get(key);
    return other === undefined ? [] : [{ start, end, text: inString ? quoteLiteral(other) : other }];
  });
  return replaceParts(statement, parts);
}

function replacingRoutine(statement: string): string {
  return statement.replace(/^CREATE (?=(?:FUNCTION|PROCEDURE|AGGREGATE) )/, 'CREATE OR REPLACE ');
}
