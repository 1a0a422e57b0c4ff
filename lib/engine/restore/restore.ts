import type { BackupPlace } from '../archive/keys.ts';
import { readArchivedFingerprint } from '../fingerprint/read-archived-fingerprint.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { Observer } from '../ground/progress.ts';
import { generatedColumnNotes } from '../proof/generated-columns.ts';
import { PhaseClock } from '../proof/phase-clock.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { atDatabase } from '../target/server/at-database.ts';
import { createDatabase } from '../target/server/create-database.ts';
import { memorySetting } from '../target/server/memory-setting.ts';
import { openRestoreContext } from './apply/open-restore-context.ts';
import { replaceExisting } from './apply/replace-existing.ts';
import { RestoreLog } from './apply/restore-log.ts';
import type { RestoreRun } from './apply/restore-run.ts';
import { type BackupToRestore, readBackup } from './archived/read-backup.ts';
import type { RowRewriting } from './archived/row-rewriting.ts';
import { checkReplacing } from './check-replacing.ts';
import { compareObjects } from './compare/compare-objects.ts';
import { type ErasureOptions, erasedIn, findErased, inTurn } from './leave-out-erased.ts';
import { atMoment, momentOfRestore, noteMoment, refuseExisting } from './moment-of-restore.ts';
import { checkObjects } from './plan/check-objects.ts';
import { compareRecipients } from './plan/compare-recipients.ts';
import type { PlanRequest } from './plan/make-plan.ts';
import { newPlaceOf } from './plan/new-name.ts';
import { planReplacing } from './plan/plan-replacing.ts';
import { refuseUnproven } from './plan/refusals.ts';
import type { RestorePlan } from './plan/restore-plan.ts';
import { MAINTENANCE_DATABASE, unmadeTarget } from './plan/unmade-target.ts';
import { planCopy } from './renamed/plan-copy.ts';
import { type ReadyTier, restoreInto } from './restore-into.ts';
import { describeRestore, loadedOf, type RestoreFindings, type RestoreReport } from './restore-report.ts';
import { takeSafetyBackup } from './safety-backup.ts';
import { silenceOf } from './target/event-trigger-silence.ts';
import { Ledger } from './target/ledger.ts';
import { lookAtTarget } from './target/look-at-target.ts';
import { RestoreSessions } from './target/restore-sessions.ts';

export type { RestorePlan } from './plan/restore-plan.ts';
export type { RestoreReport } from './restore-report.ts';

export interface RestoreRequest extends PlanRequest, ErasureOptions {
  readonly store: ObjectStore;
  readonly place: BackupPlace;
  /** Reads every restored table back and compares it with what was read from the source. @default true */
  readonly compare?: boolean;
  /** Changes every row before the target gets it. The comparison is of what stays unchanged. */
  readonly rewriting?: RowRewriting;
  /** Memory for each index that is built, as PostgreSQL writes it: `512MB`. @default the server's setting */
  readonly maintenanceWorkMem?: string;
  /** With `createDatabase`: options of the statement that creates it, which hold from its first moment on. */
  readonly createOptions?: string;
  /** Asks the person to agree to the plan; throws if they do not. Nothing was changed until then. */
  readonly confirm?: (plan: RestorePlan) => Promise<void> | void;
  /** Called before the first change. From here on an interrupted restore continues with `resume`. */
  readonly onBegin?: (state: BegunRestore) => void;
  /** Called when a tier can be used, before the next one begins. */
  readonly onTier?: (tier: ReadyTier, number: number) => void;
  readonly signal?: AbortSignal;
  readonly observer?: Observer;
}

/** What the caller needs to know to report an interrupted restore. */
export interface BegunRestore {
  readonly canResume: boolean;
  /** Whether the target was not empty, so that its own objects stay. */
  readonly intoExisting: boolean;
  /** `class/source/id` of the backup of the target's former content. */
  readonly safetyBackup: string | undefined;
}

/**
 * Restores a backup, or a part of it, into a database of a server: pick → look at the target → plan → confirm
 * → safety backup → restore → compare. Rejects with a LifeboatError, or with the reason of `signal`. The
 * target's own ledger keeps what is done by then, so that `resume` continues. Statements that the server
 * refuses are failures in the report, by name.
 */
export async function restore(asked: RestoreRequest): Promise<RestoreReport> {
  const request = resumable(asked);
  return await withPlan(request, async (plan, sessions) => {
    await request.confirm?.(plan);
    // The time that a person takes to agree does not count.
    const startedAt = new Date();
    if (!request.createDatabase) return await carryOut(plan, sessions, request, startedAt);
    const { database } = plan.target;
    const { server } = plan.backup.manifest;
    const lacking = await createDatabase(sessions.main, database, server, request.createOptions);
    const withNotes = { ...plan, notes: [...plan.notes, ...lacking] };
    return await withSessions(request, plan.backup, (own) => carryOut(withNotes, own, request, startedAt));
  });
}

/** Plans what {@link restore} would do with the same request. Changes nothing, and leaves no session open. */
export async function planRestore(request: RestoreRequest): Promise<RestorePlan> {
  return await withPlan(resumable(request), async (plan) => plan);
}

