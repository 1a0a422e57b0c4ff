import { InvalidScheduleError } from '../../schedule/invalid-schedule-error.ts';
import { TimeZone } from '../../schedule/time-zone.ts';
import type { Context } from '../program/context.ts';
import { usageError } from '../program/failure.ts';

/** The zone in which times without one are read: TZ if it names an IANA zone, otherwise the machine's. */
export function ownZone({ environment }: Pick<Context, 'environment'>): TimeZone {
  const machine = () => new TimeZone(Intl.DateTimeFormat().resolvedOptions().timeZone);
  const named = environment.TZ?.replace(/^:/, '');
  if (!named) return machine();
  try {
    return new TimeZone(named);
  } catch (error) {
    if (error instanceof InvalidScheduleError) return machine();
    throw error;
  }
}

/** The zone of `--time-zone`, or one's own. Throws `time-zone-invalid`. */
export function givenZone(timeZone: string | undefined, context: Pick<Context, 'environment'>): TimeZone {
  if (timeZone === undefined) return ownZone(context);
  try {
    return new TimeZone(timeZone);
  } catch (error) {
    if (!(error instanceof InvalidScheduleError)) throw error;
    throw usageError(
      'time-zone-invalid',
      `--time-zone: ${error.message}.`,
      'Write it as Europe/Berlin or UTC.',
    );
  }
}
