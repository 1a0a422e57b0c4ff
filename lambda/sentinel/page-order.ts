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

/** What a run of the sentinel has seen. */
export interface Seen {
  readonly answers: readonly SourceAnswer[];
  readonly at: Date;
}

/** Asks for a new status page. */
export class PageOrder {
  #asked: Seen | undefined;

  /** Asks if there is news since it asked last. Does not reject: a page that is not written says how old it is. */
  async ask(functionName: string, seen: Seen, abortSignal: AbortSignal): Promise<void> {
    if (!isNewsAfter(this.#asked, seen)) return;
    const command = new InvokeCommand({ FunctionName: functionName, InvocationType: 'Event', Payload: '{}' });
    try {
      await lambda.send(command, { abortSignal });
      this.#asked = seen;
    } catch (error) {
      logger.warn('the status page was not asked for', { function: functionName, why: messageOf(error) });
    }
  }
}

/** Ages of two looks that differ by so little are of the same moment: they are rounded, and clocks differ. */
const SAME_MOMENT_SECONDS = 5;

/** Whether a page of then would say something else, apart from ages, or when somebody looked is long ago. */
export function isNewsAfter(before: Seen | undefined, { answers, at }: Seen): boolean {
  if (!before) return true;
  const seconds = (at.getTime() - before.at.getTime()) / 1000;
  if (seconds >= STATUS_PAGE_SECONDS) return true;
  const then = new Map(before.answers.map(({ source, published }) => [source, published]));
  return answers.some(({ source, published }) => {
    const old = then.get(source) ?? {};
    const names = new Set([...Object.keys(old), ...Object.keys(published)]);
    return [...names].some((name) => {
      const [from, to] = [old[name], published[name]];
      if (from === undefined || to === undefined) return from !== to;
      return /Age/.test(name) ? Math.abs(from + seconds - to) > SAME_MOMENT_SECONDS : from !== to;
    });
  });
}
