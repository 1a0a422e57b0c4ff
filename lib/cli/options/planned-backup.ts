import { type Command, Option } from 'commander';
import { RETENTION_CLASSES, type RetentionClass } from '../../contract/retention-classes.ts';
import { classByVault } from '../../engine/archive/class-by-vault.ts';
import { type BackupPlace, checkSlot, manualBackupId, scheduledBackupId } from '../../engine/archive/keys.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import { InvalidScheduleError } from '../../schedule/invalid-schedule-error.ts';
import { retentionClassOfRun } from '../../schedule/retention-class.ts';
import { parseSchedule, previousRun, type Schedule } from '../../schedule/schedule.ts';
import type { TimeZone } from '../../schedule/time-zone.ts';
import type { Context } from '../program/context.ts';
import { usageError } from '../program/failure.ts';
import { instantValue } from './option-values.ts';
import { givenZone } from './own-zone.ts';

/** What decides about the class and the id of a backup. */
export interface PlanOptions {
  readonly class?: RetentionClass | 'auto';
  readonly slot?: Date;
  readonly schedule?: string;
  readonly timeZone?: string;
  readonly schemaOnly?: boolean;
}

export function addPlanOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--class <class>',
        'retention class, which decides how long the backup is kept; auto: the first of a month is monthly, the first of a week weekly, others daily, by what the vault holds (default: manual, or by --schedule)',
      ).choices([...RETENTION_CLASSES, 'auto']),
    )
    .option(
      '--slot <time>',
      'planned time of a scheduled run, such as 2026-11-20T02:00:00Z; a slot is backed up only once, however often you run it',
      instantValue,
    )
    .option(
      '--schedule <expression>',
      "for cron: the schedule that this run belongs to, as EventBridge Scheduler writes it, 'cron(0 2 * * ? *)'; decides the class as the functions do, and the slot unless --slot does",
    )
    .option(
      '--time-zone <zone>',
      'IANA zone of --schedule and of --class auto, such as Europe/Berlin (default: TZ, or the zone of this machine)',
    );
}

/** Where this run's backup goes. Throws `schedule-invalid`, `class-contradiction`, `time-zone-invalid`, `slot-in-future`. */
export async function plannedPlace(
  store: ObjectStore,
  source: string,
  options: PlanOptions,
  context: Pick<Context, 'now' | 'environment' | 'signal'>,
): Promise<BackupPlace> {
  refuseContradictions(options);
  const now = context.now();
  if (options.schedule !== undefined) {
    const schedule = scheduleOf(options.schedule, givenZone(options.timeZone, context));
    const slot = checkSlot(options.slot ?? slotOf(schedule, now), now);
    const retentionClass = retentionClassOfRun(schedule, slot);
    return { retentionClass, source, backupId: scheduledBackupId(slot) };
  }
  const slot = options.slot && checkSlot(options.slot, now);
  const slotId = slot && scheduledBackupId(slot);
  const backupId = slotId ?? manualBackupId(now);
  if (options.class !== 'auto') return { retentionClass: options.class ?? 'manual', source, backupId };
  // Not before: a zone loads calendars, which takes longer than everything else here.
  const zone = givenZone(options.timeZone, context);
  const next = { source, at: slot ?? now, zone, slotId, schemaOnly: options.schemaOnly ?? false };
  const retentionClass = await classByVault(store, next, { signal: context.signal });
  return { retentionClass, source, backupId };
}

function refuseContradictions({ class: given, schedule, timeZone }: PlanOptions): void {
  if (schedule !== undefined && given !== undefined) {
    throw usageError(
      'class-contradiction',
      '--schedule decides the class, and --class gives another.',
      'Leave one of them out.',
    );
  }
  if (timeZone !== undefined && schedule === undefined && given !== 'auto') {
    throw usageError(
      'class-contradiction',
      '--time-zone has a meaning with --schedule or --class auto only.',
      'Add one of them.',
    );
  }
}

/** Throws `schedule-invalid`, naming the option. */
export function scheduleOf(expression: string, zone: TimeZone, option = '--schedule'): Schedule {
  try {
    return parseSchedule(expression, zone.name);
  } catch (error) {
    if (!(error instanceof InvalidScheduleError)) throw error;
    throw usageError(
      'schedule-invalid',
      `${option}: ${error.message}.`,
      "Write six fields as EventBridge Scheduler does: the crontab line 0 2 * * * is 'cron(0 2 * * ? *)'. Without a schedule, --class auto decides by what the vault holds.",
    );
  }
}

/** The last planned run. */
function slotOf(schedule: Schedule, now: Date): Date {
  const slot = schedule.kind === 'cron' ? previousRun(schedule, new Date(now.getTime() + 1)) : undefined;
  if (slot) return slot;
  throw usageError(
    'schedule-invalid',
    schedule.kind === 'rate'
      ? '--schedule rate(…) says how far apart runs are, and not when one is planned.'
      : '--schedule has had no run yet.',
    'Give the planned time with --slot, or use --class auto.',
  );
}
