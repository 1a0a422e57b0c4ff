import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { ConnectionSettings } from '../../lib/engine/connection/connection-settings.ts';
import { LifeboatError, messageOf } from '../../lib/engine/ground/errors.ts';
import { logger } from '../shared/log.ts';
import { settingsFromSecret } from './secret-text.ts';

/** The errors of a source whose password was changed a moment ago. */
const LOGIN_REFUSED: readonly string[] = ['source-password-refused', 'source-login-refused'];

/**
 * Reads the secret of a source when it is needed, and keeps it as long as this process lives. Never logs it.
 */
export class SourceSecret {
  readonly #arn: string;
  readonly #client = new SecretsManagerClient({
    maxAttempts: 5,
    requestHandler: { connectionTimeout: 3000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });
  #text: string | undefined;

  constructor(arn: string) {
    this.#arn = arn;
  }

  /**
   * Runs `work` with the connection. If the login is refused and the secret has changed, runs it once more.
   */
  async use<T>(signal: AbortSignal, work: (settings: ConnectionSettings) => Promise<T>): Promise<T> {
    this.#text ??= await this.#read(signal);
    const used = this.#text;
    try {
      return await work(settingsFromSecret(used));
    } catch (error) {
      if (!(error instanceof LifeboatError && LOGIN_REFUSED.includes(error.code))) throw error;
      this.#text = await this.#read(signal);
      if (this.#text === used) throw error;
      logger.info('the login was refused and the secret has changed: trying again with the new one');
      return await work(settingsFromSecret(this.#text));
    }
  }

  async #read(abortSignal: AbortSignal): Promise<string> {
    try {
      const command = new GetSecretValueCommand({ SecretId: this.#arn });
      const { SecretString } = await this.#client.send(command, { abortSignal });
      if (SecretString) return SecretString;
    } catch (error) {
      abortSignal.throwIfAborted();
      const name = error instanceof Error ? error.name : 'Error';
      throw unreadable(this.#arn, `${name}: ${messageOf(error)}`);
    }
    throw unreadable(this.#arn, 'it holds no text');
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
