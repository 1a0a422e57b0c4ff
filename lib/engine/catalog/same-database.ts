import type { DatabaseFacts } from './database.ts';

/** What a backup knows of the database that it was taken from. */
export interface BackedUpDatabase {
  readonly database: string;
  readonly systemIdentifier: string | null;
  readonly databaseOid?: number | undefined;
}

/**
 * Whether a backup was taken of this database. The identifier of the cluster and the database's OID tell,
 * whatever the database is called by now; where the host hides the identifier, the name must do.
 */
export function isSameDatabase(of: BackedUpDatabase, facts: DatabaseFacts): boolean {
  if (of.systemIdentifier !== null && facts.systemIdentifier !== null) {
    if (of.systemIdentifier !== facts.systemIdentifier) return false;
    if (of.databaseOid !== undefined) return of.databaseOid === facts.databaseOid;
  }
  return of.database === facts.database;
}
