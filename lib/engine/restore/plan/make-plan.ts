import type { SequenceValue, TableData } from '../../archive/manifest.ts';
import type { ConnectionSettings } from '../../connection/connection-settings.ts';
import type { PlannedMoment } from '../../replay/plan/moment.ts';
import { makesRelation } from '../archived/archived-schema.ts';
import type { BackupToRestore } from '../archived/read-backup.ts';
import { plainName, readRelationKey, relationKey } from '../archived/relation-key.ts';
import { isWhole, type RestoreScope, scopeOf } from '../archived/restore-scope.ts';
import type { ExistingRelation, TargetFacts } from '../target/look-at-target.ts';
import { type Adaptation, adaptStatements } from './adapt-statements.ts';
import { type Choice, type ChosenEntry, chooseEntries } from './choose-entries.ts';
import { type Dependents, dependentsOf, keyOf, NO_DEPENDENTS, withMade } from './dependents.ts';
import { doneBefore } from './done-before.ts';
import { expectedRestoreMs } from './expected-time.ts';
import { fillable, hostSchemasOf, leaveToHost } from './host-schemas.ts';
import { neededDiskBytes } from './needed-disk.ts';
import { newNameOf } from './new-name.ts';
import { notesOf } from './plan-notes.ts';
import { rolesOf } from './plan-roles.ts';
import { tiersOf } from './plan-tiers.ts';
import type { PlannedCopy } from './planned-copy.ts';
import { locksOf } from './planned-locks.ts';
import { plannedRoles } from './planned-roles.ts';
import {
  type Consent,
  isSourceOf,
  refusal,
  refuseOccupied,
  refuseReadOnly,
  refuseStaged,
  refuseUnfit,
} from './refusals.ts';
import { refuseLosses } from './refuse-losses.ts';
import { refuseWeakening } from './refuse-weakening.ts';
import { refuseWithoutNeeded } from './refuse-without-needed.ts';
import type { EmptiedTable, NewName, OutsideReference, PlannedEntry, RestorePlan } from './restore-plan.ts';
import { carriedBy, type Selection, select } from './select-relations.ts';
import { stageOf } from './stages.ts';
import { renamedRelations, stagingOf } from './staging.ts';
import { untouchedGrants } from './untouched-grants.ts';

export interface PlanRequest extends RestoreScope, Consent {
  /** Connects to the target. */
  readonly settings: ConnectionSettings;
  /** The source, where it is known: it is refused as a target. */
  readonly source?: ConnectionSettings | undefined;
  /** Replays changes onto the backup, which is this moment's base. */
  readonly moment?: PlannedMoment | undefined;
  /** Creates the database first; the server must not have one of that name. */
  readonly createDatabase?: boolean;
  /** Backs up the target first, unless it is empty. @default true */
  readonly safetyBackup?: boolean;
  /** Whom the safety backup is encrypted to. @default the recipients of the backup */
  readonly safetyRecipients?: readonly string[];
  /** Sessions that work at the same time. @default 4 */
  readonly jobs?: number;
  /** How long it tries to lock what others use, in short attempts. @default five minutes */
  readonly lockPatienceMs?: number;
}

const DEFAULT_JOBS = 4;

/**
 * Decides what a restore will do, or refuses. The refusals come in an order in which a person can mend one
 * after the other. The function is pure: everything that it needs was read before. `copy`: see renamed/plan-copy.ts.
 */
export function makePlan(
  backup: BackupToRestore,
  target: TargetFacts,
  request: PlanRequest,
  copy?: PlannedCopy,
): RestorePlan {
  refuseOccupied(backup, target, request, request.settings, request.source);
  const scope = request.resume ? resumedScope(backup, target, scopeOf(request)) : scopeOf(request);
  refuseUnfit(backup, target, scope);
  refuseReadOnly(target, request);
  if (copy === undefined) return planOf(backup, target, request, scope);
  if (copy.refused && !request.resume) throw copy.refused;
  // Everything is planned in the new names; a restore that goes on compares what was asked for.
  return { ...planOf(copy.backup, target, request, copy.scope, copy), scope };
}

