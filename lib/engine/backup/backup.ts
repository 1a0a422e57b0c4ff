import { createHash } from 'node:crypto';
import type { HostProfile } from '../../contract/host-profiles.ts';
import type { Recipients } from '../age/recipients.ts';
import { Attempt } from '../archive/attempt.ts';
import { type BackupPlace, newAttempt, sharedName } from '../archive/keys.ts';
import { AGE_FORMAT, formatFor, formatManifest, type Manifest } from '../archive/manifest.ts';
import { totalsOf } from '../archive/totals.ts';
import { keepRecord } from '../attest/keep-record.ts';
import { backupStatement } from '../attest/predicates.ts';
import { readCatalogHash } from '../catalog/catalog-hash.ts';
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
import { lockedStore } from '../storage/locked-store.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { LockOrder } from '../storage/retention.ts';
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
import { isSealed, SealedMeanwhileError, watchForSeal } from './watch-for-seal.ts';

export interface BackupRequest {
  readonly settings: ConnectionSettings;
  readonly store: ObjectStore;
  readonly place: BackupPlace;
  readonly scope?: 'full' | 'schema-only';
  /** What to leave out; the manifest says so. */
  readonly selection?: BackupSelection;
  /** Whether the selection defines the source: the rest is not part of it, and the backup is full. */
  readonly selectionDefinesSource?: boolean;
  /** Names of tables and schemas in order of priority: by default, a restore begins with the first list. */
  readonly tiers?: ReadonlyArray<readonly string[]>;
  /** The hosting provider. @default detected from the host name */
  readonly hostProfile?: HostProfile;
  /** Why somebody asked for the backup: `before migration 005`. */
  readonly reason?: string;
  /**
   * Sessions that copy at the same time, at most a quarter of the free connections.
   * @default 4, fewer for a small database
   */
  readonly jobs?: number;
  /** Megabytes (10^6 bytes) of rows and large objects that all sessions together read each second. */
  readonly maxMegabytesPerSecond?: number;
  /** zstd level. @default 1 or 3 per chunk, whichever is smaller */
  readonly compressionLevel?: number;
  /** Public keys of age that everything with definitions or rows is encrypted to. @default not encrypted */
  readonly recipients?: Recipients | undefined;
  /** The approximate size of the chunks of a large table: see backup/plan-chunks.ts. */
  readonly chunkBytes?: number;
  /**
   * Aborts the backup after this time, because its snapshot keeps vacuum from removing dead rows.
   * @default 15 minutes
   */
  readonly longestSnapshotMs?: number;
  /** Aborts a connection on which the source has not answered for this long. @default 5 minutes */
  readonly longestSilenceMs?: number;
  /** The server's own timeouts for the sessions. @default a little more than Lifeboat's own */
  readonly serverGuards?: Partial<ServerGuards>;
  /**
   * Is told how much will be read (an estimate: heap, TOAST and large objects as stored), before any of it is. If it
   * throws, nothing is read, and the backup fails with what it threw.
   */
  readonly admit?: (expectedBytes: number) => void;
  readonly signal?: AbortSignal;
  readonly observer?: Observer;
  /** A pg_dump thread that was started early, to save time; the backup stops it. */
  readonly pgDump?: PgDumpThread;
  /**
   * Locks every object of the backup against deletion for these days, counted from its beginning. Needs a bucket
   * with Object Lock. @default the bucket's own default, if it has one
   */
  readonly lock?: LockOrder;
  /** How often to look whether another run has sealed this backup. @default 30 seconds */
  readonly lookForSealEveryMs?: number;
  readonly coordinatorOptions?: Partial<Omit<CoordinatorOptions, 'signal'>>;
}

export type BackupResult =
  | {
      readonly outcome: 'sealed';
      readonly place: BackupPlace;
      readonly manifest: Manifest;
      /** Of the manifest's file. */
      readonly sha256: string;
    }
  /** Another run sealed the same backup first; the objects that this one wrote belong to no backup. */
  | { readonly outcome: 'already-sealed'; readonly place: BackupPlace };

const LONGEST_SNAPSHOT_MS = 15 * 60_000;
/** How often to try when somebody changes the schema while it is being dumped. */
const SCHEMA_TRIES = 3;

/**
 * Makes one backup: one consistent snapshot of one database, in the vault, or nothing. The backup exists once
 * its manifest does, which is written last. Rejects with a LifeboatError, or with the reason of `signal`;
 * then nothing was sealed and nothing is left open on the source.
 */
export async function backup(order: BackupRequest): Promise<BackupResult> {
  checkAddress(order.settings, order.hostProfile);
  const request = { ...order, store: lockedStore(order.store, order.lock, new Date()) };
  const { place, store } = request;
  // Asked while we connect; the later `await` reports a failure.
  const sealed = isSealed(store, place, request.signal);
  sealed.catch(() => {});
  for (let tries = 1; ; tries += 1) {
    // pg_dump loads while we connect and lock.
    const pgDump = (tries === 1 && request.pgDump) || startPgDump();
    try {
      return await recorded(await connectAndBackUp(request, pgDump, sealed), order);
    } catch (error) {
      // A slot that is done does not fail, whatever became of this run.
      if (error instanceof SealedMeanwhileError || (await isSealedByNow(request)))
        return { outcome: 'already-sealed', place };
      if (!(error instanceof LifeboatError) || !mayBeTriedAgain(error, tries)) throw error;
      request.observer?.onNotice?.(`${error.what} Starting over.`);
    } finally {
      await pgDump.stop();
    }
  }
}

