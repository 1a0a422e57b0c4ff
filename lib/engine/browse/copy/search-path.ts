import { holdsOtherBytes } from '../../sql-script/script-text.ts';
import { splitStatements } from '../../sql-script/statements.ts';
import type { Target } from '../../target/target.ts';
import { TargetStatementError } from '../../target/target.ts';

/**
 * Reads the search_path that the source's database gives its sessions, so that `users` means what it means to
 * the application. database.sql sets it here, because only PostgreSQL reads PostgreSQL's lists. Then it is
 * reset, so that it does not come back when the server is restarted.
 */
export async function databaseSearchPath(
  target: Target,
  databaseSql: string,
): Promise<ReadonlyMap<string, string>> {
  const statements = splitStatements(databaseSql).filter(
    ({ text }) => text.includes('SET "search_path"') && !holdsOtherBytes(text),
  );
  if (statements.length === 0) return new Map();
  for (const { text } of statements) {
    // A setting of a role fails, because the role is missing.
    await target.execute(text).catch((error) => {
      if (!(error instanceof TargetStatementError)) throw error;
    });
  }
  const { rows } = await target.execute(`
    SELECT pg_catalog.substr(setting, 13) AS path
      FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) AS setting
     WHERE s.setrole = 0 AND setting LIKE 'search\\_path=%'`);
  await target
    .execute('SELECT pg_catalog.current_database() AS name')
    .then(({ rows: [row] }) =>
      target.execute(`ALTER DATABASE "${row?.name?.replaceAll('"', '""')}" RESET ALL`),
    );
  const [found] = rows;
  return found?.path == null ? new Map() : new Map([['search_path', found.path]]);
}