/** A resumed restore has already created its database, so `createDatabase` does not count. */
function resumable(request: RestoreRequest): RestoreRequest {
  return request.resume ? { ...request, createDatabase: false } : request;
}

/** pick → look at the target → plan → look whether everything is there */
async function withPlan<T>(
  request: RestoreRequest,
  use: (plan: RestorePlan, sessions: RestoreSessions) => Promise<T>,
): Promise<T> {
  const { store, place, settings, createDatabase: creates } = request;
  const read = await readBackup(store, place, signalOf(request));
  const extensions = read.manifest.extensions.map(({ name }) => name);
  const { encoding } = read.manifest.server;
  // A database that does not exist yet is looked at through one that every server has.
  const looked = creates ? { ...request, settings: atDatabase(settings, MAINTENANCE_DATABASE) } : request;
  const opened = withSessions(looked, read, async (sessions) => {
    const found = await lookAtTarget(sessions.main, { encoding, extensions });
    const moment = await momentOfRestore(request, found.unfinished, signalOf(request));
    const atItsMoment = atMoment(read, moment);
    const erasures = await findErased({
      ...{ store, backup: atItsMoment, moment, signal: signalOf(request) },
      ...{ keepErased: request.keepErased, eraseFollowers: request.eraseFollowers },
      hasRows: request.content !== 'schema',
    });
    const rewriting = inTurn(erasures.erasing, request.rewriting);
    const backup = rewriting?.backup(atItsMoment) ?? atItsMoment;
    const target = creates ? await unmadeTarget(sessions.main, found, settings, backup) : found;
    const copy = await planCopy(sessions.main, store, backup, target, request, signalOf(request));
    const fingerprint = () => readArchivedFingerprint(store, backup.manifest, signalOf(request));
    const planned = await planReplacing(
      sessions.main,
      backup,
      target,
      { ...request, moment },
      fingerprint,
      copy,
    );
    refuseExisting(planned);
    const isChosen = request.safetyRecipients !== undefined;
    const compared = await compareRecipients(store, planned, isChosen, signalOf(request));
    const { erased, notes } = erasedIn(erasures, compared.tables);
    const plan = {
      ...compared,
      erased,
      notes: [...compared.notes, ...notes],
      ...(rewriting ? { rewriting } : {}),
    };
    await checkObjects(store, plan, signalOf(request));
    // A drill would not help a backup that lacks something.
    refuseUnproven(backup, request);
    return await use(plan, sessions);
  });
  return await opened.catch((error: unknown) => {
    throw creates ? error : orCreate(error);
  });
}

/** Adds --create-database to the remedy for a missing database, which many who restore do not have yet. */
function orCreate(error: unknown): unknown {
  if (!(error instanceof LifeboatError) || error.code !== 'target-database-missing') return error;
  const { code, kind, what, meaning } = error;
  return new LifeboatError({
    code,
    kind,
    what,
    ...(meaning === undefined ? {} : { meaning }),
    remedy:
      'Check the last part of the URL (`psql -l` lists the databases), or add --create-database to create it.',
  });
}

async function withSessions<T>(
  request: Pick<RestoreRequest, 'settings' | 'observer' | 'signal'>,
  { manifest }: BackupToRestore,
  use: (sessions: RestoreSessions) => Promise<T>,
): Promise<T> {
  const { settings, observer } = request;
  const { encoding } = manifest.server;
  const sessions = await RestoreSessions.open({ settings, encoding, signal: signalOf(request), observer });
  try {
    return await use(sessions);
  } finally {
    await sessions.close();
  }
}

/** safety backup → restore → compare → summary */
async function carryOut(
  plan: RestorePlan,
  sessions: RestoreSessions,
  request: RestoreRequest,
  startedAt: Date,
): Promise<RestoreReport> {
  await sessions.lockDatabase();
  const { maintenanceWorkMem } = request;
  await sessions.set([
    ...silenceOf(plan.target).settings,
    ...(maintenanceWorkMem === undefined ? [] : [memorySetting(maintenanceWorkMem)]),
  ]);
  const { settings, store, observer } = request;
  await checkReplacing(plan, { store, observer, signal: sessions.signal });
  const taken = await takeSafetyBackup(plan, { settings, store, observer, signal: sessions.signal });
  const safetyBackup = taken ?? (plan.resumes ? plan.target.unfinished?.safetyBackup : undefined);
  let canResume = plan.resumes;
  try {
    const ledger = await openLedger(plan, sessions, safetyBackup);
    canResume = ledger.isKept;
    request.onBegin?.({ canResume, intoExisting: plan.intoExisting, safetyBackup });
    const run = await prepareRun(request, plan, sessions, ledger);
    await replaceExisting(run);
    const findings = await restoreAndCompare(run, request).catch(async (error: unknown) => {
      // If the session is gone, the resumed restore switches them back.
      await ledger.switchEventTriggersBack(sessions.main).catch(() => {});
      throw error;
    });
    return describeRestore(plan, findings, { startedAt, phases: run.clock.phases, safetyBackup });
  } catch (error) {
    // The error of an aborted session does not say why it was aborted; the signal does.
    throw incomplete(sessions.signal.aborted ? sessions.signal.reason : error, plan, {
      safetyBackup,
      canResume,
    });
  }
}

