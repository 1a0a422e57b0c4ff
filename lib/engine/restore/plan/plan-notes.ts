import { codeThatRuns } from './code-that-runs.ts';
import { hasSettings } from './database-statements.ts';
import type { RestorePlan } from './restore-plan.ts';
import { superuserNeeds } from './superuser-needs.ts';

/** What a person should know before saying yes. */
export function notesOf(plan: Omit<RestorePlan, 'notes'>): string[] {
  const { backup, target, scope } = plan;
  const { server, placeholders, leftOut } = backup.manifest;
  const order = (one: typeof server | typeof target) =>
    `${one.localeProvider} ${one.locale ?? one.collate ?? ''}`.trim();
  return [
    ...(server.encoding === target.encoding
      ? []
      : [
          `The backup is in ${server.encoding}, the target in ${target.encoding}: what cannot be converted is refused.`,
        ]),
    ...(order(server) === order(target)
      ? []
      : [
          `Text sorts by ${order(server)} in the backup, by ${order(target)} in the target: indexes are built for that; checks and range partitions on text may not fit.`,
        ]),
    ...(backup.manifest.scope === 'schema-only' ? ['The backup holds the schema only: no rows.'] : []),
    ...(!plan.largeObjects &&
    scope.content !== 'schema' &&
    plan.newName === undefined &&
    backup.manifest.largeObjects.count > 0
      ? ['Large objects are not restored with a part of a backup.']
      : []),
    ...rightsNotes(plan),
    ...(plan.newName
      ? [
          'Under its other name the table has keys, indexes, checks and policies, but no foreign keys and no triggers: it is there to be looked at and copied from.',
        ]
      : []),
    ...(scope.content === 'data' && scope.tiers
      ? ['Rows alone go in all at once, in one transaction: tiers make no difference.']
      : []),
    ...plan.outsideReferences.map(({ name, table, isThere }) =>
      isThere
        ? `Foreign key ${name} refers to ${table}, which is not restored: it is made if the rows that are there allow it.`
        : `Foreign key ${name} cannot be made: ${table} is not restored and not in the target.`,
    ),
    ...(plan.backupTiers && plan.tiers.length > 1
      ? ['The tiers are those that the backup was made with: --no-tiers restores everything at once.']
      : []),
    ...(plan.backupTiers?.unknown ?? []).map(
      (name) =>
        `The tiers of the backup name ${name}, which is no table or schema of it, or of several schemas.`,
    ),
    ...(plan.hostSchemas.size > 0
      ? [
          `${[...plan.hostSchemas].join(', ')}: made by the host, and nobody else may change them: they stay, and rows go into their tables. Your triggers and policies on them are made where they are missing.`,
        ]
      : []),
    ...plan.keepsRows.map(({ name, isThere }) =>
      isThere
        ? `${name} keeps what it has: the role may not fill it.`
        : `${name} is not in the target, and only the host can make it: it is not restored.`,
    ),
    ...(leftOut.length > 0 && plan.isWhole
      ? [`${leftOut.length} things were never in the backup: \`lifeboat show ${backup.name}\` names them.`]
      : []),
    ...(plan.isWhole && !scope.databaseSettings && hasSettings(backup)
      ? [
          'Settings, grants and comment of the database itself (ALTER DATABASE …) are not applied: --database-settings does.',
        ]
      : []),
    ...(placeholders.length > 0 && scope.content !== 'data'
      ? [
          `Passwords of other servers are placeholders: \`lifeboat show ${backup.name}\` says where to put them back.`,
        ]
      : []),
    ...(plan.intoExisting && !plan.safetyBackup && !plan.resumes && plan.newName === undefined
      ? ['There is no safety backup of what is overwritten: it is lost for good.']
      : []),
  ];
}

/** Whose rights the backup's own code gets, and whether fewer would do. */
function rightsNotes({ entries, target }: Omit<RestorePlan, 'notes'>): string[] {
  const { role } = target;
  const needs = superuserNeeds(entries, target);
  if (!role.isSuperuser) {
    return needs.length === 0
      ? []
      : [
          `Only a superuser may make these: ${listed(needs)}. What ${role.name} is refused, the report names.`,
        ];
  }
  const code = codeThatRuns(entries);
  if (code.length === 0) return [];
  const enough =
    needs.length === 0
      ? 'nothing in this backup needs a superuser'
      : `${listed(needs)} would be refused, which only a superuser may make`;
  return [
    `The backup brings code that runs while tables are loaded, indexed and refreshed: ${listed(code)}. It runs with the rights of ${role.name}, a superuser, and can run programs on the server's machine. If you do not trust everybody who could create tables in the source, restore as a role that is no superuser (docs/restore.md tells how to make one): ${enough}.`,
  ];
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
