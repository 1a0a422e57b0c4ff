import type { Template } from 'aws-cdk-lib/assertions';
import { longestProofWaitMs } from '../../../lib/infra/alarms/longest-wait.ts';
import { longestGapOf } from '../../../lib/schedule/longest-gap.ts';
import { ENVIRONMENT, type SimulatedSchedule, simulatedTemplate } from './schedules.ts';
import type { Watching } from './simulated-sentinel.ts';
import type { Fate, SimulatedSource } from './simulated-source.ts';
import { ALL_WELL, walk } from './walk.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const DEPLOYED_AT = new Date('2026-12-05T20:04:20Z');

/** How long after the fault there is a message at the latest; undefined where none is promised. */
export interface Promised {
  readonly mailMs?: number;
  readonly pageMs?: number;
}

/** Something that goes wrong from a moment on. */
export interface Fault {
  readonly label: string;
  /** Whether the schedule can have it. */
  readonly concerns: (schedule: SimulatedSchedule) => boolean;
  readonly fate?: (sinceMs: number) => Fate;
  readonly watching?: (sinceMs: number) => Watching;
  /** From the very deployment on. @default false */
  readonly fromTheStart?: boolean;
  /** What the fault's time counts from: the first run that was not as it should be. @default - the moment itself */
  readonly countsFrom?: 'backups' | 'drills';
  readonly promised: (schedule: SimulatedSchedule) => Promised;
}

const isDrilledHere = ({ drill }: SimulatedSchedule) => drill === 'function';
const isProven = ({ drill }: SimulatedSchedule) => drill !== 'off';
const always = () => true;

/** A slot's hour or a drill's hour and a half, and what CloudWatch takes to see it. */
const BACKUP_TOLD_MS = HOUR_MS + 15 * MINUTE_MS;
const DRILL_TOLD_MS = 105 * MINUTE_MS;

export function gapsOf({ schedule, drillSchedule, timeZone }: SimulatedSchedule) {
  return {
    backupMs: longestGapOf(schedule, timeZone, DEPLOYED_AT),
    drillMs: longestGapOf(drillSchedule, timeZone, DEPLOYED_AT),
  };
}

/** Until a source without a backup is red: the longest time between two, an hour, and what the sentinel takes. */
const noBackupMs = (schedule: SimulatedSchedule) => gapsOf(schedule).backupMs + BACKUP_TOLD_MS;

function unprovenMs(schedule: SimulatedSchedule): number {
  const { backupMs, drillMs } = gapsOf(schedule);
  const wait = longestProofWaitMs({
    ...{ backupGapMs: backupMs, drillGapMs: drillMs },
    drillsAfterBackup: schedule.drillAfterBackup,
    drillsElsewhere: schedule.drill === 'elsewhere',
  });
  return wait + 15 * MINUTE_MS;
}

const SILENCE_MS = 30 * MINUTE_MS;

/** The first run from a moment on, and no other. */
function first(sinceMs: number): (atMs: number) => boolean {
  let firstMs: number | undefined;
  return (atMs) => {
    if (atMs < sinceMs) return false;
    firstMs ??= atMs;
    return atMs === firstMs;
  };
}

export const FAULTS: readonly Fault[] = [
  {
    label: 'one backup fails',
    concerns: always,
    fate(sinceMs) {
      const isFirst = first(sinceMs);
      return { ...ALL_WELL, backup: (atMs) => (isFirst(atMs) ? 'fails' : 'succeeds') };
    },
    countsFrom: 'backups',
    promised: () => ({ mailMs: BACKUP_TOLD_MS }),
  },
  {
    label: 'all backups fail',
    concerns: always,
    fate: (sinceMs) => ({ ...ALL_WELL, backup: (atMs) => (atMs < sinceMs ? 'succeeds' : 'fails') }),
    countsFrom: 'backups',
    promised: (schedule) => ({ mailMs: BACKUP_TOLD_MS, pageMs: noBackupMs(schedule) }),
  },
  {
    label: 'the backup schedule stops',
    concerns: always,
    fate: (sinceMs) => ({ ...ALL_WELL, backup: (atMs) => (atMs < sinceMs ? 'succeeds' : 'never begins') }),
    countsFrom: 'backups',
    promised: (schedule) => ({ mailMs: noBackupMs(schedule), pageMs: noBackupMs(schedule) }),
  },
  {
    label: 'no backup ever comes',
    concerns: always,
    fate: () => ({ ...ALL_WELL, backup: () => 'never begins' }),
    fromTheStart: true,
    promised: (schedule) => ({ mailMs: noBackupMs(schedule), pageMs: noBackupMs(schedule) }),
  },
  {
    label: 'one drill fails',
    concerns: isDrilledHere,
    fate(sinceMs) {
      const isFirst = first(sinceMs);
      return { ...ALL_WELL, drill: (atMs) => (isFirst(atMs) ? 'fails' : 'succeeds') };
    },
    countsFrom: 'drills',
    promised: () => ({ mailMs: DRILL_TOLD_MS }),
  },
  {
    label: 'all drills fail',
    concerns: isDrilledHere,
    fate: (sinceMs) => ({ ...ALL_WELL, drill: (atMs) => (atMs < sinceMs ? 'succeeds' : 'fails') }),
    countsFrom: 'drills',
    promised(schedule) {
      const { backupMs, drillMs } = gapsOf(schedule);
      // The second that fails; what is drilled after each backup may be as late as the backup.
      const next = schedule.drillAfterBackup ? backupMs + HOUR_MS : drillMs;
      return { mailMs: DRILL_TOLD_MS, pageMs: next + DRILL_TOLD_MS };
    },
  },
  {
    label: 'drills stop',
    concerns: isProven,
    fate: (sinceMs) => ({ ...ALL_WELL, drill: (atMs) => (atMs < sinceMs ? 'succeeds' : 'never begins') }),
    countsFrom: 'drills',
    promised: (schedule) => ({ mailMs: unprovenMs(schedule), pageMs: unprovenMs(schedule) }),
  },
  {
    label: 'no drill ever comes',
    concerns: isProven,
    fate: () => ({ ...ALL_WELL, drill: () => 'never begins' }),
    fromTheStart: true,
    promised: (schedule) => ({ mailMs: unprovenMs(schedule), pageMs: unprovenMs(schedule) }),
  },
  {
    label: 'the sentinel stops',
    concerns: always,
    watching: (sinceMs) => (atMs) => (atMs < sinceMs ? 'looks' : 'is not started'),
    promised: () => ({ mailMs: SILENCE_MS, pageMs: SILENCE_MS }),
  },
  {
    label: 'the sentinel fails',
    concerns: always,
    watching: (sinceMs) => (atMs) => (atMs < sinceMs ? 'looks' : 'fails'),
    promised: () => ({ mailMs: 20 * MINUTE_MS, pageMs: 20 * MINUTE_MS }),
  },
  {
    label: 'the sentinel never starts',
    concerns: always,
    watching: () => () => 'is not started',
    fromTheStart: true,
    promised: () => ({ mailMs: 35 * MINUTE_MS, pageMs: 35 * MINUTE_MS }),
  },
  {
    label: 'everything stops',
    concerns: always,
    fate: (sinceMs) => ({
      backup: (atMs) => (atMs < sinceMs ? 'succeeds' : 'never begins'),
      drill: (atMs) => (atMs < sinceMs ? 'succeeds' : 'never begins'),
    }),
    watching: (sinceMs) => (atMs) => (atMs < sinceMs ? 'looks' : 'is not started'),
    promised: () => ({ mailMs: SILENCE_MS, pageMs: SILENCE_MS }),
  },
];

