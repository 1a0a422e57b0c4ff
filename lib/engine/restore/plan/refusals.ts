import { LEDGER_SCHEMA } from '../../catalog/own-schemas.ts';
import type { ConnectionSettings } from '../../connection/connection-settings.ts';
import { isSameDatabase } from '../../connection/same-database.ts';
import { majorOf } from '../../connection/server-major.ts';
import { LifeboatError } from '../../ground/errors.ts';
import type { BackupToRestore } from '../archived/read-backup.ts';
import type { RestoreScope } from '../archived/restore-scope.ts';
import type { LedgerHead } from '../target/ledger.ts';
import type { TargetFacts } from '../target/look-at-target.ts';
import type { Staging } from './restore-plan.ts';

/** The risks to which the person who restores has agreed. */
export interface Consent {
  readonly intoExisting?: boolean | undefined;
  readonly intoSource?: boolean | undefined;
  readonly unproven?: boolean | undefined;
  readonly resume?: boolean | undefined;
  /** Undoes what protects the replaced tables and came after the backup: policies, row security, revoked grants. */
  readonly discardNewer?: boolean | undefined;
}

/** Refuses a backup that nobody has restored yet, unless `unproven` or `resume` is set. */
export function refuseUnproven({ name, proof }: BackupToRestore, { unproven, resume }: Consent): void {
  if (proof || unproven || resume) return;
  throw new LifeboatError({
    code: 'restore-unproven',
    kind: 'usage',
    what: `No drill has proven ${name}.`,
    meaning: 'Its manifest is in order, but nobody has restored it yet.',
    remedy: `Choose a backup that \`lifeboat list\` calls proven, run \`lifeboat drill ${name}\` first, or add --unproven.`,
  });
}

/**
 * Refuses a target that somebody made read-only on purpose: before a move to another server, or to keep it as it is. A
 * restore that goes on began before that, or has set it itself as one of the database's settings.
 */
export function refuseReadOnly({ readOnlyDefault, display }: TargetFacts, { resume }: Consent): void {
  if (readOnlyDefault.length === 0 || resume) return;
  throw refusal(
    'target-read-only',
    `${display} is read-only by default: default_transaction_read_only is on for ${readOnlyDefault.map(({ of }) => of).join(' and ')}.`,
    `If it may be written to again: \`${readOnlyDefault.map(({ remedy }) => remedy).join(' ')}\`. For this restore alone, add ?options=-c%20default_transaction_read_only%3Doff to the target's URL.`,
    { meaning: 'Somebody wanted that nobody writes to it. Nothing was changed.' },
  );
}

/** Refuses a target that cannot hold this backup at all, whatever the person consents to. */
export function refuseUnfit({ manifest }: BackupToRestore, target: TargetFacts, scope: RestoreScope): void {
  const { server } = manifest;
  if (target.standby) {
    throw refusal('target-read-only', `${target.display} is a standby.`, 'Name its primary.', {
      meaning: 'A standby cannot be written to.',
    });
  }
  if (majorOf(target) < majorOf(server) && scope.content !== 'data') {
    throw refusal(
      'target-too-old',
      `${target.display} is PostgreSQL ${target.version}, and the backup comes from ${server.version}.`,
      `Use a server of PostgreSQL ${majorOf(server)} or newer. --data-only loads the rows alone into existing tables of an older server.`,
      { meaning: 'An older server does not understand everything that a newer one writes.' },
    );
  }
  if (!target.takesEncoding) {
    throw refusal(
      'target-encoding-unfit',
      `${target.display} is encoded in ${target.encoding}, and PostgreSQL cannot convert ${server.encoding} into that.`,
      `Create a database with \`ENCODING '${server.encoding}' TEMPLATE template0\`, or in UTF8.`,
    );
  }
  if (target.missingExtensions !== undefined && scope.content !== 'data') {
    throw refusal(
      'target-extensions-missing',
      `The server of ${target.display} does not have extensions that the backup needs: ${target.missingExtensions}.`,
      'Install them on that server first (CREATE EXTENSION itself is part of the restore), or restore to another one.',
      { meaning: 'Objects that depend on them could not be created.' },
    );
  }
}

