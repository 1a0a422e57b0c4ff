import { checkArrived } from '../archive/arrival.ts';
import type { DrillReport } from '../archive/drill-report.ts';
import { newAttempt } from '../archive/keys.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { type DrillFindings, describeDrill } from '../proof/describe-drill.ts';
import { generatedColumnNotes } from '../proof/generated-columns.ts';
import { keepProof } from '../proof/keep-proof.ts';
import { PhaseClock } from '../proof/phase-clock.ts';
import { openRestoreContext } from '../restore/apply/open-restore-context.ts';
import { RestoreLog } from '../restore/apply/restore-log.ts';
import type { RestoreRun } from '../restore/apply/restore-run.ts';
import { type BackupToRestore, readBackup } from '../restore/archived/read-backup.ts';
import { compareObjects } from '../restore/compare/compare-objects.ts';
import { makePlan } from '../restore/plan/make-plan.ts';
import type { RestorePlan } from '../restore/plan/restore-plan.ts';
import { restoreInto } from '../restore/restore-into.ts';
import { Ledger } from '../restore/target/ledger.ts';
import { lookAtTarget } from '../restore/target/look-at-target.ts';
import { RestoreSessions } from '../restore/target/restore-sessions.ts';
import { DisposableDatabase } from '../target/server/disposable-database.ts';
import { runCustomChecks } from './custom-checks.ts';
import type { DrillRequest } from './drill.ts';

export interface ServerDrillRequest extends Omit<DrillRequest, 'directory'> {
  /** A server where the role may create a database. The database in the settings is only connected to. */
  readonly server: ConnectionSettings;
  /** Sessions that work at the same time. @default 4 */
  readonly jobs?: number;
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
  try {
    const findings = await restoreAndCompare(backup, database, clock, request, signal);
    const report = describeDrill(manifest, backup.manifestSha256, findings, clock.phases, startedAt);
    if (report.verdict !== 'failed') await keepProof(request, report);
    return report;
  } finally {
    await database.drop();
  }
}

/** restore → compare → the user's own checks */
async function restoreAndCompare(
  backup: BackupToRestore,
  database: DisposableDatabase,
  clock: PhaseClock,
  { store, checks, jobs, observer }: ServerDrillRequest,
  signal: AbortSignal,
): Promise<DrillFindings> {
  const { settings } = database;
  const { encoding } = backup.manifest.server;
  const sessions = await RestoreSessions.open({ settings, encoding, signal, observer });
  try {
    const plan = await planDrill(backup, database, sessions, jobs);
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
