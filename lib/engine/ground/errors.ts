/** The part that refused or failed. The command line turns it into its exit code. */
export type FailureKind =
  | 'usage'
  | 'source'
  | 'vault'
  | 'verification'
  | 'drill'
  | 'target'
  | 'interrupted'
  | 'internal';

export interface FailureDescription {
  /** Stable, kebab-case, for scripts and alarms: `source-password-refused`. */
  readonly code: string;
  readonly kind: FailureKind;
  /** What failed, with the object's name. Never a password, a token, a row or an entry's SQL text. */
  readonly what: string;
  /** What the failure means for the person who reads it at three in the morning. */
  readonly meaning?: string;
  /** What to do about it. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** Every failure that a person can act on. `message` is `what`, `meaning` and `remedy`, a sentence each. */
export class LifeboatError extends Error {
  readonly code: string;
  readonly kind: FailureKind;
  readonly what: string;
  readonly meaning: string | undefined;
  readonly remedy: string | undefined;

  constructor(description: FailureDescription) {
    const sentences = [description.what, description.meaning, description.remedy].filter(Boolean);
    super(sentences.join(' '), description.cause === undefined ? undefined : { cause: description.cause });
    this.name = 'LifeboatError';
    this.code = description.code;
    this.kind = description.kind;
    this.what = description.what;
    this.meaning = description.meaning;
    this.remedy = description.remedy;
  }
}

/** The text of any thrown value. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0 && error.message === '') {
    return error.errors.map(messageOf).join('; ');
  }
  return error instanceof Error ? error.message : String(error);
}