/** Refuses a target that is not empty, and above all the source, unless the person has consented. */
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
      `${target.display} has no unfinished restore.`,
      'Leave out --resume to begin one.',
    );
  }
  if (consent.resume || target.holds === undefined) return;
  if (isSourceOf(manifest, target, settings, source) && !consent.intoSource) {
    throw refusal(
      'target-is-source',
      `${target.display} is the source itself: ${name} is a backup of this database.`,
      'Restore into another database and look at it first. To put one table beside the existing ones: --table users --as users_then --into-source. To overwrite the source all the same: --into-source alone.',
      { meaning: 'A restore would overwrite its present content.' },
    );
  }
  if (!consent.intoExisting && !consent.intoSource) {
    throw refusal(
      'target-not-empty',
      `The database ${target.database} is not empty. It holds, among others: ${target.holds}.`,
      'Create an empty database and name that one, or add --into-existing, which backs up the present content first.',
      { meaning: 'Nothing was changed.' },
    );
  }
}

/** Refuses to begin where an earlier restore left what it had made beside, or where somebody has such a schema. */
export function refuseStaged(staging: Staging, { stagingThere, display }: TargetFacts): void {
  const schemas = [...new Set(staging.values())].filter((name) => stagingThere.has(name));
  const [first] = schemas;
  if (first === undefined) return;
  const others = schemas.filter((name) => !stagingThere.get(name));
  if (others.length === 0) {
    throw refusal(
      'restore-staging-left',
      `${display} has a schema ${schemas.join(', ')} with what an earlier restore loaded and did not put in its place.`,
      `Nobody uses it. Drop it, and run the command again: \`DROP SCHEMA ${schemas.join(', ')} CASCADE\``,
      { meaning: 'Nothing was changed.' },
    );
  }
  throw refusal(
    'restore-staging-left',
    `${display} has a schema ${others.join(', ')}, a name that this restore needs. It does not have the mark of a restore, so it may be yours.`,
    `Look into it. If you need it, rename it (\`ALTER SCHEMA ${others[0]} RENAME TO …\`); else drop it.`,
    { meaning: 'Nothing was changed.' },
  );
}

function unfinished(
  { display, database }: TargetFacts,
  { backup, startedAt, intoExisting, staging = [] }: LedgerHead,
): LifeboatError {
  const schemas = [LEDGER_SCHEMA, ...staging].join(', ');
  const orElse = intoExisting
    ? `Or keep what it has done and give it up: \`DROP SCHEMA ${schemas} CASCADE\` in that database.`
    : `Or start again: drop the database ${database} and create it again. If it holds something that must stay, use \`DROP SCHEMA ${LEDGER_SCHEMA} CASCADE\` in it instead.`;
  return refusal(
    'restore-unfinished',
    `A restore of ${backup} into ${display} began at ${startedAt} and has not ended.`,
    `Continue it with --resume. ${orElse}`,
    { meaning: 'It is still running, or it was interrupted, or a part of it failed.' },
  );
}

export function refuseOwners(notPermitted: readonly string[], { role, display }: TargetFacts): void {
  if (notPermitted.length === 0) return;
  throw refusal(
    'target-owners-not-permitted',
    `The role ${role.name} may not make ${listed(notPermitted)} the owner of anything in ${display}.`,
    'Add --no-owner (then your role owns everything), or --map-role old=new, or restore as a superuser.',
    {
      meaning:
        'Objects of the backup belong to those roles. Only a superuser or a member of those roles can make them the owner.',
    },
  );
}

export function refuseMissingRoles(missing: readonly string[], { role, display }: TargetFacts): void {
  if (missing.length === 0 || role.mayCreateRoles) return;
  throw refusal(
    'target-roles-missing',
    `The server of ${display} does not have the roles ${listed(missing)}, and ${role.name} may not create any.`,
    'Have these roles created (CREATE ROLE …), or add --no-owner --no-privileges, or --map-role old=new.',
  );
}

/** Whether the target is the database that the backup was taken of. */
export function isSourceOf(
  { server }: BackupToRestore['manifest'],
  target: TargetFacts,
  settings: ConnectionSettings,
  source: ConnectionSettings | undefined,
): boolean {
  return (
    (source !== undefined && isSameDatabase(settings, source)) ||
    (target.systemIdentifier !== null &&
      target.systemIdentifier === server.systemIdentifier &&
      // Either the source was renamed, or another database took its name.
      (target.databaseOid === server.databaseOid || target.database === server.database))
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
