import type { DrillReport } from '../archive/drill-report.ts';
import { isOverdue, type SourceState } from '../health/status/status.ts';
import { countOf, secondsInWords } from '../health/words.ts';
import type { Interval } from '../replay/plan/intervals.ts';
import type { SourceReading } from '../watch/look-at-source.ts';
import type { StatusLimits } from './limits.ts';
import type { Concern, StatusBackup } from './vault-status.ts';

/** What was found out about a source. */
export interface Found {
  readonly reading: SourceReading;
  readonly limits: StatusLimits;
  /** Whether a stack, which names its sources, does not name this one: then no alarm watches it. */
  readonly isUnnamed: boolean;
  readonly backups: readonly StatusBackup[];
  readonly lastDrill: DrillReport | undefined;
  readonly failedDrills: number | undefined;
  readonly intervals: readonly Interval[] | undefined;
  readonly now: Date;
}

export const WORST_FIRST: readonly SourceState[] = ['critical', 'stale', 'warning', 'ok'];

/** The concerns about a source, the worst first: those that the alarms of the stack tell, by the same limits. */
export function concernsOf(found: Found): Concern[] {
  const concerns = [
    ...ages(found),
    ...clocks(found),
    ...drills(found),
    ...damages(found),
    ...deviations(found),
    ...changes(found),
  ];
  return concerns.sort((a, b) => WORST_FIRST.indexOf(a.state) - WORST_FIRST.indexOf(b.state));
}

export function worstOf(states: readonly SourceState[]): SourceState {
  return WORST_FIRST.find((state) => states.includes(state)) ?? 'ok';
}

/** What is kept of a source that was taken away would make the page red until the last of it has expired, and nobody look at it. */
const UNNAMED =
  'The stack does not name this source, so it backs it up no more, and its newest backup only grows older. If it should be backed up, name it in the environments file.';

/** As monitors outside are told. */
function ages({ reading, limits, now, isUnnamed }: Found): Concern[] {
  if (isUnnamed) return [warning('not-backed-up', UNNAMED)];
  const { backupSeconds, proofSeconds } = limits;
  const [newest, proven] = [reading.fullSealedAt, reading.provenSealedAt];
  const isLate = isOverdue({ at: newest, limitSeconds: backupSeconds }, now);
  const isUnproven = proofSeconds !== undefined && isOverdue({ at: proven, limitSeconds: proofSeconds }, now);
  const since = (at: Date) => secondsInWords((now.getTime() - at.getTime()) / 1000);
  const late = newest
    ? `The newest full backup is ${since(newest)} old; it may be ${secondsInWords(backupSeconds)}.`
    : 'There is no full backup.';
  const unproven = proven
    ? `The newest backup that a drill has proven is ${since(proven)} old; it may be ${secondsInWords(proofSeconds ?? 0)}.`
    : 'No backup is proven: nobody knows whether one restores.';
  return [
    ...(isLate ? [critical('no-backup-25h', late)] : []),
    ...(isUnproven ? [critical('unproven', unproven)] : []),
  ];
}

/** Two machines rarely agree to the second, but an hour is no accident. */
const CLOCK_AHEAD_MS = 3_600_000;

/** A date in the future would never be too old. S3 gives its own dates, so this concerns disks and other storages. */
function clocks({ reading: { fullSealedAt, provenSealedAt }, now }: Found): Concern[] {
  const isAhead = (at: Date | undefined) => at !== undefined && at.getTime() - now.getTime() > CLOCK_AHEAD_MS;
  const [about, at] = isAhead(fullSealedAt)
    ? ['full backup', fullSealedAt]
    : ['backup that a drill has proven', provenSealedAt];
  if (!isAhead(at)) return [];
  const what = `Nobody knows how old the newest ${about} is: it is dated ${dayOf(at?.toISOString())}, which is in the future. The clock of the machine that made it was ahead, or this one's is behind.`;
  return [{ kind: 'clock-ahead', state: 'stale', what }];
}

