import { InvalidArgumentError } from 'commander';

/** `auth,public.users`: one tier more, of tables and schemas. */
export function tier(
  text: string,
  previous: ReadonlyArray<readonly string[]> = [],
): ReadonlyArray<readonly string[]> {
  const names = text.split(',').map((name) => name.trim());
  if (names.some((name) => name === '')) {
    throw new InvalidArgumentError(
      'It has to be names of tables or schemas with commas between: auth,public.users.',
    );
  }
  return [...previous, names];
}
