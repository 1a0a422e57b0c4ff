import type { HostProfile } from '../../contract/host-profiles.ts';
import { Attempt } from '../archive/attempt.ts';
import { type BackupPlace, manifestKey, newAttempt } from '../archive/keys.ts';
import { ARCHIVE_FORMAT, type Manifest } from '../archive/manifest.ts';
import { totalsOf } from '../archive/totals.ts';
import { readDatabaseFacts } from '../catalog/database.ts';
import type { Omissions } from '../catalog/omissions.ts';
import { readSessionDefaults } from '../catalog/session-defaults.ts';
import { checkServerVersion } from '../connection/check-version.ts';
import { type ConnectOptions, connect, type Session } from '../connection/connect.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { checkAddress } from '../connection/host-profile.ts';
import { RecoveryConflictError } from '../connection/query-failure.ts';
import { queryRows } from '../connection/query-rows.ts';
import { type ServerGuards, serverGuards } from '../connection/server-guards.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { Observer } from '../ground/progress.ts';
import { LIFEBOAT_VERSION } from '../ground/version.ts';
import { writeRecoveryGuide } from '../handover/recovery-guide.ts';
import { writeRestoreScript } from '../handover/restore-script.ts';
import type { UnsealedBackup } from '../handover/unsealed-backup.ts';
import {
  describeUnknownColumns,
  refuseUnknownObjects,
} from '../schema-dump/newer-server/unknown-additions.ts';
import { type PgDumpThread, startPgDump } from '../schema-dump/start-pg-dump.ts';
import type { BackupSelection } from '../selection/backup-selection.ts';
import { confirmOmissions, readOmissions } from '../selection/read-omissions.ts';
import { type Coordinator, type CoordinatorOptions, openCoordinator } from '../snapshot/coordinator.ts';
import { openCopySession } from '../snapshot/copy-session.ts';
import { guardSnapshot, type SnapshotGuard } from '../snapshot/guard-snapshot.ts';
import { NewestState } from '../snapshot/newest-state.ts';
import { refuseChangedPrinting } from '../snapshot/printing/refuse-changed-printing.ts';
import { tellOfChange } from '../snapshot/printing/tell-of-change.ts';
import { SchemaChangedError } from '../snapshot/refuse-changed-schema.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { checkClock } from './check-clock.ts';
import { CopyProgress } from './copy-progress.ts';
import { describeContents } from './describe-contents.ts';
import { digestViews, type ViewDigest } from './digest-views.ts';
import { type ContentPlan, readContentPlan } from './plan-contents.ts';
import { ReadLimit } from './read-limit.ts';
import { readUnchangedCatalog } from './read-unchanged-catalog.ts';
import { runCopies } from './run-copies.ts';
import { copySessions, jobsFor } from './session-budget.ts';
import { unknownInTiers } from './unknown-in-tiers.ts';

export interface BackupRequest {
  readonly settings: ConnectionSettings;
  readonly store: ObjectStore;
  readonly place: BackupPlace;
  readonly scope?: 'full' | 'schema-only';
  /** What to leave out by wish; the manifest says so. */
  readonly selection?: BackupSelection;
  /** The selection is what this source is, each time: what it leaves out is no part of it, and the backup a full one. */
  readonly selectionDefinesSource?: boolean;
  /** What a restore makes usable first, unless it is told otherwise: names of tables and schemas, the first list first. */
  readonly tiers?: ReadonlyArray<readonly string[]>;
  /** Whose server it is, where its name does not tell. */
  readonly hostProfile?: HostProfile;
  /** Why somebody asked for it: `before migration 005`. */
  readonly reason?: string;
  /** Sessions that copy at once; 4 unless given, fewer for a small database, and never more than a quarter of what is free. */
  readonly jobs?: number;
  /** Megabytes (10^6 bytes) of rows and large objects to read from the source each second, by all sessions together. */
  readonly maxMegabytesPerSecond?: number;
  /** zstd's; for each chunk the one of 3 and 1 that makes less of it unless given. */
  readonly compressionLevel?: number;
  /** Tables that are cut are cut into pieces of about this size; which those are, backup/plan-chunks.ts says. */
  readonly chunkBytes?: number;
  /** The snapshot keeps vacuum from removing dead rows: give up after this long; 15 minutes unless given. */
  readonly longestSnapshotMs?: number;
  /** Give a connection up on which the source is asked and sends nothing for so long; 5 minutes unless given. */
  readonly longestSilenceMs?: number;
  /** What the server allows the sessions; a little above what Lifeboat allows itself unless given. */
  readonly serverGuards?: Partial<ServerGuards>;
  readonly signal?: AbortSignal;
  readonly observer?: Observer;
  /** Started before, so that no time is lost; this ends it. */
  readonly pgDump?: PgDumpThread;
  readonly coordinatorOptions?: Partial<Omit<CoordinatorOptions, 'signal'>>;
}