function drills({ failedDrills = 0, lastDrill, limits: { recoverySeconds } }: Found): Concern[] {
  const recoveryMs = lastDrill?.recoveryTimeMs ?? 0;
  return [
    ...(failedDrills > 1
      ? [critical('drill-failed-twice', `${countOf(failedDrills, 'drill')} in a row failed.`)]
      : []),
    ...(failedDrills === 1 ? [warning('drill-failed', 'The last drill failed.')] : []),
    ...(recoverySeconds !== undefined && recoveryMs > recoverySeconds * 1000
      ? [
          warning(
            'recovery-time',
            `The last drill needed ${secondsInWords(recoveryMs / 1000)} for the restore; the target is ${secondsInWords(recoverySeconds)}.`,
          ),
        ]
      : []),
  ];
}

/** Damage of the backup that one would restore from is worse than damage of an older one. */
function damages({ backups, reading }: Found): Concern[] {
  const vital = [reading.newestFull, reading.newestProven].map((place) => place?.backupId);
  const damaged = backups.filter(({ scrub }) => scrub?.verdict === 'damaged');
  const first = damaged.filter(({ place }) => vital.includes(place.backupId));
  const others = damaged.length - first.length;
  const unread = backups.filter(({ scrub }) => scrub?.verdict === 'unreadable');
  const broken = backups.flatMap(({ problem }) => problem ?? []);
  return [
    ...first.map(({ name, scrub }) =>
      critical(
        'scrub-damaged',
        `A scrub found ${name} damaged on ${dayOf(scrub?.endedAt)}, and it is the newest.`,
      ),
    ),
    ...(others > 0
      ? [warning('scrub-damaged', `A scrub found ${countOf(others, 'older backup')} damaged.`)]
      : []),
    ...(unread.length > 0
      ? [
          warning(
            'scrub-overdue',
            `A scrub could not read ${countOf(unread.length, 'backup')}, so nobody knows whether they are intact. The newest of them is ${unread[0]?.name}.`,
          ),
        ]
      : []),
    ...broken.slice(0, MOST_NAMED).map((problem) => warning('backup-unreadable', problem)),
    ...(broken.length > MOST_NAMED
      ? [
          warning(
            'backup-unreadable',
            `${countOf(broken.length - MOST_NAMED, 'more backup')} cannot be trusted.`,
          ),
        ]
      : []),
  ];
}

const MOST_NAMED = 3;

function deviations({ reading: { deviation }, limits }: Found): Concern[] {
  if (!deviation) return [];
  const { sizePercent, durationFactor } = deviation;
  return [
    ...(sizePercent > limits.sizePercent
      ? [
          warning(
            'size-deviation',
            `The newest full backup is ${Math.round(sizePercent)} % larger or smaller than usual. If it is smaller, the source may have lost data.`,
          ),
        ]
      : []),
    ...(durationFactor > limits.durationFactor
      ? [
          warning(
            'duration-deviation',
            `The newest full backup took ${durationFactor.toFixed(1)} times as long as usual.`,
          ),
        ]
      : []),
  ];
}

function changes({ intervals = [], limits, now }: Found): Concern[] {
  const newest = intervals.at(-1);
  if (!newest) return [];
  const lagSeconds = (now.getTime() - Date.parse(newest.to.time)) / 1000;
  const wrong = intervals.flatMap((one) => one.wrong);
  return [
    ...(wrong.length > 0
      ? [
          warning(
            'drill-failed',
            `Captured changes are wrong up to ${wrong.slice(-MOST_NAMED).join(', ')}: a drill compared them.`,
          ),
        ]
      : []),
    ...(newest.ended !== null
      ? [warning('capture-silent', `Changes are not captured any more: ${newest.ended}.`)]
      : newest.from === null
        ? [
            warning(
              'changes-gap',
              'The captured changes have no base yet, so no moment of them can be restored.',
            ),
          ]
        : lagSeconds > limits.changesSeconds
          ? [warning('recovery-point-old', `The captured changes are ${secondsInWords(lagSeconds)} behind.`)]
          : []),
  ];
}

function dayOf(at: string | undefined): string {
  return at?.slice(0, 10) ?? 'a day that nobody noted';
}

function critical(kind: Concern['kind'], what: string): Concern {
  return { kind, state: 'critical', what };
}

function warning(kind: Concern['kind'], what: string): Concern {
  return { kind, state: 'warning', what };
}
