import type { ReportItem } from '../archive/drill-report.ts';
import type { SequenceValue, TableData } from '../archive/manifest.ts';
import { writeSequencesSql } from '../catalog/sequences.ts';
import { WorkAhead } from '../ground/work-ahead.ts';
import { compareSequences } from '../proof/compare-sequences.ts';
import type { PlannedMoment } from '../replay/plan/moment.ts';
import type { RowsOutcome } from '../rows/load-rows.ts';
import { pins } from '../target/apply/pin-session.ts';
import { computeAsSource, printAsArchived, settingsOfSource } from '../target/compute-as-source.ts';
import { analyzeViews } from './apply/analyze-tables.ts';
import { applyEntries } from './apply/apply-entries.ts';
import { refuseIncomplete } from './apply/beside.ts';
import { createRoles } from './apply/create-roles.ts';
import { applyDatabaseSettings } from './apply/database-settings.ts';
import { exchange } from './apply/exchange.ts';
import { makeStaging } from './apply/make-staging.ts';
import type { RestoreRun } from './apply/restore-run.ts';
import { relationKey } from './archived/relation-key.ts';
import { asRewritten } from './compare/as-rewritten.ts';
import { compareRestoredRows } from './compare/compare-restored-rows.ts';
import { refreshAsStored } from './compare/refresh-as-stored.ts';
import { fillTables } from './load/fill-tables.ts';
import { isExisting, loadExisting } from './load/load-existing.ts';
import { largeObjectEntries } from './load/load-large-object-chunk.ts';
import { replayChanges } from './load/replay-changes.ts';
import { RowLoading } from './load/row-loading.ts';
import { checkForeignKeys, foreignKeysOf } from './load/rows-alone.ts';
import { entriesOfTiers } from './plan/entries-of-tiers.ts';
import type { PlannedEntry, PlannedTier, RestorePlan } from './plan/restore-plan.ts';
import { settle, settledName, stagedPlace } from './plan/staging.ts';
import { workOfPlan } from './plan/work-of-plan.ts';
import { EXCHANGED, LOADED } from './target/ledger.ts';

/** A tier that can be used: its rows are loaded, and it has its keys, indexes, policies and statistics. */
export interface ReadyTier {
  readonly names: readonly string[];
  readonly tables: number;
  /** Since the restore began. */
  readonly readyAfterMs: number;
}

export interface RestoreIntoOptions {
  /** Reads every table back and compares it. @default true */
  readonly compares: boolean;
  readonly onTier?: (tier: ReadyTier, number: number) => void;
}

export interface Restored {
  readonly rows: ReadonlyMap<TableData, RowsOutcome>;
  /** The tables that were compared, and the foreign keys if only rows were loaded. */
  readonly items: readonly ReportItem[];
  /** Tables that the interrupted run had compared, and found as backed up, before others could use them. */
  readonly comparedBefore: number;
  readonly tiers: readonly ReadyTier[];
  /** The time until everything could be used, without the comparison of the last tier. */
  readonly recoveryTimeMs: number;
}

/**
 * roles → pre-data → for each tier: { sequences → copy in ∥ keys ∥ references ∥ analyze → post-data → compare
 * }. The last tier is compared when everything can be used. The database's own settings are applied before
 * the first tier is announced.
 */
