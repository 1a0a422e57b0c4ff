import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { STATUS_PAGE_SECONDS } from '../../lib/contract/status-page.ts';
import { messageOf } from '../../lib/engine/ground/errors.ts';
import { logger } from '../shared/log.ts';
import type { SourceAnswer } from './publish-findings.ts';

/** The ages are published already: a function that cannot be asked costs seconds. */
const lambda = new LambdaClient({
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 2000, requestTimeout: 4000, throwOnRequestTimeout: true },
});

/** Asks for a new status page, when what the sentinel has seen is not what it saw before, and from time to time. */
export class PageOrder {
  #seen = '';
  #askedMs = Number.NEGATIVE_INFINITY;

  /** Does not reject: a page that is not written says itself how old it is. */
  async ask(functionName: string, answers: readonly SourceAnswer[], now: Date, signal: AbortSignal): Promise<void> {
    const seen = shown(answers, now);
    const isDue = now.getTime() - this.#askedMs >= STATUS_PAGE_SECONDS * 1000;
    if (seen === this.#seen && !isDue) return;
    try {
      await lambda.send(
        new InvokeCommand({ FunctionName: functionName, InvocationType: 'Event', Payload: '{}' }),
        { abortSignal: signal },
      );
      this.#seen = seen;
      this.#askedMs = now.getTime();
    } catch (error) {
      logger.warn('the status page was not asked for', { function: functionName, why: messageOf(error) });
    }
  }
}

/** All that was published, with moments in place of ages: an age changes with each look. */
function shown(answers: readonly SourceAnswer[], now: Date): string {
  return JSON.stringify(
    answers.map(({ source, published }) => [
      source,
      ...Object.entries(published).map(([name, value]) => [name, /Age/.test(name) ? momentOf(value, now) : value]),
    ]),
  );
}

/** To the minute: the ages of two looks are rounded differently. */
function momentOf(ageSeconds: number, now: Date): number {
  return Math.round((now.getTime() / 1000 - ageSeconds) / 60);
}
