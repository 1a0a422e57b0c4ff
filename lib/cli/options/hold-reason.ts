import { InvalidArgumentError } from 'commander';

/** A paragraph. Longer texts belong where the reason comes from. */
const MOST_CHARACTERS = 1000;

/** Words that people read later: a reason, a name. */
export function holdReason(given: string): string {
  const words = given.trim();
  if (words === '') throw new InvalidArgumentError('It is empty.');
  if (words.length > MOST_CHARACTERS) throw new InvalidArgumentError('It has more than 1,000 characters.');
  return words;
}
