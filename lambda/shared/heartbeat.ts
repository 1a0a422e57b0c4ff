import { LifeboatError, messageOf } from '../../lib/engine/ground/errors.ts';
import { hideSecrets } from '../../lib/engine/ground/hide-secrets.ts';
import { type Beat, Heartbeat } from '../../lib/notify/heartbeat.ts';
import { logger } from './log.ts';
import { SecretValue } from './secret-value.ts';

/** A monitor that is down, or a network without a way out, must not use up the time of a run. */
const LONGEST_MS = 5000;

/**
 * Tells a monitor outside of the account that a function has run. It never fails a run: what does not arrive is logged, and
 * the monitor's silence is its alarm.
 */
export class OutsideHeartbeat {
  readonly #secret: SecretValue | undefined;
  readonly #which: string;

  /** @param which the address of the secret's JSON that is meant: `backup`, `drill`, `sentinel` */
  constructor(secretArn: string | undefined, which: string) {
    this.#which = which;
    this.#secret = secretArn === undefined ? undefined : new SecretValue(secretArn, unreadable);
  }

  async tell(beat: Beat): Promise<void> {
    if (!this.#secret) return;
    let text = '';
    try {
      const signal = AbortSignal.timeout(LONGEST_MS);
      text = (await this.#secret.read(signal)).trim();
      const address = this.#addressIn(text);
      if (address === undefined) return;
      const heartbeat = new Heartbeat(address, 'The address in the heartbeat secret', false);
      await heartbeat.tell(beat, { signal, timeoutMs: 4000 });
    } catch (error) {
      const why = error instanceof LifeboatError ? error.what : messageOf(error);
      logger.warn('the monitor outside was not told', { why: hideSecrets(why, text === '' ? [] : [text]) });
    }
  }

  /** The secret is an address, or JSON with one for each function: `{"backup": "https://…", "drill": "https://…"}`. */
  #addressIn(text: string): string | undefined {
    if (!text.startsWith('{')) return text;
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      // JSON.parse quotes the text, which is a secret.
      throw unreadable('it begins with { but is not JSON');
    }
    const found = (json as Readonly<Record<string, unknown>>)[this.#which];
    return typeof found === 'string' && found !== '' ? found : undefined;
  }
}

function unreadable(why: string): LifeboatError {
  return new LifeboatError({
    code: 'heartbeat-secret-unreadable',
    kind: 'internal',
    what: `The secret with the address of the monitor cannot be read: ${why}.`,
  });
}
