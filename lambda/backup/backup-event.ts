import * as v from 'valibot';
import type { ScheduledBackupEvent } from '../../lib/contract/events.ts';
import { RETENTION_CLASSES } from '../../lib/contract/retention-classes.ts';
import {
  type BackupPlace,
  checkSlot,
  manualBackupId,
  scheduledBackupId,
} from '../../lib/engine/archive/keys.ts';
import { InvalidScheduleError } from '../../lib/schedule/invalid-schedule-error.ts';
import { retentionClassOfRun } from '../../lib/schedule/retention-class.ts';
import { parseSchedule, previousRun, type Schedule } from '../../lib/schedule/schedule.ts';
import { optionalFields } from '../shared/optional-fields.ts';
import { eventInvalid, readEvent } from '../shared/read-event.ts';

const scheduledRun = v.strictObject({
  slot: v.pipe(v.string(), v.isoTimestamp()),
  schedule: v.string(),
  timeZone: v.string(),
}) satisfies v.GenericSchema<ScheduledBackupEvent>;

/** From a person. */
const byHand = optionalFields({
  class: v.optional(v.picklist(RETENTION_CLASSES), 'manual'),
  reason: v.optional(v.pipe(v.string(), v.nonEmpty(), v.maxLength(500))),
  scope: v.optional(v.picklist(['full', 'schema-only']), 'full'),
});

const EXAMPLE = '{"reason": "before migration 005"}, with "scope": "schema-only" for no rows';

/** The backup that an event asks for. */
export interface BackupOrder {
  readonly place: BackupPlace;
  readonly scope: 'full' | 'schema-only';
  readonly reason?: string;
}

/** An order of a schedule, with the places of the backups that its last slots made, the newest first. */
export interface ReadOrder {
  readonly order: BackupOrder;
  readonly earlier: readonly BackupPlace[];
}

/**
 * Whether an event comes from a schedule. If such an event is invalid, there is no backup that night; an
 * invalid event by hand is only a typing error, and the person reads the answer.
 */
export function isScheduled(event: unknown): boolean {
  return (
    typeof event === 'object' &&
    event !== null &&
    Object.keys(scheduledRun.entries).every((key) => key in event)
  );
}

/** Throws `event-invalid`, `slot-in-future`. */
export function backupOrder(event: unknown, source: string, now: Date): ReadOrder {
  if (typeof event === 'object' && event !== null && 'slot' in event)
    return scheduledOrder(event, source, now);
  const { class: retentionClass, scope, reason } = readEvent(byHand, event, EXAMPLE);
  const order = {
    place: { retentionClass, source, backupId: manualBackupId(now) },
    scope,
    ...(reason === undefined ? {} : { reason }),
  };
  return { order, earlier: [] };
}

/**
 * The slot decides the id, so that a slot delivered twice is sealed once. The slot also decides the class.
 */
function scheduledOrder(event: object, source: string, now: Date): ReadOrder {
  const { slot, schedule, timeZone } = readEvent(scheduledRun, event, EXAMPLE);
  const at = checkSlot(new Date(slot), now);
  try {
    const parsed = parseSchedule(schedule, timeZone);
    const placeOf = (run: Date): BackupPlace => ({
      retentionClass: retentionClassOfRun(parsed, run),
      source,
      backupId: scheduledBackupId(run),
    });
    return {
      order: { place: placeOf(at), scope: 'full' },
      earlier: runsBefore(parsed, at).map(placeOf),
    };
  } catch (error) {
    if (error instanceof InvalidScheduleError) throw eventInvalid(`schedule: ${error.message}`, EXAMPLE);
    throw error;
  }
}

/** How many earlier slots are looked at: one or two nights may have failed. */
const EARLIER_SLOTS = 3;

function runsBefore(schedule: Schedule, slot: Date): Date[] {
  const runs: Date[] = [];
  for (
    let run = previousRun(schedule, slot);
    run && runs.length < EARLIER_SLOTS;
    run = previousRun(schedule, run)
  ) {
    runs.push(run);
  }
  return runs;
}
