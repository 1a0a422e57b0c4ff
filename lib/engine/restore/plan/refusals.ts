import type { ConnectionSettings } from '../../connection/connection-settings.ts';
import { majorOf } from '../../connection/server-major.ts';
import { LifeboatError } from '../../ground/errors.ts';
import type { BackupToRestore } from '../archived/read-backup.ts';
import type { RestoreScope } from '../archived/restore-scope.ts';
import { LEDGER_SCHEMA, type LedgerHead } from '../target/ledger.ts';
import type { TargetFacts } from '../target/look-at-target.ts';

/** What the person who restores has said yes to. */
export interface Consent {
  readonly intoExisting?: boolean | undefined;
  readonly intoSource?: boolean | undefined;
  readonly unproven?: boolean | undefined;
  readonly resume?: boolean | undefined;
}

/** Refuses a backup that nobody has restored yet, unless told. */
export function refuseUnproven({ name, proof }: BackupToRestore, { unproven, resume }: Consent): void {
  if (proof || unproven || resume) return;
  throw new LifeboatError({
    code: 'restore-unproven',
    kind: 'usage',
    what: `No drill has proven ${name}.`,
    meaning: 'It is whole as far as its manifest says, but nobody has restored it yet.',
    remedy: `Choose one that \`lifeboat list\` calls proven, run \`lifeboat drill ${name}\` first, or add --unproven.`,
  });
}

/** Refuses what no consent can mend: a target that cannot hold this backup at all. */
export function refuseUnfit({ manifest }: BackupToRestore, target: TargetFacts, scope: RestoreScope): void {
  const { server } = manifest;
  if (target.standby) {
    throw refusal('target-read-only', `${target.display} is a standby.`, 'Name its primary.', {
      meaning: 'Nothing can be written there.',
    });
  }
  if (majorOf(target) < majorOf(server) && scope.content !== 'data') {
    throw refusal(
      'target-too-old',
      `${target.display} is PostgreSQL ${target.version}, and the backup comes from ${server.version}.`,
      `Use a server of PostgreSQL ${majorOf(server)} or newer; rows alone go into existing tables of an older one by --data-only.`,
      { meaning: 'An older server does not understand everything that a newer one writes.' },
    );
  }
  if (!target.takesEncoding) {
    throw refusal(
      'target-encoding-unfit',
      `${target.display} is in ${target.encoding}, and PostgreSQL cannot convert ${server.encoding} into that.`,
      `Create a database with ENCODING '${server.encoding}' TEMPLATE template0, or in UTF8.`,
    );
  }
  if (target.missingExtensions !== undefined && scope.content !== 'data') {
    throw refusal(
      'target-extensions-missing',
      `The server of ${target.display} does not have extensions that the backup needs: ${target.missingExtensions}.`,
      'Install them on that server first (CREATE EXTENSION itself is part of the restore), or restore to another one.',
      { meaning: 'What depends on them could not be made.' },
    );
  }
}

/** Refuses to write where something is, unless told: the source above all. */
export function refuseOccupied(
  { manifest, name }: BackupToRestore,
  target: TargetFacts,
  consent: Consent,
  settings: ConnectionSettings,
  source: ConnectionSettings | undefined,
): void {
  if (target.unfinished && !consent.resume) throw unfinished(target, target.unfinished);
  if (consent.resume && !target.unfinished) {
    throw refusal(
      'restore-nothing-to-resume',
      `No unfinished restore is in ${target.display}.`,
      'Leave out --resume to begin one.',
    );
  }
  if (consent.resume || target.holds === undefined) return;
  const isSource =
    sameDatabase(settings, source) ||
    (target.systemIdentifier !== null &&
      target.systemIdentifier === manifest.server.systemIdentifier &&
      // One that was renamed, and one that took its place.
      (target.databaseOid === manifest.server.databaseOid || target.database === manifest.server.database));
  if (isSource && !consent.intoSource) {
    throw refusal(
      'target-is-source',
      `${target.display} is the source itself: the database that ${name} was taken of.`,
      'Restore into another database and look at it first. One table can stand beside what is there: --table users --as users_then --into-source. To overwrite what is there all the same, --into-source alone.',
      { meaning: 'A restore would overwrite what is there now.' },
    );
  }
  if (!consent.intoExisting && !consent.intoSource) {
    throw refusal(
      'target-not-empty',
      `The database ${target.database} is not empty. It holds, among others: ${target.holds}.`,
      'Create an empty database and name that one, or add --into-existing: what is there is then backed up first.',
      { meaning: 'Nothing was changed.' },
    );
  }
}

function unfinished(
  { display, database }: TargetFacts,
  { backup, startedAt, intoExisting }: LedgerHead,
): LifeboatError {
  const orElse = intoExisting
    ? `Or leave it at what it has done, and forget it: DROP SCHEMA ${LEDGER_SCHEMA} CASCADE in that database.`
    : `Or begin anew: drop the database ${database} and create it again (only DROP SCHEMA ${LEDGER_SCHEMA} CASCADE, if something else in it is to stay).`;
  return refusal(
    'restore-unfinished',
    `A restore of ${backup} was begun in ${display} at ${startedAt} and has not ended.`,
    `Go on with it by --resume. ${orElse}`,
    { meaning: 'It is running still, or it was cut, or something in it failed.' },
  );
}

export function refuseOwners(notPermitted: readonly string[], { role, display }: TargetFacts): void {
  if (notPermitted.length === 0) return;
  throw refusal(
    'target-owners-not-permitted',
    `The role ${role.name} may not give anything to ${listed(notPermitted)} in ${display}.`,
    'Add --no-owner (then everything is yours), --map-role old=new, or restore as a superuser.',
    {
      meaning:
        'Objects of the backup belong to those roles; only a superuser, or a member of them, can give them away.',
    },
  );
}

export function refuseMissingRoles(missing: readonly string[], { role, display }: TargetFacts): void {
  if (missing.length === 0 || role.mayCreateRoles) return;
  throw refusal(
    'target-roles-missing',
    `The server of ${display} does not have the roles ${listed(missing)}, and ${role.name} may not create any.`,
    'Have them created (CREATE ROLE …), or add --no-owner --no-privileges, or --map-role old=new.',
  );
}

function sameDatabase(target: ConnectionSettings, source: ConnectionSettings | undefined): boolean {
  return (
    source !== undefined &&
    target.host === source.host &&
    target.port === source.port &&
    target.database === source.database
  );
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ');
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}

export function refusal(
  code: string,
  what: string,
  remedy: string,
  { meaning }: { readonly meaning?: string } = {},
): LifeboatError {
  return new LifeboatError({
    code,
    kind: 'target',
    what,
    remedy,
    ...(meaning === undefined ? {} : { meaning }),
  });
}
