import type { Manifest } from '../archive/manifest.ts';
import { readDatabaseFacts } from '../catalog/database.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { gathered } from '../connection/query-rows.ts';
import { isSameDatabase } from '../connection/same-database.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { Masks } from '../masking/rules/masks-file.ts';
import type { ServerTarget } from '../target/server/open-server-target.ts';

/** Words that people call a production database or its host by. */
const PRODUCTION = /(?:^|[^a-z])(?:prod|prd|production|live|primary)(?:[^a-z]|$)/i;

/** Refuses a target by its address: the source, one that is called production, one that the masks are not for. */
export function refuseAddress(
  settings: ConnectionSettings,
  source: ConnectionSettings | undefined,
  { targets }: Masks,
): void {
  const { host, database, display } = settings;
  if (source && isSameDatabase(settings, source)) throw isSource(display);
  const names = [database, `${host}/${database}`];
  if (targets) {
    if (targets.some((one) => names.includes(one))) return;
    throw refusal(
      'refresh-target-not-listed',
      `The masks file is for ${targets.join(', ')}, and not for ${host}/${database}.`,
      'Check the target. If it is right, add it to "targets" of the masks file.',
    );
  }
  if (!PRODUCTION.test(database) && !PRODUCTION.test(host)) return;
  throw refusal(
    'refresh-target-is-production',
    `${display} is called like a production database.`,
    `Check the target. If it is staging all the same, add "targets": ["${host}/${database}"] to the masks file.`,
  );
}

/** Refuses the database that the backup is of, under whatever address. */
export async function refuseSource(session: ServerTarget, { server }: Manifest): Promise<void> {
  const facts = await readDatabaseFacts(gathered(session.queryAll));
  const isSameServer = facts.systemIdentifier !== null && facts.systemIdentifier === server.systemIdentifier;
  if (isSameServer && (facts.databaseOid === server.databaseOid || facts.database === server.database))
    throw isSource(session.display);
}

function isSource(display: string): LifeboatError {
  return refusal(
    'target-is-source',
    `${display} is the source itself: the backup is of this database.`,
    'Name the staging database with --to or LIFEBOAT_STAGING_URL.',
  );
}

function refusal(code: string, what: string, remedy: string): LifeboatError {
  return new LifeboatError({ code, kind: 'target', what, meaning: 'Nothing was changed.', remedy });
}