function planOf(
  backup: BackupToRestore,
  target: TargetFacts,
  request: PlanRequest,
  scope: RestoreScope,
  copy?: PlannedCopy,
): RestorePlan {
  const { manifest, schema } = backup;
  const named = select(schema, carriedBy(manifest), scope);
  const newName = newNameOf(scope, named, backup);
  const isCopy = newName !== undefined || copy !== undefined;
  const hostSchemas = isCopy ? new Set<string>() : hostSchemasOf(manifest, target);
  const intoExisting = request.resume
    ? (target.unfinished?.intoExisting ?? false)
    : target.holds !== undefined;
  const asked = request.resume ? (target.unfinished?.dependents ?? scope.dependents) : scope.dependents;
  const isExchanged = request.resume === true && target.unfinished?.state === 'exchanged';
  const begun = isExchanged ? target.unfinished?.dependentSteps : undefined;
  const dependents = copy
    ? NO_DEPENDENTS
    : dependentsOf(schema, named, target, { ...scope, dependents: asked }, begun);
  const selection = selectionOf(named, dependents, asked, schema);
  const choice = leaveToHost(
    chooseEntries(withFound(schema, dependents), selection, scope),
    hostSchemas,
    target,
  );
  const exchanges = exchangesOf(request, scope, selection, hostSchemas, intoExisting && !newName, target);
  const staging = newName || exchanges ? stagingOf(selection, newName !== undefined) : undefined;
  if (staging && !request.resume) refuseStaged(staging, target);
  const entries = adapted(choice, exchanges ? selection : undefined, {
    noOwner: scope.noOwner,
    mapRoles: scope.mapRoles,
    // One table is not worth a function that others use as it is now.
    replaceRoutines: intoExisting && !exchanges && copy === undefined,
    ...(staging ? { renamed: renamedRelations(schema, selection, staging) } : {}),
    ...(scope.noPrivileges ? {} : { target }),
  });
  if (selection.onlyNamed) refuseWithoutNeeded(entries, selection, backup, target);
  const whole = isWhole(scope);
  const largeObjects = whole && manifest.largeObjects.count > 0;
  const wanted = scope.content === 'schema' ? [] : manifest.tables.filter((one) => takesRows(one, selection));
  const isOthers = (one: { readonly schema: string; readonly name: string }) =>
    hostSchemas.has(one.schema) || isConfigurationTable(one, backup, target);
  const { filled: tables, kept } = fillable(wanted, isOthers, target.relations);
  const needed = rolesOf(backup, target, scope, entries, largeObjects, tables);
  const roles = plannedRoles(needed, backup.rolesSql, target, scope);
  const values =
    scope.content === 'schema' ? [] : sequencesOf(manifest.sequences, selection, schema.relations);
  const { filled: sequences, kept: keptSequences } = fillable(values, isOthers, target.relations);
  const hasReplaced = request.resume === true && target.unfinished?.hasReplaced === true;
  const replaces = hasReplaced ? [] : replacedBy(scope, tables, entries, target, newName);
  const rows = sum(tables.map((table) => table.rows));
  const rawBytes =
    sum(tables.map((table) => table.rawBytes)) + (largeObjects ? manifest.largeObjects.rawBytes : 0);
  const empties = emptiedBy(scope, tables, isOthers, target);
  refuseLosses({ replaces }, entries, dependents, target);
  refuseWeakening({ replaces }, target, request);
  // A table under a new name touches nothing that is there. A restore that goes on with an exchange has replaced
  // nothing yet, and what it replaces may have been written to since its first safety backup.
  const mayLose = !request.resume || exchanges;
  const safetyBackup = mayLose && intoExisting && !isCopy && request.safetyBackup !== false;
  const plan: Omit<RestorePlan, Estimated> = {
    backup,
    target,
    scope,
    moment: request.moment,
    isWhole: whole && !intoExisting,
    intoExisting,
    intoSource: request.intoSource === true || isSourceOf(manifest, target, request.settings, request.source),
    createsDatabase: request.createDatabase === true,
    resumes: request.resume === true,
    tables,
    entries,
    leftOut: choice.leftOut,
    sequences,
    largeObjects,
    newName,
    copy,
    staging,
    exchanges,
    locks: locksOf({ entries, replaces, empties }, target, request.lockPatienceMs),
    dependents,
    dependentsAsked: asked ?? (dependents.made.length > 0 ? 'with' : 'without'),
    replaces,
    newer: replaces.length > 0 ? target.newer.parts : [],
    hostSchemas,
    empties,
    keepsRows: [...kept, ...keptSequences].map(({ schema, name }) => ({
      name: `${schema}.${name}`,
      isThere: target.relations.has(relationKey(schema, name)),
    })),
    rolesToCreate: roles.map(({ name }) => name),
    roles,
    outsideReferences: outsideReferences(entries, selection, target),
    // --data-only loads all rows in one transaction, and an exchange comes when all is loaded.
    ...tiersOf(
      backup,
      scope.content === 'data' || exchanges || request.moment ? withoutTiers(scope) : scope,
      selection,
    ),
    safetyBackup,
    safetyRecipients: safetyBackup ? (request.safetyRecipients ?? manifest.encryption?.recipients ?? []) : [],
    jobs: Math.max(1, Math.min(request.jobs ?? DEFAULT_JOBS, target.freeConnections)),
    rows,
    rawBytes,
  };
  const timed = {
    ...plan,
    expectedMs: expectedRestoreMs(plan),
    neededBytes: neededDiskBytes(plan),
    doneBefore: doneBefore(plan),
  };
  return { ...timed, notes: notesOf(timed) };
}

