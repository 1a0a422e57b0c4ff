import { Identities } from '../../lib/engine/age/identities.ts';
import { LifeboatError } from '../../lib/engine/ground/errors.ts';
import { logger } from '../shared/log.ts';
import { SecretValue } from '../shared/secret-value.ts';

/** The errors of a secret that was changed since it was read. */
const OUTDATED: readonly string[] = ['identity-does-not-fit', 'identity-invalid'];

/**
 * Reads the secret with the age identity when it is needed, and keeps it as long as this process lives. Never
 * logs it.
 */
export class IdentitySecret {
  readonly #secret: SecretValue | undefined;
  #text: string | undefined;

  /** @param arn undefined if the function was given no identity: then only plain backups can be drilled */
  constructor(arn: string | undefined) {
    this.#secret = arn === undefined ? undefined : new SecretValue(arn, (why) => unreadable(arn, why));
  }

  /** Runs `work` with the identities. If they do not fit and the secret has changed, runs it once more. */
  async use<T>(signal: AbortSignal, work: (identities: Identities | undefined) => Promise<T>): Promise<T> {
    if (!this.#secret) return await work(undefined);
    this.#text ??= await this.#secret.read(signal);
    const used = this.#text;
    try {
      return await work(await Identities.read(used, 'the secret'));
    } catch (error) {
      if (!(error instanceof LifeboatError && OUTDATED.includes(error.code))) throw error;
      this.#text = await this.#secret.read(signal);
      if (this.#text === used) throw error;
      logger.info('the identity does not fit and the secret has changed: trying again with the new one');
      return await work(await Identities.read(this.#text, 'the secret'));
    }
  }
}

function unreadable(arn: string, why: string): LifeboatError {
  return new LifeboatError({
    code: 'identity-secret-unreadable',
    kind: 'drill',
    what: `The secret ${arn} with the age identity cannot be read: ${why}.`,
    meaning: 'Without it an encrypted backup cannot be drilled. The backup itself is unchanged.',
    remedy:
      'Check that the secret exists. If it is encrypted with your own key, ageIdentitySecretKeyArn in bin/environments.ts must name that key.',
  });
}
