/** What an alarm says, as data: `{name}` stands for a fact that the alarm is made with. */
export interface AlarmText {
  /** One or two sentences for the person who is woken: what happened, what it means. */
  readonly says: string;
  /** Turns a page-now red. Every alarm sends an e-mail besides, except where `mails` is false. */
  readonly pages: boolean;
  /** @default true */
  readonly mails?: boolean;
}

/**
 * Every kind of alarm. A kind is the heading of the runbook that an alarm's text ends with, and the end of the alarm's
 * name.
 */
export const ALARM_TEXTS = {
  'no-backup-25h': {
    says: 'No full backup of {source} has been sealed for more than {threshold}, though its schedule runs at least every {gap}. Insufficient data means that the sentinel says nothing of {source}, and nobody is watching its backups.',
    pages: true,
  },
  unproven: {
    says: 'The newest backup of {source} that a drill has proven is more than {threshold} old: longer than its schedules can take when all is well. Newer backups may or may not restore.',
    pages: true,
  },
  'drill-failed-twice': {
    says: 'CRITICAL: two restore drills of {source} in a row failed. Assume that its backups cannot be restored until a drill succeeds.',
    pages: true,
  },
  'backup-failed': {
    says: 'A backup of {source} failed, or its function died (time, memory). The backups before it are untouched.',
    pages: false,
  },
  'drill-failed': {
    says: 'A restore drill of {source} failed, or its function died (time, memory, /tmp). The backup may not restore.',
    pages: false,
  },
  'drill-room': {
    says: 'A drill of the newest backup of {source} needs more than {percent} % of the {room} MB of /tmp that its function has. When it needs more than all of it, every drill fails.',
    pages: false,
  },
  'size-deviation': {
    says: 'The newest backup of {source} is more than {percent} % larger or smaller than the median of the seven before it in its class. Smaller may mean that data are gone from the source.',
    pages: false,
  },
  'duration-deviation': {
    says: 'The newest backup of {source} took more than {factor} times the median of the seven before it in its class. A backup function is stopped after 15 minutes.',
    pages: false,
  },
  'recovery-time': {
    says: 'The newest proven backup of {source} took longer to restore in its drill than the target of {minutes} minutes.',
    pages: false,
  },
  'dead-letters': {
    says: 'An invocation of {function} could not be handed over, or failed: it lies in the dead-letter queue, with the reason.',
    pages: false,
  },
  throttled: {
    says: "Lambda throttled {function}: the account's concurrency is used up. It starts late or, after waiting too long, not at all.",
    pages: false,
  },
  'sentinel-errors': {
    says: 'The sentinel failed twice within 15 minutes. While it fails nobody watches the age of backups.',
    pages: true,
  },
  'sentinel-silent': {
    says: 'The sentinel was not started for 15 minutes, or has never run since the deployment. Nobody watches the age of backups.',
    pages: true,
    // The page is the message. At a deployment there is nothing to tell until the warm-up is over.
    mails: false,
  },
} as const satisfies Readonly<Record<string, AlarmText>>;

export type AlarmKind = keyof typeof ALARM_TEXTS;

/** The kind of the composite alarms that a pager is connected to: one for each source, and one for the vault. */
export const PAGE_NOW = 'page-now';

/** What a page-now says. */
export const PAGE_NOW_TEXTS = {
  source: 'Somebody should look now: there may be no backup of {source} to restore.',
  vault: 'Somebody should look now: nobody is watching the backups of {environment}.',
} as const;

/** `lifeboat-production-app-unproven`; without a subject the kind says what is watched. */
export function alarmName(environment: string, subject: string | undefined, kind: string): string {
  return ['lifeboat', environment, ...(subject === undefined ? [] : [subject]), kind].join('-');
}

/** Fills the facts into a text, and ends with the runbook's address, so that it is there to click in every message. */
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
