import * as z from 'zod';
import {
  type BackupPlace,
  manualBackupId,
  RETENTION_CLASSES,
  scheduledBackupId,
} from '../lib/engine/archive/keys.ts';
import { InvalidScheduleError } from '../lib/schedule/invalid-schedule-error.ts';
import { retentionClassOfRun } from '../lib/schedule/retention-class.ts';
import { parseSchedule } from '../lib/schedule/schedule.ts';
import { eventInvalid, readEvent } from './event.ts';

/** From EventBridge Scheduler: the run's planned time and the schedule that it is a run of. */
const scheduledRun = z.strictObject({
  slot: z.iso.datetime({ offset: true }),
  schedule: z.string(),
  timeZone: z.string(),
});

/** From a person. */
const byHand = z.strictObject({
  class: z.enum(RETENTION_CLASSES).default('manual'),
  reason: z.string().min(1).max(500).optional(),
  scope: z.enum(['full', 'schema-only']).default('full'),
});

const EXAMPLE = '{"reason": "before migration 005"}, with "scope": "schema-only" for no rows';

/** What a backup is asked by an event. */
export interface BackupOrder {
  readonly place: BackupPlace;
  readonly scope: 'full' | 'schema-only';
  readonly reason?: string;
}

/** Throws `event-invalid`. */
export function backupOrder(event: unknown, source: string, now: Date): BackupOrder {
  if (typeof event === 'object' && event !== null && 'slot' in event) return scheduledOrder(event, source);
  const { class: retentionClass, scope, reason } = readEvent(byHand, event, EXAMPLE);
  return {
    place: { retentionClass, source, backupId: manualBackupId(now) },
    scope,
    ...(reason === undefined ? {} : { reason }),
  };
}

/** The slot makes the id, so that a slot that is delivered twice is sealed once, and the class. */
function scheduledOrder(event: object, source: string): BackupOrder {
  const { slot, schedule, timeZone } = readEvent(scheduledRun, event, EXAMPLE);
  const at = new Date(slot);
  try {
    const retentionClass = retentionClassOfRun(parseSchedule(schedule, timeZone), at);
    return { place: { retentionClass, source, backupId: scheduledBackupId(at) }, scope: 'full' };
  } catch (error) {
    if (error instanceof InvalidScheduleError) throw eventInvalid(`schedule: ${error.message}`, EXAMPLE);
    throw error;
  }
}
