export const SEVERITIES = ['critical', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** A message to people, in plain words. Each channel writes it in its own format. */
export interface Notification {
  /**
   * Names the condition, and stays the same while it lasts: repeats fold into one alert, and `resolved` closes it.
   * At most 200 characters.
   */
  readonly key: string;
  /** `resolved`: it is over. A success that ends nothing is `resolved`, too. */
  readonly state: 'firing' | 'resolved';
  readonly severity: Severity;
  /** One line, without a full stop: `Backup of shop failed`. */
  readonly title: string;
  /** Says what happened and what it means, in sentences. Never a password, a token or a row. */
  readonly happened: string;
  /** The source's name. Absent if the message is about no single source. */
  readonly source?: string;
  /** The environment's name, such as `production`. */
  readonly environment?: string;
  /** When it began. */
  readonly since?: Date;
  /** Says how old the newest proven backup is: what is lost if the database is lost now. */
  readonly atStake?: string;
  /** Says what to do now. */
  readonly toDo?: string;
  /** The runbook at the heading for this message: an address, or a path. */
  readonly runbook?: string;
  /** The machine that the command ran on. */
  readonly machine?: string;
  /** Why this channel hears it, if the message was meant for another one. */
  readonly note?: string;
  /** When the message was written. */
  readonly at: Date;
}

/** The facts of a message below its title, as labels and texts, in the order that people need them. */
export function factsOf(notification: Notification): ReadonlyArray<readonly [label: string, text: string]> {
  const { state, environment, source, since, atStake, toDo, machine, note, runbook } = notification;
  const facts: ReadonlyArray<readonly [string, string | undefined]> = [
    ['To do', toDo],
    ['At stake', atStake],
    ['Source', source],
    ['Environment', environment],
    ['Machine', machine],
    [state === 'firing' ? 'Since' : 'It began', since && utc(since)],
    ['Note', note],
    ['Runbook', linkOf(notification) === undefined ? runbook : undefined],
  ];
  return facts.flatMap(([label, text]) => (text ? [[label, text] as const] : []));
}

/** `CRITICAL: Backup of shop failed`, `OVER: …`; an ordinary success has no word before it. */
export function headlineOf({ state, severity, title: given }: Notification): string {
  const title = given.replace(/\s+/g, ' ').trim();
  if (state === 'resolved') return severity === 'info' ? title : `OVER: ${title}`;
  return `${severity.toUpperCase()}: ${title}`;
}

/** `2026-11-20 02:00 UTC` */
export function utc(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** The runbook's address, if it is one that can be opened. */
export function linkOf({ runbook }: Notification): string | undefined {
  return runbook !== undefined && /^https?:\/\/\S+$/.test(runbook) && URL.canParse(runbook)
    ? runbook
    : undefined;
}
