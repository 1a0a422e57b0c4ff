import * as v from 'valibot';
import { LifeboatError } from '../ground/errors.ts';
import { instant } from '../ground/shapes.ts';
import { type Counters, countersSchema } from './counters.ts';

/** What a run takes from the report of the one before. */
export interface PreviousHealth {
  readonly counters: Counters | undefined;
  readonly unreachableSince: Date | undefined;
}

const schema = v.object({
  counters: v.nullable(countersSchema),
  unreachableSince: v.nullable(instant),
});

/** Reads the JSON of an earlier report. Throws `health-report-invalid`. */
export function previousHealth(text: string, name: string): PreviousHealth {
  let report: unknown;
  try {
    report = JSON.parse(text);
  } catch {
    throw invalid(name);
  }
  const parsed = v.safeParse(schema, report);
  if (!parsed.success) throw invalid(name);
  const { counters, unreachableSince } = parsed.output;
  return {
    counters: counters ?? undefined,
    unreachableSince: unreachableSince === null ? undefined : new Date(unreachableSince),
  };
}

function invalid(name: string): LifeboatError {
  return new LifeboatError({
    code: 'health-report-invalid',
    kind: 'usage',
    what: `${name} is not a report of \`lifeboat health --json\`.`,
    remedy:
      'Keep what `lifeboat health --json` prints, and name that file. Without --previous, the run compares with nothing.',
  });
}