export type BackupResult =
  | { readonly outcome: 'sealed'; readonly place: BackupPlace; readonly manifest: Manifest }
  /** Another run sealed the same backup first; what this one wrote belongs to nothing. */
  | { readonly outcome: 'already-sealed'; readonly place: BackupPlace };

const LONGEST_SNAPSHOT_MS = 15 * 60_000;
/** How often to start over because somebody changed the schema while it was being dumped. */
const SCHEMA_TRIES = 3;

/**
 * Makes one backup: one consistent snapshot of one database, in the vault, or nothing. It exists from the moment its
 * manifest does, which is written last. Rejects with a LifeboatError, or with the reason of `signal`; then nothing was
 * sealed and nothing is left open on the source.
 */
export async function backup(request: BackupRequest): Promise<BackupResult> {
  checkAddress(request.settings, request.hostProfile);
  const { place, store } = request;
  // Asked while we connect; whoever needs the answer hears of a failure.
  const sealed = isSealed(store, place, request.signal);
  sealed.catch(() => {});
  for (let tries = 1; ; tries += 1) {
    // Loads itself while we connect and lock.
    const pgDump = (tries === 1 && request.pgDump) || startPgDump();
    try {
      return await connectAndBackUp(request, pgDump, sealed);
    } catch (error) {
      // A source that is away is no failure of a slot that is done.
      if (await sealed.catch(() => false)) return { outcome: 'already-sealed', place };
      if (!(error instanceof LifeboatError) || !mayBeTriedAgain(error, tries)) throw error;
      request.observer?.onNotice?.(`${error.what} Starting over.`);
    } finally {
      await pgDump.stop();
    }
  }
}

/** connect */
async function connectAndBackUp(
  request: BackupRequest,
  pgDump: PgDumpThread,
  sealed: Promise<boolean>,
): Promise<BackupResult> {
  const session = await connect(request.settings, {
    ...connectOptions(request, request.signal),
    refusesPools: true,
  });
  try {
    if (await sealed) return { outcome: 'already-sealed', place: request.place };
    checkServerVersion(session.major);
    return await lockAndBackUp(session, request, pgDump);
  } finally {
    await session.end();
  }
}

function mayBeTriedAgain(error: LifeboatError, tries: number): boolean {
  if (error instanceof SchemaChangedError) return tries < SCHEMA_TRIES;
  return error instanceof RecoveryConflictError && tries === 1;
}

/**
 * A look before the work, for a slot that was delivered twice. Who may write and not list is refused instead of told
 * "no such object" (S3 API reference, HeadObject); then the seal, which is conditional, is what decides.
 */
async function isSealed(store: ObjectStore, place: BackupPlace, signal?: AbortSignal): Promise<boolean> {
  try {
    return (await store.head(manifestKey(place), signal ? { signal } : {})) !== undefined;
  } catch (error) {
    if (error instanceof LifeboatError && error.code === 'vault-access-denied') return false;
    throw error;
  }
}

