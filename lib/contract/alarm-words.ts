import type { AlarmKind } from './alarm-texts.ts';

/** How a message tells an alarm to people, beside the alarm's own text. `{subject}` is what the alarm is about. */
export interface AlarmWords {
  /** One line without a full stop. @default - the first sentence of the alarm's text */
  readonly title?: string;
  /** Says what to do now, in a sentence or two. The runbook says more. */
  readonly toDo: string;
  /** It is green again after some minutes whatever happened, so nobody is told that it is over. @default false */
  readonly isMoment?: boolean;
}

/** The words of all kinds. An alarm of a newer kind is told by the first sentence of its text, and by its runbook. */
export const ALARM_WORDS: Readonly<Record<AlarmKind | 'page-now', AlarmWords>> = {
  'page-now': {
    toDo: 'See which of its alarms is red, and go to the heading of that one in the runbook.',
  },
  'no-backup-25h': {
    title: 'Backups of {subject} are overdue',
    toDo: "Read the errors in the backup function's log, mend the cause, and invoke the function by hand.",
  },
  'notify-errors': {
    title: 'Messages may not get through',
    toDo: "Read the notify function's log: it names the channel and the reason.",
    isMoment: true,
  },
  'notify-silent': {
    title: 'Messages do not get through',
    toDo: 'See whether the schedule of the notify function is there and enabled, and look at the alarms yourself.',
  },
  unproven: {
    title: 'No recent backup of {subject} is proven',
    toDo: 'Drill the newest backup by hand. If that fails, its report says what cannot be restored.',
  },
  'drill-failed-twice': {
    title: 'Restore drills of {subject} fail',
    toDo: 'Read the report of the drill. Make a new backup and drill it. Delete nothing.',
  },
  'backup-failed': {
    title: 'A backup of {subject} failed',
    toDo: "The error in the function's log names the cause and the remedy. Then invoke the function by hand.",
    isMoment: true,
  },
  'drill-failed': {
    title: 'A restore drill of {subject} failed',
    toDo: "The error in the function's log names what differs, or the limit that was reached. Then drill again.",
    isMoment: true,
  },
  'drill-room': {
    title: 'Drills of {subject} are short of disk space',
    toDo: 'Raise drillSize.temporaryStorageMb of the source and deploy, or drill it on a machine.',
  },
  'size-deviation': {
    title: 'The newest backup of {subject} has an unusual size',
    toDo: 'Compare it with the one before (`lifeboat diff`). If rows are missing, keep the older backups with a hold.',
  },
  'duration-deviation': {
    title: 'Backups of {subject} have become slow',
    toDo: 'Compare sizes and load of the source. Raise backupSize.memoryMb before backups need 15 minutes.',
  },
  'egress-high': {
    title: 'Backups of {subject} take more from its host than you planned',
    toDo: 'Look how much the plan of the host includes (`lifeboat cost`). Leave rows out, back up less often, or raise egressLimitGb.',
  },
  'recovery-time': {
    title: 'Restoring {subject} takes longer than the target',
    toDo: 'Give the drill more memory, let tiers come first, or agree on another target.',
  },
  'dead-letters': {
    title: 'An invocation of {subject} failed or got lost',
    toDo: 'Read the message in the dead-letter queue, make up for the run, then empty the queue.',
  },
  throttled: {
    title: 'The function {subject} was throttled',
    toDo: "See whether it ran in the end. Ask AWS for more concurrency, or move the sources' schedules apart.",
    isMoment: true,
  },
  'sentinel-errors': {
    title: 'The sentinel fails',
    toDo: 'Read its log. Until it works, look at the vault yourself: `lifeboat list`.',
  },
  'sentinel-silent': {
    title: 'The sentinel does not run',
    toDo: 'See whether its schedule is there and enabled. Until it works, look at the vault yourself: `lifeboat list`.',
  },
  'replica-behind': {
    title: 'The replica of {subject} lags behind',
    toDo: "See whether the replication role, the replica's key and its bucket are as they were deployed.",
  },
  'replica-undrilled': {
    title: 'The replica of {subject} has not been drilled',
    toDo: 'Invoke its drill function by hand, and read its log.',
  },
  'replication-lag': {
    title: 'The replication lags',
    toDo: 'Wait for an hour, and look at the status page of AWS. If it stays, read the runbook.',
  },
  'replication-failed': {
    title: 'Objects could not be replicated',
    toDo: 'Find out why, and replicate them with S3 Batch Replication.',
  },
  'keeper-silent': {
    title: 'The keeper does not run',
    toDo: 'Nothing is lost. See whether its schedule is there and enabled.',
  },
  'recovery-point-old': {
    title: 'The captured changes of {subject} are behind',
    toDo: "Read the capture's log: its error names the cause and the remedy.",
  },
  'capture-silent': {
    title: 'The changes of {subject} are not captured',
    toDo: 'See whether the schedule of the capture is there and enabled, and read its log.',
  },
  'held-wal': {
    title: 'The slot of {subject} holds much WAL',
    toDo: "Read the capture's log. Look for a transaction that has been open for long, on the source.",
  },
  'slot-dropped': {
    title: 'Lifeboat dropped the slot of {subject}, which held too much WAL',
    toDo: 'Find out why the capture did not keep up. It begins again by itself, with a new base.',
    isMoment: true,
  },
  'slot-lost': {
    title: 'The slot of {subject} was lost',
    toDo: 'The capture began again by itself. Its log says what happened: see whether that was meant.',
    isMoment: true,
  },
  'changes-gap': {
    title: 'New moments of {subject} cannot be restored yet',
    toDo: 'See whether a backup of it is under way or failed. Invoke the backup function by hand.',
  },
  'changes-unproven': {
    title: 'The captured changes of {subject} are not proven',
    toDo: "Read the drill's log: it names the tables that differ, or the error. If you must restore now, restore a backup.",
  },
  'tables-not-covered': {
    title: 'Changes of some tables of {subject} are not captured',
    toDo: '`lifeboat pitr status` names them. Give them a primary key.',
  },
  'slot-watch-silent': {
    title: 'Nobody watches the slot of {subject}',
    toDo: 'See whether the schedule of the watchdog is there and enabled, and read its log.',
  },
  'scrub-damaged': {
    title: 'Backups of {subject} are damaged',
    toDo: 'See with `lifeboat list` which ones. If the newest is among them, take a new backup now. Delete nothing: the cause must be found.',
  },
  'scrub-timed-out': {
    title: 'A scrub took longer than it may',
    toDo: 'See in the execution which state it stood in, and start the scrub again.',
    isMoment: true,
  },
  'scrub-stopped': {
    title: 'A scrub was stopped',
    toDo: 'Ask who stopped the execution, and start the scrub again: its backups were not all read.',
    isMoment: true,
  },
  'scrub-overdue': {
    title: 'The backups of {subject} have not been read again for too long',
    toDo: 'See how the last scrubs ended, and start one by hand.',
  },
  'scrub-failed': {
    title: 'A scrub of the vault failed',
    toDo: 'Mend what kept it from reading (the message of the scrub names it), and start another scrub.',
    isMoment: true,
  },
  'source-unreachable': {
    title: 'The database {subject} cannot be reached',
    toDo: 'See whether the application still reaches it. If it does, look at the network and the secret of the health function; if it does not, at the server.',
  },
  'health-critical': {
    title: 'The database {subject} is in danger',
    toDo: 'Read the findings: `lifeboat health`, or the newest result of the health function. Each says what to do.',
  },
  'health-warning': {
    title: 'The database {subject} needs a look',
    toDo: 'Read the findings this week: `lifeboat health`, or the newest result of the health function. Each says what to do.',
  },
  'export-failed': {
    title: 'An export of {subject} failed',
    toDo: 'Read the export function\'s log, remove the cause, and invoke the function by hand with {"backup": "latest"}.',
  },
  'health-not-measured': {
    title: 'The health of {subject} is not measured',
    toDo: "Read the health function's log, invoke it by hand, and see whether its schedule is enabled.",
  },
};
