import type { SequenceValue, TableData } from '../../archive/manifest.ts';
import type { ConnectionSettings } from '../../connection/connection-settings.ts';
import { makesRelation } from '../archived/archived-schema.ts';
import type { BackupToRestore } from '../archived/read-backup.ts';
import { plainName, relationKey } from '../archived/relation-key.ts';
import { isWhole, type RestoreScope, scopeOf } from '../archived/restore-scope.ts';
import type { ExistingRelation, TargetFacts } from '../target/look-at-target.ts';
import { type Adaptation, adaptStatements } from './adapt-statements.ts';
import { type Choice, chooseEntries } from './choose-entries.ts';
import { expectedRestoreMs } from './expected-time.ts';
import { fillable, hostSchemasOf, leaveToHost } from './host-schemas.ts';
import { newNameOf } from './new-name.ts';
import { notesOf } from './plan-notes.ts';
import { rolesOf } from './plan-roles.ts';
import { tiersOf } from './plan-tiers.ts';
import { type Consent, refusal, refuseOccupied, refuseUnfit, refuseUnproven } from './refusals.ts';
import { refuseWithoutNeeded } from './refuse-without-needed.ts';
import type { EmptiedTable, NewName, OutsideReference, PlannedEntry, RestorePlan } from './restore-plan.ts';
import { carriedBy, type Selection, select } from './select-relations.ts';
import { renamedRelations } from './staging.ts';

export interface PlanRequest extends RestoreScope, Consent {
  /** Of the target. */
  readonly settings: ConnectionSettings;
  /** Of the source, where it is known: it is refused as a target. */
  readonly source?: ConnectionSettings | undefined;
  /** Make the database first; there must be none of that name. */
  readonly createDatabase?: boolean;
  /** Back up what is there first, where it is not empty. @default true */
  readonly safetyBackup?: boolean;
  /** Sessions at once. @default 4 */
  readonly jobs?: number;
}

const DEFAULT_JOBS = 4;

/**
 * Decides what a restore will do, or refuses, in an order in which a person can mend one thing after the other. Pure:
 * everything that it needs was read before.
 */
export function makePlan(backup: BackupToRestore, target: TargetFacts, request: PlanRequest): RestorePlan {
  const { manifest, schema } = backup;
  refuseOccupied(backup, target, request, request.settings, request.source);
  refuseUnproven(backup, request);
  const scope = request.resume ? resumedScope(backup, target, scopeOf(request)) : scopeOf(request);
  refuseUnfit(backup, target, scope);

  const selection = select(schema, carriedBy(manifest), scope);
  const newName = newNameOf(scope, selection, backup);
  const hostSchemas = newName ? new Set<string>() : hostSchemasOf(manifest, target);
  const choice = leaveToHost(chooseEntries(schema, selection, scope), hostSchemas, target);
  const intoExisting = request.resume
    ? (target.unfinished?.intoExisting ?? false)
    : target.holds !== undefined;
  const entries = adapted(choice, {
    noOwner: scope.noOwner,
    mapRoles: scope.mapRoles,
    replaceRoutines: intoExisting,
    ...(newName ? { renamed: renamedRelations(schema, selection) } : {}),
  });
  if (selection.onlyNamed) refuseWithoutNeeded(entries, selection, backup, target);
  const whole = isWhole(scope);
  const largeObjects = whole && manifest.largeObjects.count > 0;
  const wanted = scope.content === 'schema' ? [] : manifest.tables.filter((one) => takesRows(one, selection));
  const isOthers = (one: { readonly schema: string; readonly name: string }) =>
    hostSchemas.has(one.schema) || isConfigurationTable(one, backup, target);
  const { filled: tables, kept } = fillable(wanted, isOthers, target.relations);
  const rolesToCreate = rolesOf(backup, target, scope, entries, largeObjects, tables);
  const values =
    scope.content === 'schema' ? [] : sequencesOf(manifest.sequences, selection, schema.relations);
  const { filled: sequences, kept: keptSequences } = fillable(values, isOthers, target.relations);
  const hasReplaced = request.resume === true && target.unfinished?.hasReplaced === true;
  const replaces = hasReplaced ? [] : replacedBy(scope, tables, entries, target, newName);
  const rows = sum(tables.map((table) => table.rows));
  const rawBytes =
    sum(tables.map((table) => table.rawBytes)) + (largeObjects ? manifest.largeObjects.rawBytes : 0);
  const plan: Omit<RestorePlan, 'notes'> = {
    backup,
    target,
    scope,
    isWhole: whole && !intoExisting,
    intoExisting,
    createsDatabase: request.createDatabase === true,
    resumes: request.resume === true,
    tables,
    entries,
    leftOut: choice.leftOut,
    sequences,
    largeObjects,
    newName,
    replaces,
    hostSchemas,
    empties: emptiedBy(scope, tables, isOthers, target),
    keepsRows: [...kept, ...keptSequences].map(({ schema, name }) => ({
      name: `${schema}.${name}`,
      isThere: target.relations.has(relationKey(schema, name)),
    })),
    rolesToCreate,
    outsideReferences: outsideReferences(entries, selection, target),
    // Rows alone go in all at once, or not at all.
    ...tiersOf(backup, scope.content === 'data' ? withoutTiers(scope) : scope, selection),
    // A table under a new name touches nothing that is there.
    safetyBackup: !request.resume && intoExisting && newName === undefined && request.safetyBackup !== false,
    jobs: Math.max(1, Math.min(request.jobs ?? DEFAULT_JOBS, target.freeConnections)),
    rows,
    rawBytes,
    expectedMs: expectedRestoreMs(backup, rawBytes, entries.length),
  };
  return { ...plan, notes: notesOf(plan) };
}

