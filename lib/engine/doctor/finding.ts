import { LifeboatError, messageOf } from '../ground/errors.ts';

/** The topics in the order of the report. */
export const TOPICS = ['machine', 'source', 'vault', 'backups', 'deployment'] as const;
export type Topic = (typeof TOPICS)[number];

/**
 * `problem`: a backup, drill or restore fails or is worthless. `warning`: it works, but somebody should look
 * at this.
 */
export type FindingVerdict = 'ok' | 'warning' | 'problem' | 'skipped';

/** The result of one check. */
export interface Finding {
  readonly topic: Topic;
  /** Kebab-case and stable: `tls-verified`. */
  readonly check: string;
  readonly verdict: FindingVerdict;
  /** A sentence. */
  readonly what: string;
  /** The action to take. */
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

  /** A problem, from an error that would stop a backup too. */
  error(error: unknown): Finding {
    if (!(error instanceof LifeboatError)) {
      return this.#finding('problem', `The check failed: ${messageOf(error)}.`);
    }
    const what = error.meaning === undefined ? error.what : `${error.what} ${error.meaning}`;
    return this.#finding('problem', what, error.remedy);
  }

  #finding(verdict: FindingVerdict, what: string, remedy?: string): Finding {
    const finding = { topic: this.#topic, check: this.#check, verdict, what };
    return remedy === undefined ? finding : { ...finding, remedy };
  }
}