async function openLedger(
  plan: RestorePlan,
  { main }: RestoreSessions,
  safetyBackup: string | undefined,
): Promise<Ledger> {
  const { backup, scope, intoExisting, target } = plan;
  const { switchedOff } = silenceOf(target);
  const now = {
    ...(safetyBackup === undefined ? {} : { safetyBackup }),
    dependentSteps: plan.dependents.made.map(({ entry }) => entry.step),
  };
  if (plan.resumes && target.unfinished) {
    const ledger = await Ledger.resume(main, target.unfinished, now);
    await ledger.switchEventTriggersOff(main);
    return ledger;
  }
  return Ledger.begin(main, {
    backup: backup.name,
    manifestSha256: backup.manifestSha256,
    scope,
    intoExisting,
    ...noteMoment(plan.moment),
    ...now,
    startedAt: new Date().toISOString(),
    dependents: plan.dependentsAsked,
    ...(plan.exchanges && plan.staging ? { staging: [...new Set(plan.staging.values())] } : {}),
    ...(switchedOff.length === 0 ? {} : { eventTriggers: [...switchedOff] }),
  });
}

async function prepareRun(
  { store, observer }: RestoreRequest,
  plan: RestorePlan,
  sessions: RestoreSessions,
  ledger: Ledger,
): Promise<RestoreRun> {
  return {
    plan,
    store,
    sessions,
    ledger,
    context: await openRestoreContext(sessions.main, plan),
    log: new RestoreLog(ledger.losses),
    clock: new PhaseClock(observer, plan.tables.length, plan.rawBytes),
    rewriting: plan.rewriting,
    onLockWait: (what, pauseMs) =>
      observer?.onNotice?.(`${what} Trying again in ${(pauseMs / 1000).toFixed(1)} s.`),
  };
}

/** restore → compare → summary */
async function restoreAndCompare(run: RestoreRun, request: RestoreRequest): Promise<RestoreFindings> {
  const { plan, sessions, ledger, log, clock } = run;
  const compares = request.compare ?? true;
  const { items, tiers, recoveryTimeMs, rows, comparedBefore } = await restoreInto(run, {
    compares,
    ...(request.onTier ? { onTier: request.onTier } : {}),
  });
  const objects = compares
    ? await clock.time('compare', () => compareObjects(run))
    : {
        items: [],
        counts: [],
        notes: [
          'Nothing was compared: every row was read from the backup, but the restored tables were not read back.',
        ],
      };
  const generatedColumns = compares
    ? await generatedColumnNotes(sessions.main, [...plan.tables], newPlaceOf(plan))
    : [];
  const found = [...items, ...objects.items, ...log.problems, ...log.statements.items()];
  const failed = found.some(({ verdict }) => verdict === 'differs');
  if (failed) await ledger.switchEventTriggersBack(sessions.main);
  else await ledger.remove(sessions.main);
  await sessions.main.makeDurable();
  return {
    items: found,
    catalog: objects.counts,
    tiers,
    recoveryTimeMs,
    comparedBefore,
    loaded: loadedOf(rows, plan),
    kept: log.kept,
    notes: [...plan.notes, ...log.notes, ...generatedColumns, ...objects.notes],
  };
}

/** Adds to an error how the restore can be continued, or that it must begin again because nothing notes what is done. */
function incomplete(
  error: unknown,
  { target, exchanges, intoExisting }: RestorePlan,
  { safetyBackup, canResume }: { readonly safetyBackup: string | undefined; readonly canResume: boolean },
): unknown {
  if (!(error instanceof LifeboatError) || error.kind === 'interrupted') return error;
  // Everything was rolled back, so there is nothing to continue.
  if (error.code === 'restore-rows-refused' || error.code === 'restore-copy-incomplete') return error;
  // It says itself how to go on.
  if (error.code === 'restore-lock-held' || (error.code === 'target-changed' && exchanges)) return error;
  return new LifeboatError({
    code: error.code,
    kind: error.kind,
    what: error.what,
    meaning: [
      `The restore into ${target.database} is not complete.`,
      ...(safetyBackup === undefined ? [] : [`The safety backup of its former content is ${safetyBackup}.`]),
      ...(error.meaning === undefined ? [] : [error.meaning]),
    ].join(' '),
    remedy: `${error.remedy ?? ''} ${
      canResume
        ? 'Then run the same command with --resume: it does not repeat what is done.'
        : intoExisting
          ? 'Then run the same command again. It cannot be resumed, because the role could not note in the target what is done.'
          : 'Then drop the database, create it, and restore again. It cannot be resumed, because the role could not note in it what is done.'
    }`.trim(),
    cause: error,
  });
}

function signalOf({ signal }: Pick<RestoreRequest, 'signal'>): AbortSignal {
  return signal ?? new AbortController().signal;
}
