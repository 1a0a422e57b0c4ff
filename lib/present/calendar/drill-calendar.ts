import ical, { ICalAlarmType } from 'ical-generator';
import type { DrillDay } from '../../engine/runbook/drill-days.ts';

/** What a calendar of drills is written from. */
export interface DrillCalendar {
  /** The environment, or the sources of a vault without one. */
  readonly subject: string;
  readonly days: readonly DrillDay[];
  /** Where the runbook is, if its address is known. */
  readonly runbook: string | undefined;
  readonly writtenAt: Date;
}

const WEEK_SECONDS = 7 * 86_400;

/**
 * The drills as a file for a calendar (RFC 5545). The identifiers stay, so a calendar that gets the file again moves its
 * events and does not double them. Times are in UTC, which every calendar shows on its owner's clocks without a
 * definition of a time zone in the file.
 */
export function drillCalendar({ subject, days, runbook, writtenAt }: DrillCalendar): string {
  // ical-generator 11 writes the name of a calendar as it is given, without the escapes of RFC 5545, 3.3.11.
  const named = subject.replace(/[^\p{L}\p{N} ._-]+/gu, ' ').trim();
  const calendar = ical({
    name: `Restore drills of ${named}`,
    prodId: { company: 'pg-lifeboat', product: 'lifeboat runbook', language: 'EN' },
  });
  for (const { quarter, rehearsal, beginsAt, endsAt, source } of days) {
    const event = calendar.createEvent({
      id: `${quarter}-${rehearsal.key}-${identifier(subject)}@pg-lifeboat`,
      start: beginsAt,
      end: endsAt,
      stamp: writtenAt,
      // A file that is written later replaces one that was written before.
      sequence: Math.floor(writtenAt.getTime() / 60_000),
      summary: `Restore drill of ${named}: ${rehearsal.heading.toLowerCase()}`,
      description: [
        `${rehearsal.what}${source === undefined ? '' : ` Use the source ${source}.`}`,
        `Done when: ${rehearsal.done}`,
        // Not as the event's URL: ical-generator 11 writes that behind the alarm, where RFC 5545, 3.6.1, has no place for it.
        `The steps: "${rehearsal.heading}" of the runbook${runbook === undefined ? '' : `, ${runbook}`}.`,
      ].join('\n'),
    });
    event.createAlarm({ type: ICalAlarmType.display, trigger: WEEK_SECONDS });
  }
  return calendar.toString();
}

/** Letters, digits and hyphens, as in a domain name. */
function identifier(subject: string): string {
  return subject
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
}
