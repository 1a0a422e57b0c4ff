/** The text of an alarm, as data: `{name}` stands for a fact that the alarm is given. */
export interface AlarmText {
  /** Says what happened and what it means, in a few sentences, to the person who is woken. */
  readonly says: string;
  /** Whether the alarm turns a page-now red. Every alarm also sends an e-mail, unless `mails` is false. */
  readonly pages: boolean;
  /** @default true */
  readonly mails?: boolean;
  /** Whether the alarm wakes people by itself, and also tells when it is over. @default false */
  readonly isCritical?: boolean;
}

/**
 * All kinds of alarms. A kind is the end of the alarm's name, and the heading of the runbook that the alarm's
 * text links to.
 */
export const ALARM_TEXTS = {
  'no-backup-25h': {
    says: 'No full backup of {source} has been sealed for more than {threshold}, although its schedule runs at least every {gap}. If the data are insufficient, the sentinel reports nothing about {source}, and nobody is watching its backups.',
    pages: true,
  },
  unproven: {
    says: 'The newest backup of {source} that a drill has proven is more than {threshold} old. Its schedules never take that long when all is well. Newer backups may or may not restore.',
    pages: true,
  },
  'drill-failed-twice': {
    says: 'CRITICAL: two restore drills of {source} failed in a row. Assume that its backups cannot be restored until a drill succeeds.',
    pages: true,
  },
  'backup-failed': {
    says: 'A backup of {source} failed, or its function or task ran out of time or memory, or the task never started. Earlier backups are untouched.',
    pages: false,
  },
  'drill-failed': {
    says: 'A restore drill of {source} failed, or its function ran out of time, memory or /tmp. Perhaps the backup cannot be restored.',
    pages: false,
  },
  'drill-room': {
    says: 'A drill of the newest backup of {source} needs more than {percent} % of the {room} MB of /tmp that its function has. Once it needs more than {room} MB, every drill fails.',
    pages: false,
  },
  'size-deviation': {
    says: 'The newest backup of {source} is more than {percent} % larger or smaller than the median of the seven before it in its class. If it is smaller, the source may have lost data.',
    pages: false,
  },
  'duration-deviation': {
    says: 'The newest backup of {source} took more than {factor} times the median of the seven before it in its class. A backup function is stopped after 15 minutes.',
    pages: false,
  },
  'egress-high': {
    says: 'The backups of {source} take more than {gigabytes} GB a month from its host, as COPY text that nothing compresses on the way. The host bills for it, or stops a free plan when its quota is used up.',
    pages: false,
  },
  'recovery-time': {
    says: 'The newest proven backup of {source} took longer to restore in its drill than the target of {minutes} minutes.',
    pages: false,
  },
  'dead-letters': {
    says: 'An invocation of a function of {subject} could not be delivered, or failed. It is in the dead-letter queue, with the reason.',
    pages: false,
  },
  throttled: {
    says: "Lambda throttled {function}, because the account's concurrency is used up. The function starts late or, if it waits too long, not at all.",
    pages: false,
  },
  'sentinel-errors': {
    says: 'The sentinel failed twice within 15 minutes. While it fails, nobody watches the age of backups.',
    pages: true,
  },
  'sentinel-silent': {
    says: 'The sentinel was not started for 15 minutes, or has never run since the deployment. Nobody watches the age of backups.',
    pages: true,
    // The page-now sends the message. After a deployment nothing is reported until the warm-up is over.
    mails: false,
  },
  'replica-behind': {
    says: 'The newest full backup of {source} that is complete in the replica is more than {threshold} old: longer than backups are apart, and {replication} for the replication. If the vault is lost now, newer data are lost. If the data are insufficient, the sentinel of the replica reports nothing about {source}.',
    pages: true,
  },
  'replica-undrilled': {
    says: 'No restore drill of {source} has passed in the replica for more than {threshold}. Its schedule never takes that long when all is well.',
    pages: false,
  },
  'replication-lag': {
    says: 'For 15 minutes S3 has been more than {threshold} behind in replicating the vault. What is not replicated yet is lost if the vault is.',
    pages: false,
  },
  'replication-failed': {
    says: 'S3 could not replicate objects of the vault to {replica}, and does not try again by itself. The backups that they belong to stay incomplete there.',
    pages: false,
  },
  'scrub-damaged': {
    says: 'Objects of backups of {source} are not what was written: a scrub has read all of them. The message of the scrub names the objects, and the newest intact backup. Damaged backups cannot be restored in full.',
    pages: false,
  },
  'scrub-overdue': {
    says: 'No scrub of the vault of {source} has ended for more than {threshold}, although its schedule runs at least every {gap}. Nobody knows whether its older backups are still as they were written.',
    pages: false,
  },
  'scrub-failed': {
    says: 'A scrub of the vault of {environment} failed, or could not read every object. What it did not read is neither damaged nor intact as far as anybody knows.',
    pages: false,
  },
  'scrub-timed-out': {
    says: 'A scrub of the vault of {environment} took longer than {limit}, so Step Functions ended it. It wrote no records, and nobody knows what it found.',
    pages: false,
  },
  'scrub-stopped': {
    says: 'Somebody stopped a scrub of the vault of {environment} before it had read every backup. It wrote no records, and nobody knows what it found.',
    pages: false,
  },
  'keeper-silent': {
    says: 'The keeper was not started for 36 hours, or has never run since the deployment. No backup is lost: nothing new expires while it is silent, so the vault grows and costs more.',
    pages: false,
  },
  'notify-errors': {
    says: 'Messages to people may not get through: the function that tells them failed. What it could not tell waits, and is tried again. This message did not need it.',
    pages: false,
  },
  'notify-silent': {
    says: 'Messages to people do not get through: the function that tells them was not started for 45 minutes, or has never run since the deployment. This message did not need it.',
    pages: false,
  },
  'source-unreachable': {
    says: 'CRITICAL: {source} could not be reached for five minutes. Either the database is down, or nothing gets to it from its network. No backup can be made meanwhile; those in the vault are untouched.',
    pages: false,
    isCritical: true,
  },
  'health-critical': {
    says: 'CRITICAL: the health check of {source} found something with which the database stops, loses rows or is open to strangers, now or soon.',
    pages: false,
    isCritical: true,
  },
  'health-warning': {
    says: 'Two of the last three health checks of {source} found something that somebody should look at this week.',
    pages: false,
  },
  'recovery-point-old': {
    says: 'The captured changes of {source} are more than {minutes} minutes behind. If the database is lost now, what was committed since then is lost. Backups are not affected.',
    pages: false,
  },
  'capture-silent': {
    says: 'The changes of {source} were not captured for {minutes} minutes: the function is not started, or it fails before it can say anything. The slot holds WAL on the source meanwhile.',
    pages: false,
  },
  'held-wal': {
    says: 'The slot of {source} holds more than {percent} % of the {limit} of WAL that it may. At the limit Lifeboat drops the slot, so that the disk of the source does not fill.',
    pages: false,
  },
  'slot-dropped': {
    says: 'The slot of {source} held {limit} of WAL, and Lifeboat dropped it, so that the disk of the source does not fill. The next capture begins again with a new base; until then no newer moment can be restored.',
    pages: false,
  },
  'slot-lost': {
    says: 'The slot of {source} was lost, dropped or moved, or the source was restored. The capture began again; moments from the last capture to the new base cannot be restored.',
    pages: false,
  },
  'changes-gap': {
    says: 'For more than {minutes} minutes no moment of {source} can be restored, because the captured changes have no base yet. Older moments, and backups, can.',
    pages: false,
  },
  'changes-unproven': {
    says: 'The last drill of {source} could not prove its captured changes: they do not lead from one backup to the next, or the replay did not end. This is not about the backups, which are drilled on their own. Assume that moments between the last two backups cannot be restored, until a drill proves the changes.',
    pages: false,
  },
  'tables-not-covered': {
    says: 'Changes of at least one table of {source} are not captured, mostly because it has no primary key. Backups have these tables.',
    pages: false,
    mails: false,
  },
  'slot-watch-silent': {
    says: 'Nobody has looked at the slot of {source} for {minutes} minutes. If the capture stands still, too, WAL fills the disk of the source.',
    pages: false,
  },
  'export-failed': {
    says: 'An export of {source} failed. The backup is not affected: people who expect the files do not get them.',
    pages: false,
  },
  'health-not-measured': {
    says: 'The health of {source} was not measured for {minutes} minutes: its function is not started, or fails. If the database goes down now, nobody hears of it from here.',
    pages: false,
  },
} as const satisfies Readonly<Record<string, AlarmText>>;

