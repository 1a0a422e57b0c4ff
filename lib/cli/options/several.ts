/** A parser for commander: an option that may be given more than once. */
export function several(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}
