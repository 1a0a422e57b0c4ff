import type { ConnectionSettings } from '../../lib/engine/connection/connection-settings.ts';
import { LifeboatError } from '../../lib/engine/ground/errors.ts';
import { logger } from './log.ts';
import { settingsFromSecret } from './secret-text.ts';
import { SecretValue } from './secret-value.ts';

/** The errors of a source whose password was changed a moment ago. */
const LOGIN_REFUSED: readonly string[] = ['source-password-refused', 'source-login-refused'];

export function isLoginRefused(code: unknown): boolean {
  return typeof code === 'string' && LOGIN_REFUSED.includes(code);
}

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
   * Runs `work` with the connection. If the login is refused and the secret has changed, runs it once more. Work that
   * does not throw when its login is refused says so by `isRefused`.
   */
  async use<T>(
    signal: AbortSignal,
    work: (settings: ConnectionSettings) => Promise<T>,
    isRefused: (result: T) => boolean = () => false,
  ): Promise<T> {
    this.#text ??= await this.#secret.read(signal);
    try {
      const result = await work(settingsFromSecret(this.#text));
      return isRefused(result) && (await this.#hasChanged(signal)) ? this.#again(work) : result;
    } catch (error) {
      if (!(error instanceof LifeboatError && isLoginRefused(error.code))) throw error;
      if (!(await this.#hasChanged(signal))) throw error;
      return await this.#again(work);
    }
  }

  async #hasChanged(signal: AbortSignal): Promise<boolean> {
    const used = this.#text;
    this.#text = await this.#secret.read(signal);
    return this.#text !== used;
  }

  #again<T>(work: (settings: ConnectionSettings) => Promise<T>): Promise<T> {
    logger.info('the login was refused and the secret has changed: trying again with the new one');
    return work(settingsFromSecret(this.#text ?? ''));
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