/** What was asked for when it began counts; something else asked for now would make a mixture of two restores. */
function resumedScope(
  backup: BackupToRestore,
  { unfinished, display }: TargetFacts,
  asked: RestoreScope,
): RestoreScope {
  if (!unfinished) throw new TypeError('there is nothing to resume');
  if (unfinished.backup !== backup.name || unfinished.manifestSha256 !== backup.manifestSha256) {
    throw refusal(
      'restore-resumes-another',
      `The unfinished restore in ${display} is of ${unfinished.backup}, not of ${backup.name}.`,
      `Name that backup: lifeboat restore ${unfinished.backup} --resume …`,
    );
  }
  const differs = Object.keys(asked).length > 0 && JSON.stringify(asked) !== JSON.stringify(unfinished.scope);
  if (!differs) return unfinished.scope;
  throw refusal(
    'restore-resumes-another',
    `The unfinished restore in ${display} was begun with other options.`,
    'Leave out what says which part is restored and how: --resume takes all of it from where it was begun.',
  );
}

function adapted({ chosen }: Choice, adaptation: Adaptation): PlannedEntry[] {
  return chosen
    .map((entry) => ({ ...entry, adapted: adaptStatements(entry, adaptation) }))
    .filter((entry) => entry.adapted.length > 0);
}

/** One that an extension has made, in the backup and in the target. */
function isConfigurationTable(
  { schema, name }: { readonly schema: string; readonly name: string },
  { schema: archived }: BackupToRestore,
  { relations }: TargetFacts,
): boolean {
  const key = relationKey(schema, name);
  return relations.has(key) && !archived.relations.has(key);
}

/** What is there and stays, and is to hold the backup's rows alone. */
function emptiedBy(
  { content, as }: RestoreScope,
  tables: readonly TableData[],
  isOthers: (table: TableData) => boolean,
  { relations }: TargetFacts,
): EmptiedTable[] {
  if (as !== undefined) return [];
  return tables
    .filter((table) => content === 'data' || isOthers(table))
    .flatMap(({ schema, name, condition }) => {
      const there = relations.get(relationKey(schema, name));
      return there ? [{ ...there, condition }] : [];
    });
}

function takesRows({ schema, name, dataLeftOut }: TableData, { relations }: Selection): boolean {
  return dataLeftOut === undefined && relations.has(relationKey(schema, name));
}

/** Every sequence that is restored, and those of tables whose rows are. */
function sequencesOf(
  sequences: readonly SequenceValue[],
  { relations }: Selection,
  archived: BackupToRestore['schema']['relations'],
): SequenceValue[] {
  return sequences.filter(({ schema, name }) => {
    const key = relationKey(schema, name);
    return relations.has(key) || relations.has(archived.get(key)?.owner ?? '');
  });
}

function replacedBy(
  { content }: RestoreScope,
  tables: readonly TableData[],
  entries: readonly PlannedEntry[],
  target: TargetFacts,
  newName: NewName | undefined,
): ExistingRelation[] {
  const there = (key: string) => target.relations.get(key) ?? [];
  if (newName) {
    const { schema, name } = newName.to;
    if (target.relations.has(relationKey(schema, name))) {
      throw refusal(
        'target-name-taken',
        `${schema}.${name} is in ${target.display} already.`,
        'Choose another name with --as.',
      );
    }
    return [];
  }
  if (content === 'data') {
    const missing = tables.filter(({ schema, name }) => !target.relations.has(relationKey(schema, name)));
    if (missing.length > 0) {
      const names = missing.slice(0, 5).map(({ schema, name }) => `${schema}.${name}`);
      throw refusal(
        'target-tables-missing',
        `${target.display} does not have ${names.join(', ')}${missing.length > 5 ? ` and ${missing.length - 5} more tables` : ''}.`,
        'Leave out --data-only, so that they are made, or name with --table the ones that are there.',
        { meaning: '--data-only loads rows into tables that are there.' },
      );
    }
    return [];
  }
  return entries
    .filter((entry) => entry.role === 'own' && makesRelation(entry))
    .flatMap(({ relation = '' }) => there(relation));
}

function outsideReferences(
  entries: readonly PlannedEntry[],
  { relations }: Selection,
  target: TargetFacts,
): OutsideReference[] {
  return entries.flatMap(({ type, object, relation = '', otherRelation }) =>
    type !== 'FK CONSTRAINT' || otherRelation === undefined || relations.has(otherRelation)
      ? []
      : [
          {
            name: `${object.name} on ${plainName(relation)}`,
            table: plainName(otherRelation),
            isThere: target.relations.has(otherRelation),
          },
        ],
  );
}

function withoutTiers({ tiers: _, ...scope }: RestoreScope): RestoreScope {
  return { ...scope, noTiers: true };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
