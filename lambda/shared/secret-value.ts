import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type LifeboatError, messageOf } from '../../lib/engine/ground/errors.ts';

/** Reads the text of one secret. Never logs it. */
export class SecretValue {
  readonly #arn: string;
  readonly #unreadable: (why: string) => LifeboatError;
  readonly #client = new SecretsManagerClient({
    maxAttempts: 5,
    requestHandler: { connectionTimeout: 3000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });

  /** @param unreadable makes the error that {@link read} throws; `why` completes "it cannot be read: …" */
  constructor(arn: string, unreadable: (why: string) => LifeboatError) {
    this.#arn = arn;
    this.#unreadable = unreadable;
  }

  async read(abortSignal: AbortSignal): Promise<string> {
    try {
      const command = new GetSecretValueCommand({ SecretId: this.#arn });
      const { SecretString } = await this.#client.send(command, { abortSignal });
      if (SecretString) return SecretString;
    } catch (error) {
      abortSignal.throwIfAborted();
      const name = error instanceof Error ? error.name : 'Error';
      throw this.#unreadable(`${name}: ${messageOf(error)}`);
    }
    throw this.#unreadable('it holds no text');
  }
}