export type AlarmKind = keyof typeof ALARM_TEXTS;

/** The kind of the composite alarms that a pager connects to: one for each source, and one for the vault. */
export const PAGE_NOW = 'page-now';

/** The texts of the page-nows. */
export const PAGE_NOW_TEXTS = {
  source: 'Look now: there may be no backup of {source} to restore.',
  vault: 'Look now: nobody is watching the backups of {environment}.',
  replica: 'Look now: if the vault of {source} is lost, its replica cannot replace it.',
} as const;

/**
 * Makes a name such as `lifeboat-production-app-unproven`. Without a subject the kind says what is watched.
 */
export function alarmName(environment: string, subject: string | undefined, kind: string): string {
  return ['lifeboat', environment, ...(subject === undefined ? [] : [subject]), kind].join('-');
}

/** Fills the facts into a text, and adds the runbook's address, so that every message has a link to click. */
export function describe(
  says: string,
  facts: Readonly<Record<string, string | number>>,
  runbook: string,
  kind: string,
): string {
  const told = says.replace(/\{(\w+)\}/g, (_, name: string) => {
    const fact = facts[name];
    if (fact === undefined) throw new Error(`the text of ${kind} wants {${name}}`);
    return String(fact);
  });
  return `${told} Runbook: ${runbook}#${kind}`;
}
