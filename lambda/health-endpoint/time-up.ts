import type { Context } from 'aws-lambda';

/** Time to answer before Lambda ends the invocation without an answer. */
const FOR_THE_ANSWER_MS = 2000;

/** Aborts when there is just time left to answer that nobody knows. */
export function timeUpSignal(context: Pick<Context, 'getRemainingTimeInMillis'>): AbortSignal {
  return AbortSignal.timeout(Math.max(1, context.getRemainingTimeInMillis() - FOR_THE_ANSWER_MS));
}
