import type { Check } from '../../init/values.ts';
import { usageError } from '../program/failure.ts';
import type { Questions } from './questions.ts';

/** A value that an option gives, or else a person. */
export interface WantedValue {
  readonly option: string;
  readonly given: string | undefined;
  readonly message: string;
  /** What most people would answer. */
  readonly initial?: string | undefined;
  /** Taken if nobody can be asked. @default - the value is missing then */
  readonly fallback?: string | undefined;
  readonly check: Check;
}

/** Throws `init-value-invalid`. */
export function checkGiven(option: string, value: string, check: Check): string {
  const fault = check(value);
  if (fault === undefined) return value;
  throw usageError(
    'init-value-invalid',
    `${option} ${JSON.stringify(value)} cannot be used.`,
    fault,
    'Nothing was written.',
  );
}

/** The value of the option, the answer of a person, or the fallback. Throws `init-value-missing`, `init-value-invalid`. */
export async function wantedValue(wanted: WantedValue, questions: Questions | undefined): Promise<string> {
  const { option, given, message, initial, fallback, check } = wanted;
  if (given !== undefined) return checkGiven(option, given, check);
  if (questions) return await questions.text({ message, initial: initial ?? fallback, check });
  if (fallback !== undefined) return checkGiven(option, fallback, check);
  throw usageError(
    'init-value-missing',
    `${option} is missing, and there is no terminal to ask for it.`,
    `Add ${option}; \`lifeboat init --help\` shows what it takes.`,
    'Nothing was written.',
  );
}