export async function restoreInto(
  run: RestoreRun,
  { compares, onTier }: RestoreIntoOptions,
): Promise<Restored> {
  const { plan, sessions, clock, ledger, log } = run;
  const { main } = sessions;
  const rows = new Map<TableData, RowsOutcome>();
  const items: ReportItem[] = [];
  const ready: ReadyTier[] = [];
  await clock.time('roles', () => createRoles(run));
  if (clock.isWatched) lookAhead(run, compares);
  await sessions.openOthers(plan.jobs);
  const preData = plan.entries.filter(({ section, stage }) => section === 'pre-data' && stage === undefined);
  await clock.time(
    'pre-data',
    async () => {
      await makeStaging(main, plan, ledger);
      await applyEntries(main, preData, run);
      await applyEntries(main, largeObjectEntries(plan), run);
    },
    { items: 'objects', total: preData.length },
  );
  const sourceSettings = await settingsOfSource(main, plan.backup.manifest);
  log.notes.push(...sourceSettings.notes);
  const filling: RestoreRun = { ...run, sourceSettings };
  const postData = entriesOfTiers(plan);
  let recoveryTimeMs = 0;
  let comparedBefore = 0;
  for (const [number, tier] of plan.tiers.entries()) {
    const isLast = number === plan.tiers.length - 1;
    const sequences = sequencesOf(plan, tier);
    await clock.time('sequences', () => applyEntries(main, sequenceEntries(plan, sequences, number), run));
    await sessions.together((session) => computeAsSource(session, sourceSettings));
    const { loaded, counted } = await fillTier(tier, isLast, postData[number] ?? [], filling);
    await sessions.together(printAsArchived);
    // Not earlier: they may allow fewer sessions, or change how values are read and computed.
    if (number === 0) await applyDatabaseSettings(run);
    if (isLast) await refreshAsStored(filling);
    for (const [table, outcome] of counted) rows.set(table, outcome);
    recoveryTimeMs = clock.elapsedMs();
    // Compared first, because rows may change once their tier is announced, and a table with a new name
    // moves.
    const comparesFirst = !isLast || plan.staging !== undefined;
    const compare = async () => {
      if (isPast(run, number)) {
        if (ledger.isDone(compared(number))) comparedBefore += loaded.size;
        else log.notes.push(NOT_COMPARED);
        return;
      }
      const found = await compareTier(loaded, sequences, run);
      items.push(...found);
      const isEqual = found.every(({ verdict }) => verdict === 'match');
      if (!comparesFirst || !isEqual || ledger.isDone(compared(number))) return;
      for (const mark of ledger.mark([compared(number)])) await main.execute(mark);
    };
    if (compares && comparesFirst) await compare();
    await settleNewName(run);
    if (plan.exchanges) {
      await refuseIncomplete(run, loaded, items);
      await exchange(run);
    }
    if (isLast) await analyzeViews(filling);
    if (comparesFirst) recoveryTimeMs = clock.elapsedMs();
    const readyTier = { names: tier.names, tables: loaded.size, readyAfterMs: Math.round(recoveryTimeMs) };
    ready.push(readyTier);
    if (!isLast && !ledger.isDone(announced(number))) {
      for (const mark of ledger.mark([announced(number)])) await main.execute(mark);
    }
    onTier?.(readyTier, number);
    if (compares && !comparesFirst) await compare();
  }
  if (plan.scope.content === 'data') {
    const keys = await foreignKeysOf(main, plan.tables);
    items.push(...(await clock.time('references', () => checkForeignKeys(main, keys))));
  }
  return { rows, items, tiers: ready, recoveryTimeMs, comparedBefore };
}

function lookAhead({ plan, ledger, clock }: RestoreRun, compares: boolean): void {
  const isDone = (step: string) => ledger.isDone(step);
  // Rows that go into existing tables go in one transaction, and so through one session.
  const sessions = plan.scope.content === 'data' ? 1 : plan.jobs;
  clock.lookAhead(new WorkAhead(workOfPlan(plan, { compares, isDone }), sessions));
}

async function fillTier(
  tier: PlannedTier,
  isLast: boolean,
  entries: readonly PlannedEntry[],
  run: RestoreRun,
): Promise<FilledTier> {
  const { plan, clock } = run;
  const tables = plan.tables.filter(({ schema, name }) => tier.relations.has(relationKey(schema, name)));
  const largeObjects = isLast && plan.largeObjects ? plan.backup.manifest.largeObjects.chunks : [];
  const isThere = (table: TableData) => isExisting(table, plan);
  const existing = tables.filter(isThere);
  const outcomes =
    existing.length === 0
      ? new Map<TableData, RowsOutcome>()
      : await clock.time('rows', () => loadExisting(existing, run));
  const loading = new RowLoading(
    tables.filter((table) => !isThere(table)),
    largeObjects,
    run,
  );
  if (plan.moment) {
    const { loaded, counted } = await fillToMoment(plan.moment, tier, loading, entries, run);
    return { loaded: new Map([...outcomes, ...loaded]), counted: new Map([...outcomes, ...counted]) };
  }
  await fillTables(tier, loading, entries, run);
  for (const [table, outcome] of loading.outcomes()) outcomes.set(table, outcome);
  const arrived = asRewritten(outcomes, run.rewriting);
  return { loaded: arrived, counted: arrived };
}

