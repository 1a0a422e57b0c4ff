import * as v from 'valibot';

/** An object of which everything may be left out. `v.strictObject` alone takes an empty list for one. */
export function optionalFields<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.pipe(
    v.unknown(),
    v.check((value) => !Array.isArray(value), 'Invalid type: Expected Object but received Array'),
    v.strictObject(entries),
  );
}
