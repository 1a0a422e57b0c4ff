import { splitStatements } from '../../sql-script/statements.ts';
import type { BackupToRestore } from '../archived/read-backup.ts';
import type { RestoreScope } from '../archived/restore-scope.ts';
import { renameRoleInString } from './rename-role-in-string.ts';

/** Whether the database has more of its own than an owner. */
export function hasSettings({ databaseSql }: Pick<BackupToRestore, 'databaseSql'>): boolean {
  return databaseStatements({ databaseSql }, { noOwner: true }).length > 0;
}

/** The statements of database.sql that are to be applied, as the body of a PL/pgSQL block has them. */
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

/** As source/catalog/script.ts writes them: psql warns of what is refused, and goes on. Here it is told in the report. */
const TOLERATED = /^DO (?:\$\w+\$)\nBEGIN\n {2}(EXECUTE '[\s\S]*);\nEXCEPTION WHEN [^;]*? THEN\n/;
const GIVES_OWNER = /^EXECUTE 'ALTER DATABASE ' [\s\S]* ' OWNER TO "/;
const CHANGES_GRANTS = /^EXECUTE '(GRANT|REVOKE) /;

/** Only where a statement names a role, and not in the value of a setting or a comment. */
function forRoles(statement: string, mapRoles: Readonly<Record<string, string>>): string {
  const rename = (before: string) => renameRoleInString(statement, before, mapRoles);
  if (GIVES_OWNER.test(statement)) return rename("' OWNER TO ");
  if (statement.startsWith("EXECUTE 'ALTER ROLE ")) return rename("EXECUTE 'ALTER ROLE ");
  if (statement.startsWith("EXECUTE 'REVOKE ")) return rename("' FROM PUBLIC, ");
  return CHANGES_GRANTS.test(statement) ? rename("' TO ") : statement;
}
