import * as v from 'valibot';
import { LifeboatError } from '../../lib/engine/ground/errors.ts';
import { firstFault } from '../../lib/engine/ground/shapes.ts';

/** Reads an event; none at all (`aws lambda invoke` without a payload) is an empty one. Throws `event-invalid`. */
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
    what: `The event is not one that this function knows: ${problem}.`,
    meaning: 'Nothing was done.',
    remedy: `By hand it is invoked with an event like ${example}.`,
  });
}
