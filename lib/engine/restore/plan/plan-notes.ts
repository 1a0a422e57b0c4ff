import { plainName, relationKey } from '../archived/relation-key.ts';
import { codeThatRuns } from './code-that-runs.ts';
import { copyNotes } from './copy-notes.ts';
import { hasSettings } from './database-statements.ts';
import { keyOf } from './dependents.ts';
import type { OutsideReference, RestorePlan } from './restore-plan.ts';
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
          `The backup is encoded in ${server.encoding}, and the target in ${target.encoding}. The server refuses text that it cannot convert.`,
        ]),
    ...(order(server) === order(target)
      ? []
      : [
          `Text sorts by ${order(server)} in the backup, and by ${order(target)} in the target. Indexes are built for the target's order; checks and range partitions on text may not fit it.`,
        ]),
    ...(backup.manifest.scope === 'schema-only' ? ['The backup holds the schema only: no rows.'] : []),
    ...(!plan.largeObjects &&
    scope.content !== 'schema' &&
    plan.newName === undefined &&
    backup.manifest.largeObjects.count > 0
      ? ['Large objects are not restored with a part of a backup.']
      : []),
    ...rightsNotes(plan),
    ...eventTriggerNotes(plan),
    ...(plan.newName
      ? [
          'Under its new name the table has keys, indexes, checks and policies, but no foreign keys and no triggers. It is meant to be looked at and copied from.',
        ]
      : []),
    ...(scope.content === 'data' && scope.tiers
      ? ['--data-only loads all rows in one transaction, so tiers make no difference.']
      : []),
    ...copyNotes(plan.copy),
    ...outsideNotes(plan),
    ...(scope.content === 'data' ? [] : keptReferences(plan)),
    ...(plan.backupTiers && plan.tiers.length > 1
      ? ['The tiers are those that the backup was made with. --no-tiers restores everything at once.']
      : []),
    ...oneOrMany(
      plan.backupTiers?.unknown ?? [],
      (name) =>
        `The tiers of the backup name ${name}, but the backup has no such table or schema, or has tables of that name in several schemas.`,
      (names) =>
        `The tiers of the backup name things that are no table or schema of it, or are tables in several schemas: ${listed(names)}.`,
    ),
    ...(plan.hostSchemas.size > 0
      ? [
          `The host made these schemas, and nobody else may change them: ${listed([...plan.hostSchemas])}. They stay, and rows are loaded into their tables. Your triggers and policies on them are created where they are missing.`,
        ]
      : []),
    ...keepsNotes(plan),
    ...(leftOut.length > 0 && plan.isWhole
      ? [`${leftOut.length} things were never in the backup: \`lifeboat show ${backup.name}\` names them.`]
      : []),
    ...(plan.isWhole && !scope.databaseSettings && hasSettings(backup)
      ? [
          'The settings, grants and comment of the database itself (ALTER DATABASE …) are not applied. Add --database-settings to apply them.',
        ]
      : []),
    ...(placeholders.length > 0 && scope.content !== 'data'
      ? [
          `Passwords of foreign servers are placeholders: \`lifeboat show ${backup.name}\` says where to put them back.`,
        ]
      : []),
    ...dependentNotes(plan),
    ...(plan.intoExisting && !plan.safetyBackup && !plan.resumes && plan.newName === undefined && !plan.copy
      ? ['No safety backup is taken: what is overwritten is lost for good.']
      : []),
  ];
}

/** What no catalog tells: only the rows do, and those of the backup are in its chunks. */
const UNKNOWN =
  'Whether the rows fit cannot be known before they are loaded. If they do not, the key is created NOT VALID, and the exit code is 7.';

/** Foreign keys of tables that stay, to tables that come from the backup without what was added since. */
function keptReferences({ entries, tables }: Omit<RestorePlan, 'notes'>): string[] {
  const restored = new Set(tables.map(({ schema, name }) => relationKey(schema, name)));
  const keys = entries.filter(
    ({ type, relation = '', otherRelation = '' }) =>
      type === 'FK CONSTRAINT' && !restored.has(relation) && restored.has(otherRelation),
  );
  if (keys.length === 0) return [];
  const names = keys.map(({ object, relation = '' }) => `${object.name} on ${plainName(relation)}`);
  return [
    `Foreign keys of tables that are not restored refer to these tables: ${listed(names)}. Rows that were added to them since the backup may refer to rows that it does not have. ${UNKNOWN}`,
  ];
}

