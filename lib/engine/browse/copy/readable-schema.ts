import { statementTarget } from '../../sql-script/statement-target.ts';
import { splitStatements } from '../../sql-script/statements.ts';

/**
 * pre-data.sql without owners, grants and default privileges: whoever looks into a backup is one role that may read what is
 * loaded, and a grant of the source would let it read a table that is empty here. Offsets of the rest do not matter.
 */
export function readableSchema(preData: string): string {
  let kept = '';
  let end = 0;
  for (const statement of splitStatements(preData)) {
    // The gap holds the header of the entry.
    kept += preData.slice(
      statement.gapStart,
      isAboutPrivileges(statement.text) ? statement.start : statement.end,
    );
    end = statement.end;
  }
  return kept + preData.slice(end);
}

function isAboutPrivileges(statement: string): boolean {
  const { verb, objectType, action } = statementTarget(statement);
  return (
    verb === 'GRANT' || verb === 'REVOKE' || objectType === 'DEFAULT PRIVILEGES' || action === 'OWNER TO'
  );
}