/** lock → snapshot */
async function lockAndBackUp(
  session: Session,
  request: BackupRequest,
  pgDump: PgDumpThread,
): Promise<BackupResult> {
  const startedAt = new Date();
  const stopped = request.signal ?? new AbortController().signal;
  const omissions = await readOmissions(queryRows(session.client), profileOf(request), request.selection);
  const coordinator = await openCoordinator(session, {
    onWaiting: (blockers) => request.observer?.onNotice?.(`Waiting for a lock: ${blockers.join('; ')}.`),
    ...request.coordinatorOptions,
    signal: stopped,
    omissions,
  });
  const clockNotice = checkClock({
    ofSourceMs: Date.now() - coordinator.takenAt.getTime(),
    ofVaultMs: request.store.clockAheadMs,
  });
  if (clockNotice) request.observer?.onNotice?.(clockNotice);
  const guard = guardSnapshot(coordinator, request.longestSnapshotMs ?? LONGEST_SNAPSHOT_MS, stopped);
  const options = connectOptions(request, guard.signal);
  const newest = new NewestState(request.settings, coordinator.exportedSnapshot, options);
  try {
    const attempt = new Attempt(request.store, request.place, newAttempt(), guard.signal);
    const read = await readSource(coordinator, guard, attempt, request, {
      startedAt,
      omissions,
      pgDump,
      newest,
    });
    return await seal(coordinator, newest, attempt, read, request);
  } catch (error) {
    // Whoever was stopped says only that it was; the signal knows why.
    const reason = guard.signal.aborted ? guard.signal.reason : error;
    throw session.failure(reason, 'A query');
  } finally {
    guard.release();
    await Promise.all([coordinator.release(), newest.end()]);
  }
}

interface ReadingContext {
  readonly startedAt: Date;
  readonly omissions: Omissions;
  readonly pgDump: PgDumpThread;
  readonly newest: NewestState;
}

interface ReadSource {
  readonly unsealed: UnsealedBackup;
  /** The tables whose rows were read, by OID. */
  readonly tables: readonly number[];
}

/** catalog → plan → { schema dump ∥ chunk copies } */
async function readSource(
  coordinator: Coordinator,
  guard: SnapshotGuard,
  attempt: Attempt,
  request: BackupRequest,
  { startedAt, omissions, pgDump, newest }: ReadingContext,
): Promise<ReadSource> {
  const { settings, store, compressionLevel, maxMegabytesPerSecond: limit } = request;
  const { signal } = guard;
  const scope = scopeOf(request);
  const [server, sessionDefaults, unknownColumns, allowed] = await Promise.all([
    readDatabaseFacts(coordinator.query),
    readSessionDefaults(coordinator.query),
    refuseUnknownObjects(coordinator.query, coordinator.major),
    copySessions(coordinator.query, request.jobs),
    confirmOmissions(omissions, coordinator.query, profileOf(request), request.selection),
  ]);
  const unknown = describeUnknownColumns(unknownColumns);
  if (unknown !== undefined) request.observer?.onNotice?.(unknown);
  const plan = await readContentPlan(coordinator, {
    attempt,
    encoding: server.encoding,
    schemaOnly: scope === 'schema-only',
    omissions,
    chunkBytes: request.chunkBytes,
    sessions: allowed,
  });
  const tables = [...new Set(plan.tasks.flatMap(({ chunk }) => chunk?.table.oid ?? []))];
  const progress = new CopyProgress(plan, request.observer);
  const jobs = request.jobs === undefined ? Math.min(allowed, jobsFor(plan)) : allowed;
  // From here on nothing is awaited before both: a failure that nobody waits for would end the process.
  const catalogRead = readUnchangedCatalog(coordinator, {
    ...{ newest, signal, guard, attempt, omissions, pgDump },
    profile: profileOf(request),
    tablesWithRows: plan.tables.filter((table) => !plan.withoutRows.has(table)),
    observer: request.observer,
  });
  const rowsCopied = runCopies(plan.tasks, {
    settings,
    coordinator,
    jobs,
    coordinatorFree: catalogRead,
    connectOptions: connectOptions(request, signal),
    destination: {
      store,
      signal,
      ...(compressionLevel === undefined ? {} : { compressionLevel }),
      ...(limit === undefined ? {} : { limit: new ReadLimit(limit * 1e6) }),
      onBytes: (bytes) => progress.add(bytes),
    },
    onDone: (task) => progress.finish(task),
  }).catch(tellOfChange(() => refuseChangedPrinting(coordinator, newest.query, tables)));
  const [catalog, stored] = await guard.bothOrNeither(catalogRead, rowsCopied);
  const materializedViews = sessionDefaults.some(({ ofDatabase }) => ofDatabase)
    ? await viewDigests(coordinator, settings, connectOptions(request, signal))
    : [];
  const { takenAt, snapshot, lsn } = coordinator;
  const unsealed = {
    ...attempt.place,
    attempt: attempt.id,
    ...(request.reason === undefined ? {} : { reason: request.reason }),
    scope,
    startedAt: startedAt.toISOString(),
    lifeboatVersion: LIFEBOAT_VERSION,
    pgDumpVersion: catalog.pgDumpVersion,
    server: { ...server, hostProfile: profileOf(request), sessionDefaults },
    snapshot: { takenAt: takenAt.toISOString(), snapshot, lsn },
    ...describeContents(plan, stored, catalog.rolesInRows),
    ...(materializedViews.length > 0 ? { materializedViews } : {}),
    sequences: catalog.sequences,
    objects: [...attempt.objects],
    extensions: catalog.extensions,
    roles: catalog.roles,
    leftOut: [...rowsLeftOut(plan), ...catalog.leftOut],
    ...tiersFor(request, plan),
    placeholders: catalog.placeholders,
  };
  return { unsealed, tables };
}