/** Notes for auditors that a backup was sealed. The source is left alone by then. */
async function recorded(result: BackupResult, order: BackupRequest): Promise<BackupResult> {
  if (result.outcome !== 'sealed') return result;
  const { place, manifest, sha256 } = result;
  const statement = backupStatement(place, manifest, sha256, order.lock);
  const at = new Date(manifest.sealedAt);
  // Not by the locking store: the record outlives the class's days, and who writes it may lock backups only.
  const { problems } = await keepRecord({ store: order.store, place, statement, at });
  for (const problem of problems) order.observer?.onNotice?.(problem);
  return result;
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

/** False if the vault does not say, or the caller has stopped the run. */
async function isSealedByNow({ store, place, signal }: BackupRequest): Promise<boolean> {
  return await isSealed(store, place, signal).catch(() => false);
}

function mayBeTriedAgain(error: LifeboatError, tries: number): boolean {
  if (error instanceof SchemaChangedError) return tries < SCHEMA_TRIES;
  return error instanceof RecoveryConflictError && tries === 1;
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
  const unwatch = watchForSeal(request.store, request.place, guard.fail, request.lookForSealEveryMs);
  const newest = new NewestState(request.settings, coordinator.exportedSnapshot, options);
  try {
    // The locks may have taken their time, and from here on the vault fills.
    if (await isSealed(request.store, request.place, guard.signal))
      throw new SealedMeanwhileError(request.place);
    const attempt = new Attempt(request.store, request.place, newAttempt(), guard.signal, request.recipients);
    const read = await readSource(coordinator, guard, attempt, request, {
      startedAt,
      omissions,
      pgDump,
      newest,
    });
    return await seal(coordinator, newest, attempt, read, request);
  } catch (error) {
    // The error of an aborted session does not say why it was aborted; the signal does.
    const reason = guard.signal.aborted ? guard.signal.reason : error;
    throw session.failure(reason, 'A query');
  } finally {
    unwatch();
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
  const [server, catalogHash, sessionDefaults, unknownColumns, allowed] = await Promise.all([
    readDatabaseFacts(coordinator.query),
    readCatalogHash(coordinator.query),
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
  request.admit?.(plan.expectedBytes);
  const tables = [...new Set(plan.tasks.flatMap(({ chunk }) => chunk?.table.oid ?? []))];
  const progress = new CopyProgress(plan, request.observer);
  const jobs = request.jobs === undefined ? Math.min(allowed, jobsFor(plan)) : allowed;
  // Nothing else is awaited before both: a rejection without a handler would end the process.
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
    sharedKey: (number) => attempt.keyOf(sharedName(number)),
    connectOptions: connectOptions(request, signal),
    destination: {
      store,
      signal,
      recipients: request.recipients,
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
    snapshot: { takenAt: takenAt.toISOString(), snapshot, lsn, catalogHash },
    ...describeContents(plan, stored, catalog.rolesInRows),
    ...(materializedViews.length > 0 ? { materializedViews } : {}),
    sequences: catalog.sequences,
    objects: [...attempt.objects],
    extensions: catalog.extensions,
    roles: catalog.roles,
    leftOut: [...rowsLeftOut(plan), ...catalog.leftOut],
    ...tiersFor(request, plan),
    placeholders: catalog.placeholders,
    ...encryptionOf(request),
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

/** check how the rows were printed, and that the coordinator still holds its locks → seal */
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
    format: formatFor(unsealed.tables),
    ...whole,
    sealedAt: sealedAt.toISOString(),
    durationMs: sealedAt.getTime() - Date.parse(unsealed.startedAt),
    totals: totalsOf(whole),
  };
  const file = formatManifest(manifest);
  const outcome = await attempt.seal(file);
  const { place } = attempt;
  if (outcome !== 'sealed') return { outcome, place };
  return { outcome, place, manifest, sha256: createHash('sha256').update(file).digest('hex') };
}

function rowsLeftOut(plan: ContentPlan): Manifest['leftOut'] {
  return [...plan.withoutRows].map(([{ schema, name }, reason]) => ({
    name: `${schema}.${name}`,
    what: 'rows',
    reason,
  }));
}

/** Reports names in tiers that the database lacks: during a restore it would be too late to correct them. */
function tiersFor({ tiers = [], observer }: BackupRequest, plan: ContentPlan): Pick<Manifest, 'tiers'> {
  for (const name of unknownInTiers(tiers, plan.tables)) {
    observer?.onNotice?.(`The tiers name ${name}, but the backup has no such table or schema.`);
  }
  return tiers.length > 0 ? { tiers: tiers.map((names) => [...names]) } : {};
}

function encryptionOf({ recipients }: BackupRequest): Pick<Manifest, 'encryption'> {
  return recipients ? { encryption: { format: AGE_FORMAT, recipients: [...recipients] } } : {};
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
