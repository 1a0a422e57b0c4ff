import { LifeboatError, messageOf } from '../ground/errors.ts';

/** What is looked at, in this order. */
export const TOPICS = ['machine', 'source', 'vault', 'backups', 'deployment'] as const;
export type Topic = (typeof TOPICS)[number];

/** `problem`: a backup, a drill or a restore fails or is worth nothing. `warning`: it works, but somebody should know. */
export type FindingVerdict = 'ok' | 'warning' | 'problem' | 'skipped';

/** What one check has found. */
export interface Finding {
  readonly topic: Topic;
  /** Kebab-case and stable: `tls-verified`. */
  readonly check: string;
  readonly verdict: FindingVerdict;
  /** A sentence. */
  readonly what: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** Findings of one topic and check. */
export class Findings {
  readonly #topic: Topic;
  readonly #check: string;

  constructor(topic: Topic, check: string) {
    this.#topic = topic;
    this.#check = check;
  }

  ok(what: string): Finding {
    return this.#finding('ok', what);
  }

  skipped(what: string, remedy?: string): Finding {
    return this.#finding('skipped', what, remedy);
  }

  warning(what: string, remedy: string): Finding {
    return this.#finding('warning', what, remedy);
  }

  problem(what: string, remedy: string): Finding {
    return this.#finding('problem', what, remedy);
  }

  /** What an error says that would meet a backup as well. */
  error(error: unknown): Finding {
    if (!(error instanceof LifeboatError)) {
      return this.#finding('problem', `It could not be looked at: ${messageOf(error)}.`);
    }
    const what = error.meaning === undefined ? error.what : `${error.what} ${error.meaning}`;
    return this.#finding('problem', what, error.remedy);
  }

  #finding(verdict: FindingVerdict, what: string, remedy?: string): Finding {
    const finding = { topic: this.#topic, check: this.#check, verdict, what };
    return remedy === undefined ? finding : { ...finding, remedy };
  }
}
