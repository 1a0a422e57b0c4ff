import { checkArrived } from '../archive/arrival.ts';
import type { DrillReport } from '../archive/drill-report.ts';
import { newAttempt } from '../archive/keys.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { majorOf } from '../connection/server-major.ts';
import { LifeboatError } from '../ground/errors.ts';
import { type DrillFindings, describeDrill } from '../proof/describe-drill.ts';
import { generatedColumnNotes } from '../proof/generated-columns.ts';
import { keepReport } from '../proof/keep-report.ts';
import { PhaseClock } from '../proof/phase-clock.ts';
import { openRestoreContext } from '../restore/apply/open-restore-context.ts';
import { RestoreLog } from '../restore/apply/restore-log.ts';
import type { RestoreRun } from '../restore/apply/restore-run.ts';
import { type BackupToRestore, readBackup } from '../restore/archived/read-backup.ts';
import { compareObjects } from '../restore/compare/compare-objects.ts';
import { makePlan } from '../restore/plan/make-plan.ts';
import { neededDiskBytes } from '../restore/plan/needed-disk.ts';
import type { RestorePlan } from '../restore/plan/restore-plan.ts';
import { restoreInto } from '../restore/restore-into.ts';
import { Ledger } from '../restore/target/ledger.ts';
import { lookAtTarget } from '../restore/target/look-at-target.ts';
import { RestoreSessions } from '../restore/target/restore-sessions.ts';
import { DisposableDatabase } from '../target/server/disposable-database.ts';
import { memorySetting } from '../target/server/memory-setting.ts';
import type { ServerTarget } from '../target/server/open-server-target.ts';
import { runCustomChecks } from './custom-checks.ts';
import type { DrillRequest } from './drill.ts';
import { checkServerRoom } from './server-room.ts';

export interface ServerDrillRequest extends Omit<DrillRequest, 'directory'> {
  /** A server where the role may create a database. The database in the settings is only connected to. */
  readonly server: ConnectionSettings;
  /** Sessions that work at the same time. @default 4 */
  readonly jobs?: number;
  /** Memory for each index that is built, as PostgreSQL writes it: `512MB`. @default the server's setting */
  readonly maintenanceWorkMem?: string;
  /**
   * Refuses a server of another major than the source's: only equal majors print definitions alike, so only then
   * everything is compared. @default false
   */
  readonly sameMajor?: boolean;
  /** A folder on the disk of the server, if this machine has it: then its room is checked before rows are loaded. */
  readonly dataDirectory?: string;
}

/**
 * Runs a drill on a server: pick → create its own database → restore → compare → report → drop it. It proves
 * what the embedded target must skip, and measures the recovery time on a real server. Report and proof are
 * those of drill.ts.
 */
export async function drillOnServer(request: ServerDrillRequest): Promise<DrillReport> {
  const startedAt = new Date();
  const { store, place, server, observer } = request;
  const signal = request.signal ?? new AbortController().signal;
  await checkArrived(store, place, { signal });
  const backup = await readBackup(store, place, signal);
  const { manifest } = backup;
  const clock = new PhaseClock(observer, manifest.tables.length, manifest.totals.rawBytes);
  const database = await clock.time('open', () =>
    DisposableDatabase.create({ server, id: newAttempt(), text: manifest.server, signal, observer }),
  );
  let isDiskFull = false;
  try {
    const findings = await restoreAndCompare(backup, database, clock, request, signal);
    const report = describeDrill(manifest, backup.manifestSha256, findings, clock.phases, startedAt);
    if (request.keepsProof ?? true) await keepReport(request, report, manifest);
    return report;
  } catch (error) {
    isDiskFull = error instanceof LifeboatError && error.code === 'target-disk-full';
    throw nothingProven(error, server);
  } finally {
    await database.drop({ isDiskFull });
  }
}

