import { InvalidArgumentError } from 'commander';

/** A parser for commander: `auth,public.users` adds one tier of tables and schemas. */
export function tier(
  text: string,
  previous: ReadonlyArray<readonly string[]> = [],
): ReadonlyArray<readonly string[]> {
  const names = text.split(',').map((name) => name.trim());
  if (names.some((name) => name === '')) {
    throw new InvalidArgumentError(
      'It must be names of tables or schemas, separated by commas: auth,public.users.',
    );
  }
  return [...previous, names];
}
