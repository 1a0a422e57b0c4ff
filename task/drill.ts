import { readFile } from 'node:fs/promises';
import { drillAnswer, drillFailed } from '../lambda/restore-drill/drill-answer.ts';
import { IdentitySecret } from '../lambda/restore-drill/identity-secret.ts';
import { kmsSigner } from '../lambda/restore-drill/kms-signer.ts';
import { DRILL_UNSIGNED, RecordWatch } from '../lambda/restore-drill/unsigned.ts';
import { drillEnvironment, drillTaskEnvironment, lockOf } from '../lambda/shared/environment.ts';
import { logger, logObserver } from '../lambda/shared/log.ts';
import { MetricPublisher } from '../lambda/shared/metrics.ts';
import { reportFailure } from '../lambda/shared/report-failure.ts';
import { DRILL_EXIT, DRILL_FOLDERS, PASSWORD_FILE } from '../lib/contract/drill-task.ts';
import { METRICS } from '../lib/contract/metric-names.ts';
import type { DrillReport } from '../lib/engine/archive/drill-report.ts';
import { resolveBackup } from '../lib/engine/archive/resolve-backup.ts';
import { connectionSettings } from '../lib/engine/connection/connection-settings.ts';
import { drillOnServer } from '../lib/engine/drill/drill-on-server.ts';
import { LifeboatError } from '../lib/engine/ground/errors.ts';
import { openStore } from '../lib/engine/storage/open-store.ts';
import { withIdentities } from '../lib/engine/storage/with-identities.ts';
import { stoppable } from './stoppable.ts';

/**
 * The program of a drill's task: drills one backup on the server beside it, and ends with a code of DRILL_EXIT. Report and
 * proof are those of the function. The drill counts as begun when it has ended: what watches drills takes one that says
 * nothing for fifteen minutes for dead, and the function hears of a task that dies.
 */
const { environment, vault, source, checks, isReplica, objectLock, ageIdentitySecretArn, signingKeyArn } =
  drillEnvironment();
const { backup, jobs, hours, port } = drillTaskEnvironment();
const metrics = new MetricPublisher(environment);
const doing = `The drill of ${source}`;
const record = new RecordWatch();
const HOUR_MS = 3_600_000;
const STOPPED = 'drill-stopped';

process.exit(await run());

async function run(): Promise<number> {
  try {
    const longestMs = hours * HOUR_MS;
    const report = await stoppable({ stopped: stopped(), late: timeUp(), longestMs }, drill);
    const answer = drillAnswer(report);
    logger.info('drill ended', { ...answer });
    if (report.verdict === 'failed') throw drillFailed(report);
    await metrics.tryPublish(source, [
      [METRICS.drillStarted, 1],
      [METRICS.drillSucceeded, 1],
    ]);
    record.check(doing);
    return DRILL_EXIT.done;
  } catch (error) {
    if (error instanceof LifeboatError && error.code === DRILL_UNSIGNED) {
      reportFailure(error, doing);
      return DRILL_EXIT.unsigned;
    }
    await metrics.tryPublish(source, [
      [METRICS.drillStarted, 1],
      [METRICS.drillFailed, 1],
    ]);
    const { code } = reportFailure(error, doing);
    return code === STOPPED ? DRILL_EXIT.stopped : DRILL_EXIT.failed;
  }
}

async function drill(signal: AbortSignal): Promise<DrillReport> {
  const store = openStore(vault);
  try {
    const onNotice = (notice: string) => logger.info(notice);
    const place = await resolveBackup(store, backup, { source }, { signal, onNotice });
    logger.info('drill begins', { ...place, jobs });
    const password = await readFile(PASSWORD_FILE, 'utf8');
    const server = connectionSettings(
      `postgres://postgres:${password}@127.0.0.1:${port}/postgres?sslmode=disable`,
    );
    return await new IdentitySecret(ageIdentitySecretArn).use(signal, (identities) =>
      drillOnServer({
        store: withIdentities(store, identities),
        ...{ place, checks, jobs, server, signal, ...lockOf(objectLock, place.retentionClass) },
        ...{ signer: kmsSigner(signingKeyArn), onRecord: record.onRecord },
        ...{ keepsProof: !isReplica, sameMajor: true, dataDirectory: DRILL_FOLDERS.data },
        observer: logObserver(),
      }),
    );
  } finally {
    await store.close();
  }
}

function stopped(): LifeboatError {
  return new LifeboatError({
    code: STOPPED,
    kind: 'interrupted',
    what: `${doing} was stopped from outside: somebody stopped the task, or Fargate retired its machine.`,
    meaning: 'It proved nothing. The backup is unchanged.',
    remedy: 'Invoke the drill function again, or wait for its schedule.',
  });
}

function timeUp(): LifeboatError {
  return new LifeboatError({
    code: 'drill-time-up',
    kind: 'interrupted',
    what: `${doing} did not finish within ${hours} hours.`,
    meaning: 'It was stopped in an orderly way and proved nothing. The backup is unchanged.',
    remedy: 'Raise drillHours of this source in bin/environments.ts.',
  });
}
