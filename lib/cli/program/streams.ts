import type { Writable } from 'node:stream';
import { LifeboatError, messageOf } from '../../engine/ground/errors.ts';

/**
 * Ignores a reader that closes early (`lifeboat list | head -1`): it is no error, and never ends a backup.
 */
export function outliveReaders(...streams: readonly Writable[]): void {
  for (const stream of streams) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw outputLost(error);
    });
  }
}

/** The output is lost or incomplete: the disk is full, or the terminal is gone. */
function outputLost(cause: NodeJS.ErrnoException): LifeboatError {
  return new LifeboatError({
    code: 'output-not-written',
    kind: 'usage',
    what: `The output of the command cannot be written: ${messageOf(cause).replace(/^write /, '')}.`,
    meaning: 'The output is incomplete: do not use it.',
    remedy: 'Free some space there, or send the output elsewhere, and run the command again.',
    cause,
  });
}

/**
 * Resolves once the streams have taken everything written: a pipe takes it piece by piece, and exit would cut
 * it off.
 */
export async function flushed(...streams: readonly Writable[]): Promise<void> {
  await Promise.all(
    streams.map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve()))),
  );
}
