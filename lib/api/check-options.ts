import * as v from 'valibot';
import { LifeboatError } from '../engine/ground/errors.ts';

/**
 * Refuses options of the wrong type, and those that do not exist: a `table` in the place of `tables` would restore
 * everything. Throws `option-invalid`, which does not repeat the value, because it may be a URL with a password.
 */
export function checkOptions(
  call: string,
  schema: v.StrictObjectSchema<v.ObjectEntries, undefined>,
  options: object,
) {
  const { success, issues } = v.safeParse(schema, options);
  if (success) return;
  const [issue] = issues;
  const path = v.getDotPath(issue) ?? 'options';
  const known = Object.keys(schema.entries);
  const isUnknown = issue.type === 'strict_object' && !known.includes(path) && path !== 'options';
  throw new LifeboatError({
    code: 'option-invalid',
    kind: 'usage',
    what: isUnknown
      ? `${call}() has no option ${JSON.stringify(path)}.`
      : `The option ${path} of ${call}() is not right: expected ${issue.expected ?? issue.message}.`,
    remedy: isUnknown ? `Its options are ${known.join(', ')}.` : 'Its declaration says what it takes.',
  });
}
