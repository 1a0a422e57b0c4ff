import { PG_DUMP_MAJOR } from '../../connection/check-version.ts';

/**
 * The version that pg_dump is told for a newer server: its own. It would refuse the real version, and only
 * compares the number (pg_dump.c, setup_connection). Empty if the server is not newer.
 */
export function versionForPgDump(serverVersion: string | undefined): ReadonlyMap<string, string> {
  const major = Number.parseInt(serverVersion ?? '', 10);
  return major > PG_DUMP_MAJOR ? new Map([['server_version', `${PG_DUMP_MAJOR}.0`]]) : new Map();
}

/** pg_dump's comment about the versions, with the version that the server really reported. */
export function withReportedVersion(versions: string, serverVersion: string | undefined): string {
  if (serverVersion === undefined || versionForPgDump(serverVersion).size === 0) return versions;
  return versions.replace(/^(-- Dumped from database version ).*/, (_, words) => `${words}${serverVersion}`);
}
