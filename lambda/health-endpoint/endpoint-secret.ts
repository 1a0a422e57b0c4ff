import { LifeboatError } from '../../lib/engine/ground/errors.ts';
import { SecretValue } from '../shared/secret-value.ts';

/** A changed secret counts after so long at the latest. */
const KEPT_MS = 5 * 60_000;

/** The secret that monitors send. It is not read for every request, which anybody could make. */
export class EndpointSecret {
  readonly #value: SecretValue;
  #read: { readonly at: number; readonly text: Promise<string> } | undefined;

  constructor(arn: string) {
    this.#value = new SecretValue(arn, unreadable);
  }

  read(signal: AbortSignal): Promise<string> {
    if (this.#read && performance.now() - this.#read.at < KEPT_MS) return this.#read.text;
    const read = { at: performance.now(), text: this.#value.read(signal) };
    this.#read = read;
    read.text.catch(() => {
      if (this.#read === read) this.#read = undefined;
    });
    return read.text;
  }
}

function unreadable(why: string): LifeboatError {
  return new LifeboatError({
    code: 'endpoint-secret-unreadable',
    kind: 'usage',
    what: `The secret of the health endpoint cannot be read: ${why}.`,
    meaning: 'Every request is answered with 503.',
    remedy: 'Look whether the secret exists, holds text, and whether its key lets the function decrypt it.',
  });
}
