import { splitStatements } from '../../sql-script/statements.ts';
import type { BackupToRestore } from '../archived/read-backup.ts';
import type { RestoreScope } from '../archived/restore-scope.ts';
import { renameRoleInString } from './rename-role-in-string.ts';

/** Whether the database has settings, grants or a comment of its own, besides an owner. */
export function hasSettings({ databaseSql }: Pick<BackupToRestore, 'databaseSql'>): boolean {
  return databaseStatements({ databaseSql }, { noOwner: true }).length > 0;
}

/** The statements of database.sql to apply, as they stand in the body of a PL/pgSQL block. */
export function databaseStatements(
  { databaseSql }: Pick<BackupToRestore, 'databaseSql'>,
  { noOwner, noPrivileges, mapRoles = {} }: RestoreScope,
): string[] {
  return splitStatements(databaseSql)
    .flatMap(({ text }) => TOLERATED.exec(text)?.[1] ?? [])
    .filter((statement) => !(noOwner && GIVES_OWNER.test(statement)))
    .filter((statement) => !(noPrivileges && CHANGES_GRANTS.test(statement)))
    .map((statement) => forRoles(statement, mapRoles));
}

/**
 * A block as catalog/script.ts writes it, so that psql warns of a refused statement and goes on. A
 * restore names it in the report instead.
 */
const TOLERATED = /^DO (?:\$\w+\$)\nBEGIN\n {2}(EXECUTE '[\s\S]*);\nEXCEPTION WHEN [^;]*? THEN\n/;
const GIVES_OWNER = /^EXECUTE 'ALTER DATABASE ' [\s\S]* ' OWNER TO "/;
const CHANGES_GRANTS = /^EXECUTE '(GRANT|REVOKE) /;

/** Renames roles only where a statement names a role, not in the value of a setting or in a comment. */
function forRoles(statement: string, mapRoles: Readonly<Record<string, string>>): string {
  const rename = (before: string) => renameRoleInString(statement, before, mapRoles);
  if (GIVES_OWNER.test(statement)) return rename("' OWNER TO ");
  if (statement.startsWith("EXECUTE 'ALTER ROLE ")) return rename("EXECUTE 'ALTER ROLE ");
  if (statement.startsWith("EXECUTE 'REVOKE ")) return rename("' FROM PUBLIC, ");
  return CHANGES_GRANTS.test(statement) ? rename("' TO ") : statement;
}
