import * as v from 'valibot';
import { LifeboatError } from '../../lib/engine/ground/errors.ts';
import { firstFault } from '../../lib/engine/ground/shapes.ts';

/**
 * Reads an event. No event (`aws lambda invoke` without a payload) counts as an empty one. Throws
 * `event-invalid`.
 */
export function readEvent<Schema extends v.GenericSchema>(
  schema: Schema,
  event: unknown,
  example: string,
): v.InferOutput<Schema> {
  const read = v.safeParse(schema, event ?? {});
  if (read.success) return read.output;
  throw eventInvalid(firstFault(read.issues), example);
}

export function eventInvalid(problem: string, example: string): LifeboatError {
  return new LifeboatError({
    code: 'event-invalid',
    kind: 'usage',
    what: `The function does not understand this event: ${problem}.`,
    meaning: 'Nothing was done.',
    remedy: `To invoke the function by hand, send an event like ${example}.`,
  });
}
