import type * as z from 'zod';
import { LifeboatError } from '../lib/engine/errors.ts';

/** Reads an event; none at all (`aws lambda invoke` without a payload) is an empty one. Throws `event-invalid`. */
export function readEvent<Schema extends z.ZodType>(
  schema: Schema,
  event: unknown,
  example: string,
): z.infer<Schema> {
  const read = schema.safeParse(event ?? {});
  if (read.success) return read.data;
  const [first] = read.error.issues;
  const path = first?.path.join('.');
  throw eventInvalid(`${path ? `${path}: ` : ''}${first?.message ?? 'it cannot be read'}`, example);
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
