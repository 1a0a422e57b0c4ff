import { nameOfBackup } from '../../engine/archive/listing.ts';
import { type ScrubReport, scrubHere } from '../../engine/scrub/scrub-here.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import { ProgressLine } from '../../present/terminal/progress-line.ts';
import { scrubText } from '../../present/terminal/scrub-text.ts';
import { filterOf } from '../options/backup-reference.ts';
import { windowOf } from '../options/time-options.ts';
import type { VerifyOptions } from '../options/verify-options.ts';
import type { CommandOutcome, Context } from '../program/context.ts';
import { EXIT_CODES } from '../program/exit-codes.ts';
import { interruptedError, usageError } from '../program/failure.ts';

const DAY_MS = 86_400_000;

/** `lifeboat verify --all`. */
export async function verifyAll(
  context: Context,
  store: ObjectStore,
  reference: string,
  options: VerifyOptions,
): Promise<CommandOutcome> {
  const { signal, now } = context;
  refuseChoice(context, reference, options);
  const { unlessReadWithin, record = false, jobs } = options;
  const line = ProgressLine.of(context, 'objects');
  try {
    const report = await scrubHere({
      ...{ store, signal, now, record, jobs, filter: filterOf(options) },
      ...(unlessReadWithin !== undefined && {
        unlessReadSince: new Date(now().getTime() - unlessReadWithin * DAY_MS),
      }),
      onProgress: (backup, number, backups, { objects, objectsDone, storedBytes, storedBytesDone }) =>
        line.observer.onProgress?.({
          phase: `verify ${number} of ${backups}, ${backup}`,
          tablesDone: objectsDone,
          tablesTotal: objects,
          rawBytes: storedBytesDone,
          expectedBytes: storedBytes,
        }),
      // At once and in words: whoever interrupts a long run must not lose what it has found.
      onBackup: ({ place, verdict, problems: [first, ...others] }) => {
        if (verdict === 'intact' || !first) return;
        const more = others.length > 0 ? ` (and ${others.length} more)` : '';
        line.announce(`${nameOfBackup(place)}: ${verdict}: ${first.name} ${first.problem}${more}`);
      },
      onNotRecorded: (backup, { what }) => line.announce(`${backup}: no record could be written: ${what}`),
    });
    line.stop();
    return outcome(report, store.url, record && !report.notRecorded);
  } catch (error) {
    if (signal.aborted) {
      throw interruptedError(
        record
          ? 'The backups that were read until then have their records. --unless-read-within 1 goes on with the others.'
          : 'Nothing was written down. With --record, --unless-read-within can go on after an interruption.',
      );
    }
    throw error;
  } finally {
    line.stop();
  }
}

function refuseChoice(context: Context, reference: string, options: VerifyOptions): void {
  const chosen =
    reference !== 'latest'
      ? `the backup ${reference}`
      : windowOf(options, context)
        ? 'a time'
        : options.requireTable
          ? '--require-table'
          : options.deleted
            ? '--deleted'
            : undefined;
  if (chosen === undefined) return;
  throw usageError(
    'verify-all-contradiction',
    `--all does not go together with ${chosen}.`,
    'Leave one of them out. --name and --class choose among the backups of --all.',
  );
}

function outcome(report: ScrubReport, vault: string, recorded: boolean): CommandOutcome {
  const { backups, skipped, passedOver, notRecorded, totals, startedAt, endedAt } = report;
  return {
    exitCode:
      totals.damaged + totals.unreadable > 0
        ? EXIT_CODES.verification
        : notRecorded
          ? EXIT_CODES.vault
          : EXIT_CODES.fine,
    json: {
      ...{ vault, recorded, skipped, passedOver },
      notRecorded: notRecorded ? { code: notRecorded.code, what: notRecorded.what } : null,
      verdict: totals.damaged > 0 ? 'damaged' : totals.unreadable > 0 ? 'unreadable' : 'intact',
      startedAt: startedAt.toISOString(),
      endedAt: endedAt.toISOString(),
      totals,
      backups: backups.map(({ place, scope, verdict, objects, readBytes, problems, report: whole }) => ({
        ...{ name: nameOfBackup(place), ...place, scope, verdict, objects, readBytes, problems },
        warnings: whole?.warnings ?? [],
        notes: whole?.notes ?? [],
        encryption: whole?.encryption ?? null,
      })),
    },
    text: (page) => scrubText({ vault, recorded, report }, page),
  };
}
