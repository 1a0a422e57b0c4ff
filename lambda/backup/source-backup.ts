import { METRICS } from '../../lib/contract/metric-names.ts';
import { checkRecipients } from '../../lib/engine/age/recipients.ts';
import { nameOfBackup } from '../../lib/engine/archive/listing.ts';
import { type BackupRequest, type BackupResult, backup } from '../../lib/engine/backup/backup.ts';
import type { LifeboatError } from '../../lib/engine/ground/errors.ts';
import type { ObjectStore } from '../../lib/engine/storage/object-store.ts';
import { openStore } from '../../lib/engine/storage/open-store.ts';
import { backupEnvironment, lockOf } from '../shared/environment.ts';
import { OutsideHeartbeat } from '../shared/heartbeat.ts';
import { logger, logObserver } from '../shared/log.ts';
import { MetricPublisher, type MetricValue } from '../shared/metrics.ts';
import { reportFailure } from '../shared/report-failure.ts';
import { SourceSecret } from '../shared/source-secret.ts';
import { backupAnswer } from './backup-answer.ts';
import type { BackupOrder } from './backup-event.ts';

/** What differs between a function and a task that back up the same source. */
export interface RunLimits extends Pick<BackupRequest, 'admit' | 'longestSnapshotMs'> {
  readonly signal: AbortSignal;
}

/** The backups of the source that the variables name: what the function and the task share. */
export class SourceBackup {
  readonly source: string;
  readonly store: ObjectStore;
  /** Megabytes each second that the settings allow at most. */
  readonly limit: number | undefined;
  readonly #environment: ReturnType<typeof backupEnvironment>;
  readonly #secret: SourceSecret;
  readonly #metrics: MetricPublisher;
  readonly #heartbeat: OutsideHeartbeat;
  #startedMs = performance.now();

  constructor() {
    this.#environment = backupEnvironment();
    const { environment, vault, source, secretArn, order, heartbeatSecretArn } = this.#environment;
    this.source = source;
    this.store = openStore(vault);
    this.limit = order.maxMegabytesPerSecond;
    this.#secret = new SourceSecret(secretArn);
    this.#metrics = new MetricPublisher(environment);
    this.#heartbeat = new OutsideHeartbeat(heartbeatSecretArn, 'backup');
  }

  /** Makes the backup, and publishes that it succeeded. */
  async run(order: BackupOrder, limits: RunLimits): Promise<BackupResult> {
    const { order: standing, objectLock, ageRecipients } = this.#environment;
    this.#startedMs = performance.now();
    logger.info('backup begins', { backup: nameOfBackup(order.place), ...order });
    const recipients = ageRecipients && (await checkRecipients(ageRecipients));
    const result = await this.#secret.use(limits.signal, (settings) =>
      backup({
        ...standing,
        selectionDefinesSource: true,
        ...order,
        ...lockOf(objectLock, order.place.retentionClass),
        settings,
        store: this.store,
        recipients,
        observer: logObserver(),
        ...limits,
      }),
    );
    await this.#metrics.tryPublish(this.source, valuesOf(result));
    // One of the schema alone is no backup to restore.
    if (order.scope !== 'schema-only') {
      await this.#heartbeat.tell({ state: 'success', durationMs: this.#durationMs() });
    }
    return result;
  }

  /** The answer of a run, which is logged too. `costUsd` of a run of that many seconds, from list prices. */
  answer(result: BackupResult, costUsd: number) {
    const answer = { ...backupAnswer(result, this.#environment.drillRoomMb), costUsd };
    logger.info('backup ended', { ...answer });
    if ('warnings' in answer) for (const warning of answer.warnings ?? []) logger.warn(warning);
    return answer;
  }

  /** Publishes that a run failed, and makes of anything thrown the error that may be shown. */
  async fail(error: unknown, wasPublished = false): Promise<LifeboatError> {
    if (!wasPublished) await this.#metrics.tryPublish(this.source, [[METRICS.backupFailed, 1]]);
    const failure = reportFailure(error, `The backup of ${this.source}`);
    if (!wasPublished) {
      await this.#heartbeat.tell({ state: 'failure', durationMs: this.#durationMs(), why: failure.what });
    }
    return failure;
  }

  #durationMs(): number {
    return performance.now() - this.#startedMs;
  }
}

function valuesOf(result: BackupResult): MetricValue[] {
  if (result.outcome === 'already-sealed') return [[METRICS.backupSucceeded, 1]];
  const { durationMs, totals } = result.manifest;
  return [
    [METRICS.backupSucceeded, 1],
    [METRICS.backupDuration, durationMs / 1000],
    [METRICS.backupSize, totals.storedBytes],
  ];
}
