import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { LifeboatError } from '../../lib/engine/ground/errors.ts';

const scheduler = new SchedulerClient({
  maxAttempts: 5,
  requestHandler: { connectionTimeout: 3000, requestTimeout: 10_000, throwOnRequestTimeout: true },
});

/** When a schedule of the default group was created. The age of a source without backups counts from then. */
export async function creationOfSchedule(scheduleName: string, abortSignal: AbortSignal): Promise<Date> {
  const { CreationDate } = await scheduler.send(new GetScheduleCommand({ Name: scheduleName }), {
    abortSignal,
  });
  if (CreationDate) return CreationDate;
  throw new LifeboatError({
    code: 'schedule-undated',
    kind: 'internal',
    what: `EventBridge Scheduler does not say when the schedule ${scheduleName} was created.`,
  });
}
