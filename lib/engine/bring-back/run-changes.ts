import { checkRecipients } from '../age/recipients.ts';
import { type BackedUpDatabase, isSameDatabase } from '../catalog/same-database.ts';
import { LifeboatError, messageOf } from '../ground/errors.ts';
import type { Observer } from '../ground/progress.ts';
import { LIFEBOAT_VERSION } from '../ground/version.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { TargetStatementError } from '../target/target.ts';
import { advanceSequences } from './advance-sequences.ts';
import { cutIntoBatches, together } from './batches.ts';
import type { RowsPlan, RowsReport, RowsResult } from './bring-back-report.ts';
import { type ChangeRequest, changeRows } from './change-rows.ts';
import type { RowKind } from './classify.ts';
import { patiently } from './lock-patience.ts';
import type { Matched } from './match-tables.ts';
import { orderTables } from './order-tables.ts';
import { referencesAmong } from './references.ts';
import type { RowsTable } from './rows-table.ts';
import type { RowsTarget } from './rows-target.ts';
import { keepSafetyCopy } from './safety-copy.ts';
import type { Unread } from './send-typed.ts';
import type { ForeignKey } from './target-table.ts';

export interface RunRequest {
  /** When the whole work began, by `performance.now()`. */
  readonly since: number;
  readonly store: ObjectStore;
  readonly target: RowsTarget;
  readonly tables: readonly RowsTable[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly orderNotes: readonly string[];
  readonly kinds: readonly RowKind[];
  /** Where the rows come from: a backup, or the safety copy that is undone. */
  readonly of: {
    readonly name: string;
    readonly takenAt: string;
    readonly server: BackedUpDatabase;
  };
  /** Who can open the safety copy, if it is encrypted: as the backup. */
  readonly recipients?: readonly string[];
  /** The recipients that a person named instead. */
  readonly safetyRecipients?: readonly string[];
  readonly knowsAdded: boolean;
  readonly hasSupport: boolean;
  readonly classify?: ChangeRequest['classify'];
  readonly skipConflicts?: boolean | undefined;
  readonly firesTriggers?: boolean | undefined;
  readonly allowsAltered?: boolean | undefined;
  readonly unread?: ReadonlyMap<number, Unread> | undefined;
  readonly limit: number;
  /** @default true */
  readonly safetyCopyKept?: boolean | undefined;
  readonly batchRows?: number | undefined;
  readonly dryRun?: boolean | undefined;
  readonly trial?: boolean;
  readonly confirm?: (plan: RowsPlan) => Promise<void> | void;
  readonly signal: AbortSignal;
  readonly observer?: Observer;
}

/** Parents before the tables that refer to them, and what to say about circles. */
export function inOrder({ tables, foreignKeys, notes = [], unread }: Matched): {
  readonly unread: ReadonlyMap<number, Unread> | undefined;
  readonly tables: readonly RowsTable[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly orderNotes: readonly string[];
} {
  const { order, circle } = orderTables(
    tables.map(({ number }) => number),
    referencesAmong(tables, foreignKeys),
  );
  const ofNumber = (number: number) => tables.filter((table) => table.number === number);
  const inCircle = circle.flatMap(ofNumber).map(({ name }) => name);
  return {
    tables: order.flatMap(ofNumber),
    foreignKeys,
    unread,
    orderNotes: [
      ...notes,
      ...(inCircle.length === 0
        ? []
        : [
            `tables refer to each other in a circle (${inCircle.join(', ')} among them): where triggers fire, their foreign keys must be deferrable`,
          ]),
    ],
  };
}

/** try in a transaction that is rolled back → confirm → change → advance sequences */
export async function runChanges(request: RunRequest): Promise<RowsResult> {
  const { target, signal, dryRun } = request;
  const { session, facts } = target;
  const keepsCopy = request.safetyCopyKept ?? true;
  const needsTrial = dryRun || (request.trial ?? true);
  const trial = needsTrial ? await attempt(request, undefined) : undefined;
  const plan: RowsPlan = {
    backup: request.of.name,
    backupAt: request.of.takenAt,
    target: { display: session.display, database: facts.database },
    ofAnotherDatabase: !isSameDatabase(request.of.server, facts),
    kinds: request.kinds,
    batchRows: request.batchRows ?? null,
    keepsCopy,
    safetyRecipients: keepsCopy ? recipientsOf(request) : [],
    trial,
  };
  const result = (report: RowsReport): RowsResult => ({
    ...report,
    plan,
    dryRun: dryRun === true,
    durationMs: Math.round(performance.now() - request.since),
  });
  if (trial && (dryRun || trial.outcome === 'refused' || trial.outcome === 'nothing')) return result(trial);
  await request.confirm?.(plan);
  signal.throwIfAborted();
  const done = await (request.batchRows === undefined
    ? change(request)
    : inBatches(request, request.batchRows));
  if (done.outcome === 'refused' || done.outcome === 'nothing') return result(done);
  const { advanced, behind } = await advanceSequences(session, request.tables);
  return result({
    ...done,
    sequences: advanced,
    notes: [
      ...done.notes,
      ...behind.map(
        (one) => `this role may not set the sequence ${one}, and its next value is taken already`,
      ),
    ],
  });
}

async function change(request: RunRequest): Promise<RowsReport> {
  const { safetyCopyKept: keepsCopy = true, signal } = request;
  return await attempt(request, async () =>
    keepsCopy ? await keep(request).catch((error: unknown) => notKept(error, signal)) : null,
  );
}

/** One transaction after the other, each with a safety copy of its own, until one is refused. */
async function inBatches(request: RunRequest, rows: number): Promise<RowsReport> {
  const { target, tables, kinds, signal, limit } = request;
  let all: RowsReport | undefined;
  for (const batch of await cutIntoBatches(target.session, tables, kinds, rows)) {
    signal.throwIfAborted();
    const report: RowsReport = await change({
      ...request,
      tables: [batch.table],
      kinds: batch.kinds,
      knowsAdded: request.knowsAdded && batch.looksAtAdded,
      // They are told with the first batch of their table.
      unread:
        (batch.table.slice?.candidates.from ?? 1) === 1 && batch.kinds[0] !== 'added'
          ? request.unread
          : undefined,
    }).catch((error: unknown) => {
      throw all ? stoppedAt(error, all) : error;
    });
    all = all ? together(all, report, limit) : report;
    if (report.outcome === 'refused') break;
  }
  return all ?? (await change(request));
}

/** What was committed before stays, whatever the error says of its own batch. */
function stoppedAt(error: unknown, { safetyCopies, tables }: RowsReport): unknown {
  const rows = tables.reduce((sum, one) => sum + one.inserted + one.overwritten + one.deleted, 0);
  if (rows === 0) return error;
  const known = error instanceof LifeboatError ? error : undefined;
  if (!known && !(error instanceof TargetStatementError)) return error;
  return new LifeboatError({
    code: known?.code ?? 'restore-rows-statement-refused',
    kind: known?.kind ?? 'target',
    what: known?.what ?? `The database refused a statement: ${messageOf(error)}.`,
    meaning: `This batch was rolled back. Those before it were committed and stay: ${rows} rows.`,
    remedy: [
      known?.remedy ?? 'Correct that.',
      'Start again to go on with the rest.',
      ...(safetyCopies.length > 0
        ? [
            `Or undo what was done, in this order: ${safetyCopies.map((copy) => `lifeboat restore --undo ${copy}`).join('; ')}`,
          ]
        : []),
    ].join(' '),
    cause: error,
  });
}

async function attempt(
  request: RunRequest,
  beforeCommit: (() => Promise<string | null>) | undefined,
): Promise<RowsReport> {
  const { target, tables, foreignKeys, kinds, signal, observer } = request;
  const changed = await patiently(
    target.session,
    tables,
    signal,
    () =>
      changeRows({
        session: target.session,
        tables,
        foreignKeys,
        kinds,
        knowsAdded: request.knowsAdded,
        hasSupport: request.hasSupport,
        skipConflicts: request.skipConflicts === true,
        firesTriggers: request.firesTriggers === true,
        allowsAltered: request.allowsAltered === true,
        unread: request.unread,
        examples: request.limit,
        ...(request.classify ? { classify: request.classify } : {}),
        ...(beforeCommit ? { beforeCommit } : {}),
      }),
    (notice) => observer?.onNotice?.(notice),
  );
  return {
    ...changed,
    notes: [...request.orderNotes, ...changed.notes],
    sequences: [],
    safetyCopies: changed.safetyCopy === null ? [] : [changed.safetyCopy],
  };
}

function recipientsOf({ recipients = [], safetyRecipients = recipients }: RunRequest): readonly string[] {
  return safetyRecipients;
}

async function keep(request: RunRequest): Promise<string> {
  const { store, target, tables, kinds, of, signal } = request;
  const recipients = recipientsOf(request);
  const { facts, session } = target;
  return await keepSafetyCopy({
    store,
    session,
    tables,
    kinds,
    signal,
    ...(recipients.length > 0 ? { recipients: await checkRecipients(recipients) } : {}),
    about: {
      of: of.name,
      database: facts.database,
      databaseOid: facts.databaseOid,
      systemIdentifier: facts.systemIdentifier,
      encoding: facts.encoding,
      lifeboatVersion: LIFEBOAT_VERSION,
    },
  });
}

/** Adds to an error of the vault what it means here, and the way around it. */
function notKept(error: unknown, signal: AbortSignal): never {
  signal.throwIfAborted();
  if (!(error instanceof LifeboatError)) throw error;
  throw new LifeboatError({
    code: 'restore-safety-backup-failed',
    kind: error.kind,
    what: `What the rows were could not be kept in the vault: ${error.what}`,
    meaning: 'Everything was rolled back; nothing was changed.',
    remedy: `${error.remedy ?? 'Correct that and start again.'} Or go on without a safety copy (--no-safety-backup): this cannot be undone then.`,
    cause: error,
  });
}
