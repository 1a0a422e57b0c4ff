import { LifeboatError } from '../ground/errors.ts';
import { PgoutputError } from '../pgoutput/messages.ts';

/** The messages are valid, and their order is not; `message` completes "this segment …". */
export class StreamError extends Error {}

/** What is wrong with the stream, with the segment's name. Other errors stay as they are. */
export function streamDamaged(error: unknown, key: string): unknown {
  const problem =
    error instanceof PgoutputError
      ? `holds a change that ${error.message}`
      : error instanceof StreamError
        ? error.message
        : undefined;
  if (problem === undefined) return error;
  return new LifeboatError({
    code: 'changes-damaged',
    kind: 'verification',
    what: `${key} ${problem}.`,
    meaning: 'Moments after it cannot be restored from this base. Moments before it can, and every backup.',
    remedy: 'Restore a moment before it, or a backup; `lifeboat list --timeline` shows which there are.',
    cause: error,
  });
}
