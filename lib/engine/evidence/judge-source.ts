import { isPassed } from './drills-held.ts';
import type {
  BackupTaken,
  DrillHeld,
  EvidenceException,
  Period,
  RestoreDone,
  ScrubDone,
  SourceFigures,
  Targets,
} from './evidence-report.ts';
import { momentsWords, spanWords } from './exception-words.ts';
import { isIn } from './in-period.ts';
import { emptyDays, lengthOf, spansBetween } from './spans.ts';

const DAY_MS = 24 * 3_600_000;

/** What is known about a source: the period, and the last backup and drill before it. */
export interface KnownOfSource {
  readonly name: string;
  readonly backups: readonly BackupTaken[];
  readonly drills: readonly DrillHeld[];
  readonly restores: readonly RestoreDone[];
  readonly scrubs: readonly ScrubDone[];
  /** Whether these are backups that restores made before they overwrote something: nobody expects one a day, or a drill. */
  readonly isSafety: boolean;
  /** Whether somebody named keys: then a drill should be signed. */
  readonly expectsSignatures: boolean;
}

export interface JudgedSource {
  readonly figures: SourceFigures;
  readonly exceptions: readonly EvidenceException[];
}

/** Computes the figures of a source, and finds what an auditor will ask about. */
export function judgeSource(known: KnownOfSource, period: Period, targets: Targets): JudgedSource {
  const { name: source } = known;
  // What leaves something out is no point to come back to.
  const full = known.backups.filter(({ scope }) => scope === 'full').map((one) => new Date(one.snapshotAt));
  const passed = known.drills.filter(isPassed).map((one) => new Date(one.finishedAt));
  const drills = known.drills.filter((one) => isIn(period, one.finishedAt));
  const gaps = spansBetween(full, period);
  const undrilled = spansBetween(passed, period);
  const recovery = drills.filter(isPassed).map(({ recoveryTimeMs }) => recoveryTimeMs);
  const { recoveryPointMs, drillEveryMs } = targets;
  const exception = (kind: EvidenceException['kind'], at: Date | string, what: string) => ({
    ...{ kind, source, what },
    at: new Date(at).toISOString(),
  });
  const longer = (limit: number | undefined) => (span: (typeof gaps)[number]) =>
    limit !== undefined && lengthOf(span) > limit;
  const missing = () => [
    ...noBackups(source, full, period),
    // A source that is backed up less often than daily has days without a backup by intention.
    ...(recoveryPointMs !== undefined && recoveryPointMs > 2 * DAY_MS ? [] : emptyDays(full, period)).map(
      (span) => exception('no-backup', span.from, `No full backup was taken on ${momentsWords(span)}.`),
    ),
    ...gaps
      .filter(longer(recoveryPointMs))
      .map((span) =>
        exception(
          'recovery-point-missed',
          span.from,
          `${spanWords(span)} lie between a backup and the next one, more than the target.`,
        ),
      ),
    ...undrilled
      .filter(longer(drillEveryMs))
      .map((span) =>
        exception(
          'drill-missing',
          span.from,
          `No drill passed for ${spanWords(span)}: what was proven before is stale.`,
        ),
      ),
    ...(passed.length === 0 && full.length > 0
      ? [exception('drill-missing', period.from, 'No drill that passed is known.')]
      : []),
  ];
  return {
    figures: {
      backups: known.backups.filter((one) => isIn(period, one.snapshotAt)).length,
      longestGapMs: longest(gaps.map(lengthOf)),
      drills: drills.length,
      drillsPassed: drills.filter(isPassed).length,
      longestRecoveryMs: longest(recovery),
      medianRecoveryMs: median(recovery),
      longestWithoutDrillMs: longest(undrilled.map(lengthOf)),
    },
    exceptions: [
      ...(known.isSafety ? [] : missing()),
      ...drills.flatMap((drill) => aboutDrill(drill, known.expectsSignatures, targets, exception)),
      ...known.scrubs
        .filter(({ verdict }) => verdict !== 'intact')
        .map(({ endedAt, name, verdict, problems }) =>
          exception('scrub-not-intact', endedAt, `A scrub found ${name} ${verdict}, in ${problems} places.`),
        ),
      ...known.restores
        .filter(({ outcome }) => outcome !== 'restored')
        .map(({ finishedAt, name, by, outcome, code }) =>
          exception(
            'restore-not-complete',
            finishedAt,
            `A restore of ${name} by ${by} ended as "${outcome}"${code === null ? '' : ` (${code})`}.`,
          ),
        ),
    ],
  };
}

type MakeException = (kind: EvidenceException['kind'], at: string, what: string) => EvidenceException;

function aboutDrill(
  { name, verdict, finishedAt, recoveryTimeMs, signature, problems, differing }: DrillHeld,
  expectsSignatures: boolean,
  targets: Targets,
  exception: MakeException,
): EvidenceException[] {
  const limit = targets.recoveryTimeMs;
  return [
    ...(verdict === 'failed'
      ? [exception('drill-failed', finishedAt, `The drill of ${name} failed: ${differing} items differ.`)]
      : []),
    ...(verdict !== 'failed' && limit !== undefined && recoveryTimeMs > limit
      ? [
          exception(
            'recovery-time-missed',
            finishedAt,
            `The restore of ${name} took ${Math.ceil(recoveryTimeMs / 1000)} s, more than the target.`,
          ),
        ]
      : []),
    ...(signature === 'altered'
      ? problems.map((one) => exception('altered', finishedAt, `The record of the drill of ${name} ${one}.`))
      : []),
    ...(expectsSignatures && (signature === 'unsigned' || signature === 'other-key')
      ? [
          exception(
            'not-signed',
            finishedAt,
            signature === 'unsigned'
              ? `Nobody signed the record of the drill of ${name}.`
              : `The record of the drill of ${name} was signed by a key that was not named.`,
          ),
        ]
      : []),
  ];
}

function noBackups(source: string, full: readonly Date[], period: Period): EvidenceException[] {
  if (full.some((one) => one < period.to)) return [];
  const what = 'No full backup from before the end of the period is known.';
  return [{ kind: 'no-backup', source, at: period.from.toISOString(), what }];
}

function longest(lengths: readonly number[]): number | null {
  return lengths.length === 0 ? null : lengths.reduce((most, one) => Math.max(most, one));
}

function median(lengths: readonly number[]): number | null {
  const sorted = lengths.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
