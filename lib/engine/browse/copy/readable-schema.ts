import { statementTarget } from '../../sql-script/statement-target.ts';
import { splitStatements } from '../../sql-script/statements.ts';

/**
 * Removes owners, grants and default privileges from pre-data.sql. All clients are one role, which may read
 * the loaded tables; a grant of the source would let it read a table that is still empty. Offsets of the rest
 * do not matter.
 */
export function readableSchema(preData: string): string {
  let kept = '';
  let end = 0;
  for (const statement of splitStatements(preData)) {
    // The gap before a statement holds the header of its entry.
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
