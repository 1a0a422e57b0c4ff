import { monthlyStorage, PRICES_AS_OF } from '../../contract/list-prices.ts';
import { countOf, formatAge, formatBytes, formatDuration } from '../../present/terminal/units.ts';
import { type Notification, utc } from '../notification.ts';

/** How the last week of one source was. */
export interface SourceWeek {
  readonly name: string;
  /** Backups that were sealed within the week, and within the one before. */
  readonly backups: number;
  readonly backupsBefore: number;
  /** Runs that failed within the week; undefined if CloudWatch did not say. */
  readonly failedBackups: number | undefined;
  readonly passedDrills: number | undefined;
  readonly failedDrills: number | undefined;
  /** When the newest backup was sealed; undefined if there is none. */
  readonly newestAt: Date | undefined;
  readonly provenAt: Date | undefined;
  /** Of the last full backup of each of the last four weeks, the oldest first. */
  readonly sizesBytes: readonly number[];
  readonly durationsMs: readonly number[];
  /** Of the drills of the last four weeks, the oldest first. */
  readonly recoveriesMs: readonly number[];
  /** All backups of the source in the vault. */
  readonly storedBytes: number | undefined;
  readonly drill: string;
  /** Undefined if it has no schedule, or a rate and nothing proven from which it could be counted. */
  readonly nextDrillAt: Date | undefined;
  /** It is counted from the last proven drill, which somebody may have started by hand. @default false */
  readonly isNextDrillRough?: boolean;
}

export interface Week {
  readonly environment: string;
  readonly region: string;
  readonly sources: readonly SourceWeek[];
  /** Sources of which nothing could be found out, and why. */
  readonly unread: readonly string[];
  /** Where people find the status page; undefined without one. */
  readonly statusPage?: string | undefined;
  readonly now: Date;
}

const DAY_MS = 86_400_000;
/** The longest text that each channel shows whole (Discord: 1800). */
export const LONGEST_PART = 1700;

/** The digest as one text, for e-mail. */
export function digestOf(week: Week): Notification {
  return notificationOf(week, [summaryOf(week), ...partsOf(week), ...endOf(week)].join('\n\n'), '');
}

/** The digest as messages that a chat shows whole. */
export function digestParts(week: Week): Notification[] {
  const texts: string[] = [];
  for (const part of [summaryOf(week), ...partsOf(week), ...endOf(week)]) {
    const joined = texts.length === 0 ? part : `${texts.at(-1)}\n\n${part}`;
    if (texts.length > 0 && joined.length > LONGEST_PART) texts.push(part);
    else texts.splice(-1, 1, joined);
  }
  return texts.map((text, index) =>
    notificationOf(week, text, texts.length > 1 ? ` (${index + 1} of ${texts.length})` : ''),
  );
}

function notificationOf(week: Week, happened: string, part: string): Notification {
  const { environment, now } = week;
  return {
    key: `lifeboat:digest:${environment}:${now.toISOString().slice(0, 10)}${part}`,
    ...{ state: 'resolved', severity: 'info', environment, happened, at: now },
    title: `The week of ${environment}: ${verdictOf(week)}${part}`,
  };
}

function verdictOf({ sources, unread, now }: Week): string {
  const isProven = ({ provenAt, drill }: SourceWeek) =>
    drill === 'off' || (provenAt !== undefined && now.getTime() - provenAt.getTime() < 8 * DAY_MS);
  const good = sources.filter((one) => one.backups > 0 && isProven(one));
  const all = sources.length + unread.length;
  if (good.length === all) return all === 1 ? 'its database is safe' : `all ${all} databases are safe`;
  return `${all - good.length} of ${countOf(all, 'database')} ${all - good.length === 1 ? 'needs' : 'need'} a look`;
}

function summaryOf({ sources, now }: Week): string {
  const sum = (of: (one: SourceWeek) => number | undefined) =>
    sources.reduce((total, one) => total + (of(one) ?? 0), 0);
  const failed = sum((one) => one.failedBackups) + sum((one) => one.failedDrills);
  const backups = countOf(
    sum((one) => one.backups),
    'backup',
  );
  const drills = countOf(
    sum((one) => one.passedDrills),
    'restore drill',
  );
  const end = failed === 0 ? 'no run failed' : `${countOf(failed, 'run')} failed`;
  return `In the seven days until ${utc(now)}: ${backups} and ${drills}; ${end}.`;
}

