import * as v from 'valibot';
import { LifeboatError } from '../../lib/engine/ground/errors.ts';
import { logger } from '../shared/log.ts';
import { reportFailure } from '../shared/report-failure.ts';

/** What CloudFormation sends for a custom resource (AWS CloudFormation User Guide, "Custom resource reference"). */
const removalEvent = v.object({
  RequestType: v.picklist(['Create', 'Update', 'Delete']),
  ResponseURL: v.pipe(v.string(), v.url()),
  StackId: v.string(),
  RequestId: v.string(),
  LogicalResourceId: v.string(),
  PhysicalResourceId: v.optional(v.string()),
});

export type Removal = v.InferOutput<typeof removalEvent>;

const TRIES = 3;
const ANSWER_WITHIN_MS = 10_000;
/** "The entire response, including the Data section, is limited to 4096 bytes": the reason is cut far below it. */
const LONGEST_REASON = 1000;

/** Undefined for what is no event of CloudFormation. */
export function readRemoval(event: unknown): Removal | undefined {
  const read = v.safeParse(removalEvent, event);
  return read.success ? read.output : undefined;
}

/**
 * Does the work if CloudFormation deletes the resource, and tells it how that went: without an answer it waits for an hour.
 * Creating and updating it does nothing.
 */
export async function answerRemoval(event: Removal, work: () => Promise<void>): Promise<{ Status: string }> {
  let reason = '';
  if (event.RequestType === 'Delete') {
    try {
      await work();
    } catch (error) {
      const { what, remedy } = reportFailure(error, 'Dropping the slot before it is removed');
      reason = `${what} ${remedy ?? ''} The slot may still hold WAL on the source. The runbook says how to go on: slot-not-removed.`;
    }
  }
  const Status = reason === '' ? 'SUCCESS' : 'FAILED';
  await answer(event, {
    ...{ Status, Reason: (reason || 'Done.').slice(0, LONGEST_REASON) },
    ...{ StackId: event.StackId, RequestId: event.RequestId, LogicalResourceId: event.LogicalResourceId },
    // It never changes, so that an update never deletes.
    PhysicalResourceId: event.PhysicalResourceId ?? event.LogicalResourceId,
  });
  return { Status };
}

async function answer({ ResponseURL }: Removal, body: Readonly<Record<string, string>>): Promise<void> {
  const text = JSON.stringify(body);
  for (let tries = 1; ; tries += 1) {
    try {
      const { ok, status } = await fetch(ResponseURL, {
        method: 'PUT',
        body: text,
        // The signature of the URL is for no content type.
        headers: { 'content-type': '' },
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      if (ok) return;
      throw notAnswered(`status ${status}`);
    } catch (error) {
      logger.warn('CloudFormation was not told yet', { tries, status: body.Status });
      if (tries === TRIES) throw reportFailure(error, 'Telling CloudFormation');
    }
  }
}

function notAnswered(why: string): LifeboatError {
  return new LifeboatError({
    code: 'cloudformation-not-told',
    kind: 'vault',
    what: `CloudFormation could not be told how the removal went: ${why}.`,
    meaning: 'It waits for an hour, and then counts the removal as failed.',
    remedy: 'In a VPC, the function must be able to reach S3 in its region: NAT, or a gateway endpoint.',
  });
}
