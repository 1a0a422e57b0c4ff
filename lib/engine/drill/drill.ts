import { tmpdir } from 'node:os';
import { checkArrived } from '../archive/arrival.ts';
import { chunkId } from '../archive/chunk-id.ts';
import type { DrillReport } from '../archive/drill-report.ts';
import type { BackupPlace } from '../archive/keys.ts';
import type { Manifest } from '../archive/manifest.ts';
import { readManifestFile } from '../archive/read-manifest.ts';
import { readScript } from '../archive/read-script.ts';
import type { KeptRecord } from '../attest/keep-record.ts';
import type { Signer } from '../attest/signing-key.ts';
import { majorOf } from '../connection/server-major.ts';
import type { Observer } from '../ground/progress.ts';
import { WorkAhead } from '../ground/work-ahead.ts';
import { compareLargeObjects } from '../proof/compare-large-objects.ts';
import { compareSequences } from '../proof/compare-sequences.ts';
import { compareTables } from '../proof/compare-tables.ts';
import { compareWithSource } from '../proof/compare-with-source.ts';
import { tellOf } from '../proof/comparison-clock.ts';
import { type DrillFindings, describeDrill } from '../proof/describe-drill.ts';
import { Excused } from '../proof/excused.ts';
import { generatedColumnNotes } from '../proof/generated-columns.ts';
import { keepReport } from '../proof/keep-report.ts';
import { PhaseClock } from '../proof/phase-clock.ts';
import { printAsArchivedServer } from '../proof/printed-as-archived.ts';
import { StatementLog } from '../proof/statement-log.ts';
import { dropBareTables } from '../rows/bare-table.ts';
import { loadLargeObjects } from '../rows/load-large-objects.ts';
import { loadRows } from '../rows/load-rows.ts';
import { splitStatements } from '../sql-script/statements.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { LockOrder } from '../storage/retention.ts';
import { type ApplyOptions, applyScript, openSchemaContext } from '../target/apply/apply-schema.ts';
import { pins } from '../target/apply/pin-session.ts';
import { runCanaries } from '../target/canary.ts';
import { computeAsSource, printAsArchived, settingsOfSource } from '../target/compute-as-source.ts';
import { type EmbeddedTarget, openEmbeddedTarget } from '../target/embedded/open-embedded-target.ts';
import { checkRoom } from './check-room.ts';
import { type CustomCheck, runCustomChecks } from './custom-checks.ts';
import { workOfDrill } from './work-of-drill.ts';

export type { CustomCheck } from './custom-checks.ts';

export interface DrillRequest {
  readonly store: ObjectStore;
  readonly place: BackupPlace;
  readonly checks?: readonly CustomCheck[];
  /** Parent of the embedded target's data directory. @default the system's temporary directory */
  readonly directory?: string;
  /** Whether the report of a drill that passed is put beside the manifest, and every drill is recorded. @default true */
  readonly keepsProof?: boolean;
  /** Signs the record of the drill. @default nobody does */
  readonly signer?: Signer | undefined;
  /** Is told what became of the record. */
  readonly onRecord?: ((kept: KeptRecord) => void) | undefined;
  /** Locks the proof against deletion for these days. @default the bucket's own default, if it has one */
  readonly lock?: LockOrder;
  readonly signal?: AbortSignal;
  readonly observer?: Observer;
}

/** The things that every phase of a drill uses. */
interface Drill extends DrillRequest {
  readonly manifest: Manifest;
  readonly target: EmbeddedTarget;
  readonly clock: PhaseClock;
  readonly statements: StatementLog;
  readonly signal: AbortSignal;
}

/**
 * Restores a backup into a disposable PostgreSQL in this process and compares the result with what was read
 * from the source. The report of a drill that passed is kept beside the manifest as the backup's proof, if
 * there is none yet. A backup that does not pass is a result, not an error; this throws only if the drill
 * could not run, as with `backup-arriving`: the rest of a replica says nothing about the backup.
 */