/** One note for each kind, however many there are. */
function outsideNotes({ outsideReferences }: Omit<RestorePlan, 'notes'>): string[] {
  const there = outsideReferences.filter(({ isThere }) => isThere);
  const absent = outsideReferences.filter(({ isThere }) => !isThere);
  const all = (some: readonly OutsideReference[]) =>
    listed(some.map(({ name, table }) => `${name} (to ${table})`));
  return [
    ...oneOrMany(
      there,
      ({ name, table }) => `Foreign key ${name} refers to ${table}, which is not restored. ${UNKNOWN}`,
      (some) => `Foreign keys refer to tables that are not restored: ${all(some)}. ${UNKNOWN}`,
    ),
    ...oneOrMany(
      absent,
      ({ name, table }) =>
        `Foreign key ${name} cannot be created: ${table} is not restored and not in the target.`,
      (some) =>
        `Foreign keys cannot be created, because their tables are not restored and not in the target: ${all(some)}.`,
    ),
  ];
}

/** Supabase, for example, has some of its own, which do no harm. */
function eventTriggerNotes({ target, scope }: Omit<RestorePlan, 'notes'>): string[] {
  const names = target.eventTriggers.map(({ name }) => name);
  if (target.role.isSuperuser || scope.content === 'data' || names.length === 0) return [];
  return [
    `Event triggers of the target act on what is created, with the rights of ${target.role.name}, because only a superuser may silence them: ${listed(names)}. If one of them fails, nothing is created.`,
  ];
}

function keepsNotes({ keepsRows }: Omit<RestorePlan, 'notes'>): string[] {
  const names = (some: RestorePlan['keepsRows']) => listed(some.map(({ name }) => name));
  return [
    ...oneOrMany(
      keepsRows.filter(({ isThere }) => isThere),
      ({ name }) => `${name} keeps its content: the role may not write to it.`,
      (some) => `These keep their content, because the role may not write to them: ${names(some)}.`,
    ),
    ...oneOrMany(
      keepsRows.filter(({ isThere }) => !isThere),
      ({ name }) => `${name} is not restored: it is not in the target, and only the host can create it.`,
      (some) =>
        `These are not restored: they are not in the target, and only the host can create them: ${names(some)}.`,
    ),
  ];
}

function oneOrMany<T>(
  things: readonly T[],
  one: (thing: T) => string,
  many: (things: readonly T[]) => string,
): string[] {
  const [first, ...others] = things;
  if (first === undefined) return [];
  return [others.length === 0 ? one(first) : many(things)];
}

/** What refers to the restored tables, and what is lost between the safety backup and the exchange. */
function dependentNotes({
  dependents,
  target,
  exchanges,
  replaces,
  entries,
}: Omit<RestorePlan, 'notes'>): string[] {
  const { missing, impossible } = dependents;
  const remade = new Set(entries.map(keyOf));
  const unpublished = target.going.unpublished.filter(({ key }) => !remade.has(key));
  return [
    ...(missing.length > 0
      ? [
          `The backup has what refers to these tables and is missing in the target: ${listed(missing.map(({ words }) => words))}. It stays missing unless you add --with-dependents.`,
        ]
      : []),
    ...(impossible.length > 0
      ? [
          `These refer to the restored tables, are missing in the target, and cannot be created without other things that it lacks: ${listed(impossible.map(({ words, needs }) => `${words} (needs ${needs})`))}.`,
        ]
      : []),
    ...(unpublished.length > 0
      ? [
          `A publication loses a table that it did not have in the backup; add it again afterwards (ALTER PUBLICATION … ADD TABLE …): ${listed(unpublished.map(({ words }) => words))}.`,
        ]
      : []),
    ...(exchanges && replaces.length > 0
      ? [
          'What is written to these tables after the safety backup has begun is lost at the exchange. Stop what writes to them if it matters.',
        ]
      : []),
  ];
}

/** Says with whose rights the backup's own code runs, and whether a role with fewer rights would do. */
function rightsNotes({ entries, target }: Omit<RestorePlan, 'notes'>): string[] {
  const { role } = target;
  const needs = superuserNeeds(entries, target);
  if (!role.isSuperuser) {
    return needs.length === 0
      ? []
      : [
          `Only a superuser may create these: ${listed(needs)}. The report names what the server refused to ${role.name}.`,
        ];
  }
  const code = codeThatRuns(entries);
  if (code.length === 0) return [];
  const enough =
    needs.length === 0
      ? 'Nothing in this backup needs a superuser'
      : `The server would refuse to such a role what only a superuser may create: ${listed(needs)}`;
  return [
    `The backup contains code that runs while tables are loaded, indexed and refreshed: ${listed(code)}. It runs with the rights of ${role.name}, a superuser, and can run programs on the server's machine. If you do not trust everybody who could create tables in the source, restore as a role that is not a superuser (docs/restore.md tells how to create one). ${enough}.`,
  ];
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
