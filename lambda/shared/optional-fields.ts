import * as v from 'valibot';

/** An object whose fields are all optional. `v.strictObject` alone would accept an empty list. */
export function optionalFields<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.pipe(
    v.unknown(),
    v.check((value) => !Array.isArray(value), 'Invalid type: Expected Object but received Array'),
    v.strictObject(entries),
  );
}