export async function drill(request: DrillRequest): Promise<DrillReport> {
  const startedAt = new Date();
  const { store, place, directory = tmpdir() } = request;
  const signal = request.signal ?? new AbortController().signal;
  const { manifest, sha256 } = await readManifestFile(store, place, { signal });
  await checkArrived(store, place, { signal });
  const room = await checkRoom(directory, manifest);
  const clock = new PhaseClock(request.observer, manifest.tables.length, manifest.totals.rawBytes);
  const target = await clock.time('open', () =>
    openEmbeddedTarget({
      directory,
      signal,
      locale: manifest.server,
      extensions: manifest.extensions.map(({ name }) => name),
      revives: true,
      hasRoomToSpare: room.isAmple,
    }),
  );
  try {
    const whole: Drill = { ...request, manifest, target, clock, statements: new StatementLog(), signal };
    const findings = await restoreAndCompare(whole);
    const report = describeDrill(manifest, sha256, findings, clock.phases, startedAt);
    if (request.keepsProof ?? true) await keepReport(request, report, manifest);
    return report;
  } finally {
    await target.close();
  }
}

/** roles, collations → pre-data → copy in → sequences → post-data → compare */
async function restoreAndCompare(drill: Drill): Promise<DrillFindings> {
  const { store, manifest, target, clock, statements, signal } = drill;
  const [roles, preData, largeObjects, sequences, postData, database] = await clock.time('fetch', () =>
    Promise.all(SCRIPTS.map((purpose) => readScript(store, manifest, purpose, signal))),
  );
  const context = await openSchemaContext(target, {
    scripts: [preData, postData].flatMap((script) => script ?? []),
    defaultOrderIsExact: target.defaultOrderIsExact,
    extensions: manifest.extensions,
    sourceMajor: majorOf(manifest.server),
    roles: manifest.roles,
  });
  const apply = (phase: string, script = '') =>
    clock.time(phase, async () => {
      const aroundEntry: ApplyOptions['aroundEntry'] = (number, work) =>
        clock.piece(`${phase}:${number}`, work);
      statements.add(await applyScript(target, script, context, { signal, aroundEntry }));
    });

  if (clock.isWatched) clock.lookAhead(new WorkAhead(workOfDrill(manifest, preData, postData), 1));
  await apply('roles', roles);
  await apply('pre-data', preData);
  await computeAsSource(target, await settingsOfSource(target, manifest));
  const rows = await clock.time('rows', () =>
    loadRows({
      store,
      manifest,
      target,
      context,
      signal,
      onTable: () => clock.tableDone(),
      counted: (chunk, pieces) => clock.loadChunk(chunk, pieces),
      databaseSql: database ?? '',
      refused: {
        makesAgain: true,
        onFailed: (failed) => statements.add({ applied: 0, skipped: [], failed }),
      },
    }),
  );
  await apply('large objects', largeObjects);
  await clock.time('large object contents', () => loadLargeObjects(store, manifest, target, signal));
  for (const chunk of [...manifest.tables.flatMap(({ chunks }) => chunks), ...manifest.largeObjects.chunks])
    clock.pieceDone(chunkId(chunk));
  await apply('sequences', sequences);
  await apply('post-data', postData);
  await printAsArchived(target);
  const recoveryTimeMs = clock.elapsedMs();

  return await clock.time('compare', async () => {
    for (const pin of pins()) await target.execute(pin);
    await runCanaries(target);
    const tables = await compareTables(target, rows, {
      print: await printAsArchivedServer(target, majorOf(manifest.server)),
      events: tellOf(clock),
    });
    await dropBareTables(target);
    const items = [
      ...tables,
      ...(await compareSequences(target, manifest.sequences)),
      ...(await compareLargeObjects(target, manifest)),
      ...statements.items(),
    ];
    const catalog = await compareWithSource({
      ...drill,
      statements: () => statementsOf([preData, postData]),
      excused: new Excused(statements.lost()),
    });
    const generatedColumns = await generatedColumnNotes(target, manifest.tables);
    const checks = await runCustomChecks(target, drill.checks ?? []);
    await runCanaries(target);
    const serverVersion = await versionOf(target);
    return {
      items: [...items, ...catalog.items, ...checks],
      catalog,
      generatedColumns,
      recoveryTimeMs,
      target: { kind: target.kind, serverVersion },
    };
  });
}

const SCRIPTS = ['roles', 'pre-data', 'large-object-metadata', 'sequences', 'post-data', 'database'] as const;

function statementsOf(scripts: ReadonlyArray<string | undefined>): string[] {
  return scripts.flatMap((script = '') => splitStatements(script).map(({ text }) => text));
}

async function versionOf(target: EmbeddedTarget): Promise<string> {
  const { rows } = await target.execute("SELECT pg_catalog.current_setting('server_version') AS version");
  return rows[0]?.version ?? 'unknown';
}
