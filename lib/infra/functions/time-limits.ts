import { Duration } from 'aws-cdk-lib';

/** How long EventBridge tries to deliver an event to Lambda. */
export const HANDOVER_TIME = Duration.minutes(15);

/** How long Lambda keeps the event of a backup that cannot start yet. */
export const BACKUP_EVENT_AGE = Duration.minutes(30);

/** How long Lambda keeps the event of a drill that cannot start yet. */
export const DRILL_EVENT_AGE = Duration.hours(1);

/** How long Lambda keeps the event of a keeper that cannot start yet. */
export const KEEPER_EVENT_AGE = Duration.hours(2);

/** The longest that a function runs (AWS Lambda Developer Guide, "Lambda quotas"). */
export const RUN_TIME = Duration.minutes(15);

/** From a slot to the seal of its backup, at most. */
export const BACKUP_TIME_MS =
  HANDOVER_TIME.toMilliseconds() + BACKUP_EVENT_AGE.toMilliseconds() + RUN_TIME.toMilliseconds();

/** From a drill's slot, or from the seal of the backup that it follows, to the proof, at most. */
export const DRILL_TIME_MS =
  HANDOVER_TIME.toMilliseconds() + DRILL_EVENT_AGE.toMilliseconds() + RUN_TIME.toMilliseconds();

/** The most attempts allowed. Scheduler and EventBridge back off, so the age limit always comes first. */
export const MOST_HANDOVER_ATTEMPTS = 185;
