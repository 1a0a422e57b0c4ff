import type { ConnectionSettings } from '../../lib/engine/connection/connection-settings.ts';
import { LifeboatError } from '../../lib/engine/ground/errors.ts';
import { logger } from '../shared/log.ts';
import { SecretValue } from '../shared/secret-value.ts';
import { settingsFromSecret } from './secret-text.ts';

/** The errors of a source whose password was changed a moment ago. */
const LOGIN_REFUSED: readonly string[] = ['source-password-refused', 'source-login-refused'];

/**
 * Reads the secret of a source when it is needed, and keeps it as long as this process lives. Never logs it.
 */
export class SourceSecret {
  readonly #secret: SecretValue;
  #text: string | undefined;

  constructor(arn: string) {
    this.#secret = new SecretValue(arn, (why) => unreadable(arn, why));
  }

  /**
   * Runs `work` with the connection. If the login is refused and the secret has changed, runs it once more.
   */
  async use<T>(signal: AbortSignal, work: (settings: ConnectionSettings) => Promise<T>): Promise<T> {
    this.#text ??= await this.#secret.read(signal);
    const used = this.#text;
    try {
      return await work(settingsFromSecret(used));
    } catch (error) {
      if (!(error instanceof LifeboatError && LOGIN_REFUSED.includes(error.code))) throw error;
      this.#text = await this.#secret.read(signal);
      if (this.#text === used) throw error;
      logger.info('the login was refused and the secret has changed: trying again with the new one');
      return await work(settingsFromSecret(this.#text));
    }
  }
}

function unreadable(arn: string, why: string): LifeboatError {
  return new LifeboatError({
    code: 'secret-unreadable',
    kind: 'source',
    what: `The secret ${arn} cannot be read: ${why}.`,
    meaning: 'Without it Lifeboat cannot connect to the source.',
    remedy:
      'Check that the secret exists. If it is encrypted with your own key, secretKeyArn in bin/environments.ts must name that key. In a VPC, the function must be able to reach Secrets Manager.',
  });
}