/** What was heard of a fault. */
export interface Heard {
  readonly schedule: SimulatedSchedule;
  readonly fault: Fault;
  /** From the fault to the first message that something is wrong, and its alarm. */
  readonly mail: Told | undefined;
  readonly page: Told | undefined;
  /** Messages before there was anything wrong, beside the page-nows that say OK when they are made. */
  readonly early: readonly string[];
}

export interface Told {
  readonly afterMs: number;
  readonly alarm: string;
}

/** What of a promise was not kept; nothing is as it should be. */
export function brokenPromises({ schedule, fault, mail, page, early }: Heard): string[] {
  const { mailMs, pageMs } = fault.promised(schedule);
  const isLate = (told: Told | undefined, mostMs: number | undefined) =>
    mostMs !== undefined && !(told && told.afterMs <= mostMs);
  return [
    ...early.map((alarm) => `${alarm} was told before anything was wrong`),
    ...(isLate(mail, mailMs) ? [`the mail came after ${mail?.afterMs} ms, and not within ${mailMs}`] : []),
    ...(isLate(page, pageMs) ? [`the page came after ${page?.afterMs} ms, and not within ${pageMs}`] : []),
  ];
}

export function hear(
  schedule: SimulatedSchedule,
  fault: Fault,
  template: Template = simulatedTemplate(),
): Heard {
  const { backupMs, drillMs } = gapsOf(schedule);
  const deployedMs = DEPLOYED_AT.getTime();
  // When the source has been well for a while; at an odd time of the day.
  const settled = deployedMs + 2 * (backupMs + drillMs) + 2 * DAY_MS + 7 * HOUR_MS + 13 * MINUTE_MS;
  const sinceMs = fault.fromTheStart ? deployedMs : settled;
  const { mailMs = 0, pageMs = 0 } = fault.promised(schedule);
  // The first run that is wrong may be a whole gap later.
  const waitedMs = Math.max(mailMs, pageMs) + Math.max(backupMs, drillMs) + DAY_MS;
  const { clock, sources } = walk({
    template,
    environment: ENVIRONMENT,
    sources: [{ plan: schedule, fate: fault.fate?.(sinceMs) ?? ALL_WELL }],
    watching: fault.watching?.(sinceMs) ?? (() => 'looks'),
    deployedAt: DEPLOYED_AT,
    days: (sinceMs - deployedMs + waitedMs) / DAY_MS,
    pace: 'erratic',
    until: ({ messages }) => messages.some(({ isPage }) => isPage),
  });
  const faultMs = firstMiss(sources, fault) ?? sinceMs;
  const prefix = `lifeboat-${ENVIRONMENT}-`;
  const bad = clock.messages.filter(({ state }) => state !== 'OK');
  const told = (isWanted: (message: (typeof bad)[number]) => boolean): Told | undefined => {
    const message = bad.find((one) => one.atMs > faultMs && isWanted(one));
    return message && { afterMs: message.atMs - faultMs, alarm: message.alarm.replace(prefix, '') };
  };
  return {
    ...{ schedule, fault },
    mail: told(() => true),
    page: told(({ isPage }) => isPage),
    early: bad.filter(({ atMs }) => atMs <= faultMs).map(({ alarm }) => alarm),
  };
}

function firstMiss(
  [source]: readonly SimulatedSource[],
  { countsFrom, fromTheStart }: Fault,
): number | undefined {
  return countsFrom === undefined || fromTheStart ? undefined : source?.missed[countsFrom][0];
}