/** restore → compare → the user's own checks */
async function restoreAndCompare(
  backup: BackupToRestore,
  database: DisposableDatabase,
  clock: PhaseClock,
  { store, checks, jobs, maintenanceWorkMem, sameMajor, dataDirectory, observer }: ServerDrillRequest,
  signal: AbortSignal,
): Promise<DrillFindings> {
  const { settings } = database;
  const { encoding } = backup.manifest.server;
  const sessions = await RestoreSessions.open({ settings, encoding, signal, observer });
  try {
    if (sameMajor) checkMajor(sessions.main, backup);
    if (maintenanceWorkMem !== undefined) await sessions.set([memorySetting(maintenanceWorkMem)]);
    const plan = await planDrill(backup, database, sessions, jobs);
    if (dataDirectory !== undefined) await checkServerRoom(dataDirectory, neededDiskBytes(plan));
    const run: RestoreRun = {
      plan,
      store,
      sessions,
      ledger: Ledger.none(),
      log: new RestoreLog(),
      clock,
      context: await openRestoreContext(sessions.main, plan),
      roleComment: database.roleComment,
    };
    const { items, recoveryTimeMs } = await restoreInto(run, { compares: true });
    const catalog = await clock.time('compare', () => compareObjects(run));
    const generatedColumns = await generatedColumnNotes(sessions.main, backup.manifest.tables);
    const found = [
      ...items,
      ...rowsLeftOut(backup),
      ...catalog.items,
      ...run.log.problems,
      ...run.log.statements.items(),
      ...(await runCustomChecks(sessions.main, checks ?? [])),
    ];
    const notes = [...database.lacking, ...run.log.notes, ...catalog.notes, ...notCompared(plan)];
    const target = { kind: 'server' as const, serverVersion: plan.target.version };
    return {
      items: found,
      catalog: { counts: catalog.counts, notes },
      generatedColumns,
      recoveryTimeMs,
      target,
    };
  } catch (error) {
    throw sessions.signal.aborted ? sessions.signal.reason : error;
  } finally {
    await sessions.close();
  }
}

async function planDrill(
  backup: BackupToRestore,
  { settings }: DisposableDatabase,
  { main }: RestoreSessions,
  jobs: number | undefined,
): Promise<RestorePlan> {
  const { server, extensions } = backup.manifest;
  const target = await lookAtTarget(main, {
    encoding: server.encoding,
    extensions: extensions.map(({ name }) => name),
  });
  return makePlan(backup, target, {
    settings,
    unproven: true,
    // A drill needs everything, and everything at once is faster.
    noTiers: true,
    // Only a superuser can always change owners, and a drill must not fail for that.
    noOwner: !target.role.isSuperuser,
    ...(jobs === undefined ? {} : { jobs }),
  });
}

function checkMajor({ serverMajor, display }: ServerTarget, { name, manifest }: BackupToRestore): void {
  const major = majorOf(manifest.server);
  if (serverMajor === major) return;
  throw new LifeboatError({
    code: 'drill-other-major',
    kind: 'target',
    what: `${display} is PostgreSQL ${serverMajor}, and ${name} was taken from PostgreSQL ${major}.`,
    meaning:
      'Only a server of the same major prints every definition as the source does. Nothing was restored, and nothing was proven.',
    remedy: `Use a server, or an image (drillImage), of PostgreSQL ${major}.`,
  });
}

/** A drill has nothing to go on with, so the advice of a restore would lead astray. */
function nothingProven(error: unknown, { display }: ConnectionSettings): unknown {
  if (!(error instanceof LifeboatError)) return error;
  const remedy = {
    'target-disk-full': `Give the server of ${display} more room: for the tables, for their indexes, and for as much WAL as max_wal_size allows. Then drill again.`,
    'target-connection-lost': `Read the log of the server of ${display}: a full disk for its WAL, too little memory, or a restart end all sessions. Then drill again.`,
  }[error.code];
  if (remedy === undefined) return error;
  const { code, kind, what, cause } = error;
  const meaning = 'The drill proved nothing, and dropped its database. The backup is unchanged.';
  return new LifeboatError({ code, kind, what, meaning, remedy, cause });
}

function rowsLeftOut({ manifest }: BackupToRestore): DrillReport['items'] {
  return manifest.tables.flatMap(({ schema, name, dataLeftOut }) =>
    dataLeftOut === undefined
      ? []
      : [
          {
            kind: 'table',
            name: `${schema}.${name}`,
            verdict: 'skipped',
            reason: `its rows are not in the backup: ${dataLeftOut}`,
          },
        ],
  );
}

function notCompared({ scope }: RestorePlan): string[] {
  return [
    'Roles were not compared: they belong to the whole server, and a drill uses the existing ones.',
    ...(scope.noOwner
      ? ['Owners were not compared: the role is not a superuser, so it owns everything.']
      : []),
  ];
}