async function viewDigests(
  { exportedSnapshot }: Coordinator,
  settings: ConnectionSettings,
  options: ConnectOptions,
): Promise<ViewDigest[]> {
  const session = await openCopySession(settings, exportedSnapshot, options);
  try {
    return await digestViews(session);
  } finally {
    await session.end();
  }
}

function scopeOf({ scope, selection = {}, selectionDefinesSource }: BackupRequest): Manifest['scope'] {
  if (scope === 'schema-only') return scope;
  if (selectionDefinesSource) return 'full';
  return Object.values(selection).some((patterns) => patterns.length > 0) ? 'partial' : 'full';
}

/** ask what the rows were printed by, and the coordinator → seal */
async function seal(
  coordinator: Coordinator,
  newest: NewestState,
  attempt: Attempt,
  { unsealed, tables }: ReadSource,
  request: BackupRequest,
): Promise<BackupResult> {
  const guide = writeRecoveryGuide(unsealed, { vaultUrl: request.store.url });
  await Promise.all([
    attempt.write('recovery-guide', 'RECOVERY.md', guide),
    attempt.write('restore-script', 'restore.sh', writeRestoreScript(unsealed)),
  ]);
  await Promise.all([refuseChangedPrinting(coordinator, newest.query, tables), coordinator.assertHolding()]);
  const sealedAt = new Date();
  const whole = { ...unsealed, objects: [...attempt.objects] };
  const manifest: Manifest = {
    format: ARCHIVE_FORMAT,
    ...whole,
    sealedAt: sealedAt.toISOString(),
    durationMs: sealedAt.getTime() - Date.parse(unsealed.startedAt),
    totals: totalsOf(whole),
  };
  const outcome = await attempt.seal(manifest);
  const { place } = attempt;
  return outcome === 'sealed' ? { outcome, place, manifest } : { outcome, place };
}

function rowsLeftOut(plan: ContentPlan): Manifest['leftOut'] {
  return [...plan.withoutRows].map(([{ schema, name }, reason]) => ({
    name: `${schema}.${name}`,
    what: 'rows',
    reason,
  }));
}

/** Tells of a name that the database does not have: at three in the morning it would be too late to mend it. */
function tiersFor({ tiers = [], observer }: BackupRequest, plan: ContentPlan): Pick<Manifest, 'tiers'> {
  for (const name of unknownInTiers(tiers, plan.tables)) {
    observer?.onNotice?.(`The tiers name ${name}, and the backup has no such table or schema.`);
  }
  return tiers.length > 0 ? { tiers: tiers.map((names) => [...names]) } : {};
}

function profileOf({ settings, hostProfile }: BackupRequest): HostProfile {
  return checkAddress(settings, hostProfile);
}

function connectOptions(
  {
    observer,
    longestSilenceMs,
    longestSnapshotMs = LONGEST_SNAPSHOT_MS,
    serverGuards: guards,
  }: BackupRequest,
  signal: AbortSignal | undefined,
): ConnectOptions {
  return {
    guards: { ...serverGuards(longestSnapshotMs), ...guards },
    ...(signal ? { signal } : {}),
    ...(longestSilenceMs === undefined ? {} : { longestSilenceMs }),
    ...(observer?.onRetry ? { onRetry: observer.onRetry } : {}),
  };
}
