import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { BaseEvent } from '../../lib/contract/events.ts';
import { baseOrderKey } from '../../lib/engine/archive/changes/change-keys.ts';
import type { Epoch } from '../../lib/engine/archive/changes/change-records.ts';
import { LifeboatError, messageOf } from '../../lib/engine/ground/errors.ts';
import { ObjectExistsError, type ObjectStore } from '../../lib/engine/storage/object-store.ts';
import { logger } from '../shared/log.ts';

/** Answers or fails within seconds: a network without a way to Lambda must not cost the time that is left. */
const lambda = new LambdaClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2000, requestTimeout: 4000, throwOnRequestTimeout: true },
});

/**
 * Asks the backup function of the source for a base. It is asked once in the time that a backup may take, counted from the
 * epoch's beginning: an object in the vault, written on the condition that there is none, remembers that it was. A run that
 * comes a minute later, in whatever process, must not start a second backup.
 */
export class BaseOrder {
  readonly #store: ObjectStore;
  readonly #backupFunction: string;
  readonly #everyMs: number;

  constructor(store: ObjectStore, backupFunction: string, everyMinutes: number) {
    this.#store = store;
    this.#backupFunction = backupFunction;
    this.#everyMs = everyMinutes * 60_000;
  }

  /** A base that cannot be asked for does not fail the capture: changes are stored, and the gap is published. */
  async ask(epoch: Epoch, signal: AbortSignal): Promise<void> {
    const ageMs = Math.max(0, Date.now() - Date.parse(epoch.startedAt));
    const key = baseOrderKey(epoch, Math.floor(ageMs / this.#everyMs));
    try {
      await this.#store.put(key, Buffer.from('{}\n'), { contentType: 'application/json', signal });
    } catch (error) {
      if (error instanceof ObjectExistsError) return;
      throw error;
    }
    await this.#invoke(signal);
  }

  async #invoke(signal: AbortSignal): Promise<void> {
    const event: BaseEvent = { class: 'daily', scope: 'full', reason: 'base of captured changes' };
    const command = new InvokeCommand({
      FunctionName: this.#backupFunction,
      InvocationType: 'Event',
      Payload: JSON.stringify(event),
    });
    try {
      await lambda.send(command, { abortSignal: signal });
      logger.info('asked for a base', { function: this.#backupFunction });
    } catch (error) {
      signal.throwIfAborted();
      const { code, what, remedy } = notAsked(this.#backupFunction, messageOf(error));
      logger.error(what, { code, remedy });
    }
  }
}

function notAsked(name: string, why: string): LifeboatError {
  return new LifeboatError({
    code: 'base-not-asked',
    kind: 'vault',
    what: `The backup function ${name} was not asked for a base: ${why}.`,
    remedy:
      'Invoke it by hand. In a VPC, the capture must be able to reach Lambda: NAT, or the endpoint `lambda` in its network. The next scheduled backup is a base, too.',
  });
}