function partsOf({ sources, now }: Week): string[] {
  return sources.map((one) =>
    [
      one.name,
      backupsLine(one, now),
      provenLine(one, now),
      sizeLine(one),
      recoveryLine(one),
      dueLine(one, now),
    ]
      .flatMap((line) => line ?? [])
      .join('\n'),
  );
}

function backupsLine({ backups, backupsBefore, failedBackups, newestAt }: SourceWeek, now: Date): string {
  const failures = failedBackups ? `, ${failedBackups} failed` : '';
  const newest = newestAt
    ? `the newest is ${formatAge(now.getTime() - newestAt.getTime())} old`
    : 'there is none';
  return `- Backups: ${backups} (${backupsBefore} the week before)${failures}; ${newest}`;
}

function provenLine({ drill, provenAt, passedDrills, failedDrills }: SourceWeek, now: Date): string {
  if (drill === 'off') return '- Proven: nobody drills its backups';
  const proven = provenAt
    ? `the newest proven backup is ${formatAge(now.getTime() - provenAt.getTime())} old`
    : 'no backup is proven';
  const counted = passedDrills === undefined ? '' : `; ${countOf(passedDrills, 'drill')} passed`;
  return `- Proven: ${proven}${counted}${failedDrills ? `, ${failedDrills} failed` : ''}`;
}

function sizeLine({ sizesBytes, durationsMs }: SourceWeek): string | undefined {
  if (sizesBytes.length === 0) return undefined;
  return `- Size by week: ${trend(sizesBytes, formatBytes)}; time: ${trend(durationsMs, formatDuration)}`;
}

function recoveryLine({ recoveriesMs }: SourceWeek): string | undefined {
  return recoveriesMs.length === 0
    ? undefined
    : `- Recovery: ${trend(recoveriesMs.slice(-4), formatDuration)}`;
}

function dueLine({ drill, nextDrillAt, isNextDrillRough }: SourceWeek, now: Date): string | undefined {
  if (drill === 'off' || nextDrillAt === undefined) return undefined;
  const where = drill === 'elsewhere' ? ', on a machine of yours' : '';
  const at = isNextDrillRough ? 'at about' : 'at';
  return `- Due: the next drill ${at} ${utc(nextDrillAt)}, in ${formatAge(nextDrillAt.getTime() - now.getTime())}${where}`;
}

/** `1.1 GB, 1.2 GB, 1.5 GB (+36 %)` */
function trend(values: readonly number[], format: (value: number) => string): string {
  const [first] = values;
  const last = values.at(-1);
  const shown = values.map(format).join(', ');
  if (values.length < 2 || first === undefined || last === undefined || first <= 0) return shown;
  const percent = Math.round((last / first - 1) * 100);
  return `${shown} (${percent > 0 ? '+' : ''}${percent} %)`;
}

function endOf({ sources, unread, region, statusPage, now }: Week): string[] {
  const known = sources.flatMap(({ storedBytes }) => storedBytes ?? []);
  const total = known.reduce((sum, bytes) => sum + bytes, 0);
  const { dollars, of } = monthlyStorage(total, region);
  const cost = `Vault: ${formatBytes(total)}, at most $ ${dollars.toFixed(2)} a month for the storage (list price of S3 Standard in ${of}, ${PRICES_AS_OF}; what can still be undeleted is not counted).`;
  return [
    ...(unread.length > 0 ? [`Not known: ${unread.join('; ')}.`] : []),
    ...(known.length > 0 ? [cost] : []),
    ...(statusPage === undefined ? [] : [`Status page (sign in to AWS first): ${statusPage}`]),
    dueForPeople(now),
  ];
}

/** The drills of people, by the runbook's calendar, in the first digest of a month. */
function dueForPeople(now: Date): string {
  const isFirst = now.getUTCDate() <= 7;
  const month = now.getUTCMonth();
  const due = [
    'a look at the dashboard and at `lifeboat list`',
    ...(isFirst ? ['`lifeboat verify` of an old backup', '`lifeboat alert test`'] : []),
    ...(isFirst && month % 3 === 0 ? ['a complete restore by somebody who has not done it before'] : []),
    ...(isFirst && month === 0 ? ['a restore without Lifeboat', 'a new password for its login'] : []),
  ];
  return `Due for people this week (drill calendar in the runbook): ${due.join('; ')}.`;
}
