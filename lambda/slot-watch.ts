import type { Context } from 'aws-lambda';
import { SLOT_METRICS } from '../lib/contract/capture-metrics.ts';
import { watchSlot } from '../lib/engine/capture/watch-slot.ts';
import { LifeboatError } from '../lib/engine/ground/errors.ts';
import { openStore } from '../lib/engine/storage/open-store.ts';
import { slotWatchEnvironment } from './shared/environment.ts';
import { logger } from './shared/log.ts';
import { MetricPublisher } from './shared/metrics.ts';
import { reportFailure } from './shared/report-failure.ts';
import { SourceSecret } from './shared/source-secret.ts';
import { withinTime } from './shared/time-limit.ts';
import { answerRemoval, readRemoval } from './slot-watch/removal.ts';
import { switchOff } from './slot-watch/switch-off.ts';

const { environment, vault, source, secretArn, maxHeldWalBytes } = slotWatchEnvironment();
const secret = new SourceSecret(secretArn);
const metrics = new MetricPublisher(environment);
const doing = `Watching the slot of ${source}`;

/**
 * Looks at the slot, and drops it at its limit: it is not the capture, so that a capture that hangs cannot fill the disk of
 * the source. When CloudFormation removes the setting or the stack, drops the slot before anything else is taken away.
 */
export async function handler(event: unknown, context: Context) {
  logger.addContext(context);
  const removal = readRemoval(event);
  if (removal) {
    return await answerRemoval(removal, () =>
      withinTime(context, timeUp(), (signal) =>
        switchOff({ source, secret, store: openStore(vault), signal }),
      ),
    );
  }
  try {
    const result = await withinTime(context, timeUp(), (signal) =>
      secret.use(signal, (settings) => watchSlot({ settings, source, maxHeldWalBytes, signal })),
    );
    const { heldWal, slotsDropped } = SLOT_METRICS;
    logger.info(`slot: ${result.verdict}`, { ...result });
    await metrics.publish(source, [
      [heldWal, result.heldWalBytes],
      [slotsDropped, result.verdict === 'dropped' ? 1 : 0],
    ]);
    return result;
  } catch (error) {
    throw reportFailure(error, doing);
  }
}

function timeUp(): LifeboatError {
  return new LifeboatError({
    code: 'slot-watch-time-up',
    kind: 'interrupted',
    what: `${doing} did not finish within the time limit of its function.`,
    meaning: 'The next run tries again.',
    remedy: `Look on the source: SELECT slot_name, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) FROM pg_replication_slots.`,
  });
}