/** What is computed from the rest of a plan. */
type Estimated = 'notes' | 'expectedMs' | 'neededBytes' | 'doneBefore';

/** The scope with which the restore began. Another one now would mix two restores. */
function resumedScope(
  backup: BackupToRestore,
  { unfinished, display }: TargetFacts,
  asked: RestoreScope,
): RestoreScope {
  if (!unfinished) throw new TypeError('there is nothing to resume');
  if (unfinished.backup !== backup.name || unfinished.manifestSha256 !== backup.manifestSha256) {
    throw refusal(
      'restore-resumes-another',
      `The unfinished restore in ${display} restores ${unfinished.backup}, not ${backup.name}.`,
      `Name that backup: \`lifeboat restore ${unfinished.backup} --resume …\``,
    );
  }
  const differs = Object.keys(asked).length > 0 && JSON.stringify(asked) !== JSON.stringify(unfinished.scope);
  if (!differs) return unfinished.scope;
  throw refusal(
    'restore-resumes-another',
    `The unfinished restore in ${display} was begun with other options.`,
    'Leave out the options that say which part is restored and how. --resume takes them from the unfinished restore.',
  );
}

/** Defaults that pg_dump writes into CREATE TABLE are no entries of their own. */
function withFound(schema: BackupToRestore['schema'], { made }: Dependents): BackupToRestore['schema'] {
  const known = new Set(schema.entries);
  const found = made.map(({ entry }) => entry).filter((entry) => !known.has(entry));
  return found.length === 0 ? schema : { ...schema, entries: [...schema.entries, ...found] };
}

/** With the dependents that are made; with `only`, without what was named. */
function selectionOf(
  named: Selection,
  dependents: Dependents,
  asked: RestoreScope['dependents'],
  schema: BackupToRestore['schema'],
): Selection {
  if (asked !== 'only') return withMade(named, dependents, schema);
  return withMade({ ...named, relations: new Set() }, dependents, schema);
}

/**
 * Whether everything is made beside and exchanged at the end: single tables of a database that is in use, by a role
 * that may create the schemas for it. A restore that continues does as it began.
 */
function exchangesOf(
  { resume }: PlanRequest,
  { content }: RestoreScope,
  { onlyNamed, relations }: Selection,
  hostSchemas: ReadonlySet<string>,
  isBeside: boolean,
  { unfinished, mayCreateSchemas }: TargetFacts,
): boolean {
  if (resume) return unfinished?.staging !== undefined && unfinished.state !== 'exchanged';
  const isHosts = [...relations].some((key) => hostSchemas.has(readRelationKey(key).schema));
  return isBeside && onlyNamed && content !== 'data' && !isHosts && mayCreateSchemas;
}

function adapted(
  { chosen }: Choice,
  exchanged: Selection | undefined,
  { renamed, target, ...adaptation }: Adaptation & { readonly target?: TargetFacts },
): PlannedEntry[] {
  // A routine that is replaced keeps the grants that it has.
  const isReplaced = (entry: ChosenEntry) =>
    entry.object.signature !== undefined && target?.objects.has(keyOf(entry)) === true;
  return chosen
    .map((entry) => {
      const stage = exchanged && stageOf(entry, exchanged);
      const beside = renamed && stage === undefined ? { ...adaptation, renamed } : adaptation;
      const withOwner = adaptStatements(entry, { ...beside, noOwner: false });
      const untouches = target && !isReplaced(entry) ? untouchedGrants(withOwner, target.defaultGrants) : [];
      return {
        ...entry,
        adapted: adaptStatements(entry, beside),
        ...(untouches.length > 0 ? { untouches } : {}),
        ...(stage ? { stage } : {}),
      };
    })
    .filter((entry) => entry.adapted.length > 0);
}

/** Whether an extension made this table or sequence, in the backup and in the target. */
function isConfigurationTable(
  { schema, name }: { readonly schema: string; readonly name: string },
  { schema: archived }: BackupToRestore,
  { relations }: TargetFacts,
): boolean {
  const key = relationKey(schema, name);
  return relations.has(key) && !archived.relations.has(key);
}

/** Tables that stay in the target and are emptied, so that they hold only the backup's rows. */
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

/** Sequences that are restored, and those that belong to a table whose rows are restored. */
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
        `${target.display} already has ${schema}.${name}.`,
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
        'Leave out --data-only, so that they are created, or name the existing ones with --table.',
        { meaning: '--data-only loads rows into existing tables only.' },
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