/** Rows and primary keys → changes → everything else, as if the rows had been so all along. */
async function fillToMoment(
  moment: PlannedMoment,
  tier: PlannedTier,
  loading: RowLoading,
  entries: readonly PlannedEntry[],
  run: RestoreRun,
): Promise<FilledTier> {
  await fillTables(tier, loading, entries.filter(isPrimaryKey), run);
  const { outcomes, counted } = await replayChanges(moment, loading.outcomes(), run);
  const others = entries.filter((entry) => !isPrimaryKey(entry));
  await fillTables(tier, new RowLoading([], [], run), others, run);
  return { loaded: outcomes, counted };
}

interface FilledTier {
  /** What became of each table; those that can be compared with the backup are. */
  readonly loaded: Map<TableData, RowsOutcome>;
  /** The same, with the rows that there are now. */
  readonly counted: Map<TableData, RowsOutcome>;
}

function isPrimaryKey({ type, statements }: PlannedEntry): boolean {
  return type === 'CONSTRAINT' && statements.some((text) => /\bPRIMARY KEY\b/.test(text));
}

/** The sequences of a tier: those that were selected, and those that its tables own. */
function sequencesOf({ sequences, backup }: RestorePlan, { relations }: PlannedTier): SequenceValue[] {
  return sequences.filter(({ schema, name }) => {
    const key = relationKey(schema, name);
    return relations.has(key) || relations.has(backup.schema.relations.get(key)?.owner ?? '');
  });
}

/** The part of sequences.sql that sets these sequences. */
function sequenceEntries(
  plan: RestorePlan,
  sequences: readonly SequenceValue[],
  number: number,
): PlannedEntry[] {
  return sequences.map((value, at) => {
    const { schema } = stagedPlace(plan, value);
    const text = writeSequencesSql([{ ...value, schema }]);
    return {
      step: `sequences:${number}:${at}`,
      section: 'post-data',
      type: 'SEQUENCE SET',
      header: { type: 'SEQUENCE SET', name: value.name, schema },
      object: { kind: 'sequence', schema, name: value.name },
      role: 'own',
      settings: [],
      statements: [text],
      adapted: [text],
    };
  });
}

/** The step that is marked when a tier was announced: the application may use it from then on. */
function announced(tier: number): string {
  return `announced:${tier}`;
}

/** The step that is marked when a tier was compared, and was as backed up, before it could be used. */
function compared(tier: number): string {
  return `compared:${tier}`;
}

const SETTLED = 'settled';

/** Whether an interrupted run had gone further: an announced tier may have changed, and a settled table has moved. */
function isPast({ ledger }: RestoreRun, tier: number): boolean {
  return [announced(tier), SETTLED, LOADED, EXCHANGED].some((step) => ledger.isDone(step));
}

const NOT_COMPARED =
  'Some tables were not compared: the interrupted run had put them in their place without a comparison, or had found differences, and their rows may have changed since. `lifeboat diff` compares them.';

async function compareTier(
  loaded: ReadonlyMap<TableData, RowsOutcome>,
  sequences: readonly SequenceValue[],
  run: RestoreRun,
): Promise<ReportItem[]> {
  const { plan, clock, sessions } = run;
  return await clock.time(
    'compare',
    async () => {
      // A user's function, called by an index or a view, may have changed the session's settings.
      await sessions.together((session) => session.executeAll(pins()));
      const items = await compareRestoredRows(loaded, run);
      const { newName } = plan;
      if (newName) return items.map((item) => ({ ...item, name: settledName(item.name, newName) }));
      const staged = sequences.map((one) => stagedPlace(plan, one));
      const values = await compareSequences(sessions.main, staged);
      return [...items, ...values].map((item) => ({ ...item, name: unstaged(item.name, plan) }));
    },
    { items: 'tables', total: loaded.size },
  );
}

/** The name that a table or sequence has when the restore is done. */
function unstaged(name: string, { staging = new Map() }: RestorePlan): string {
  for (const [schema, staged] of staging)
    if (name.startsWith(`${staged}.`)) return `${schema}.${name.slice(staged.length + 1)}`;
  return name;
}

async function settleNewName({ plan, sessions, ledger, clock }: RestoreRun): Promise<void> {
  if (!plan.newName || ledger.isDone(SETTLED)) return;
  const statements = await settle(sessions.main, plan.newName);
  await clock.time('settle', () => sessions.main.executeAll([...statements, ...ledger.mark([SETTLED])]));
}
