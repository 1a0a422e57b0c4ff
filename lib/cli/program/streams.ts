import type { Writable } from 'node:stream';
import { LifeboatError, messageOf } from '../../engine/ground/errors.ts';

/** `lifeboat list | head -1`: a reader that has seen enough is no error, and never ends a backup. */
export function outliveReaders(...streams: readonly Writable[]): void {
  for (const stream of streams) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw outputLost(error);
    });
  }
}

/** A disk that is full, a terminal that is gone: what was to be printed is not there, or not all of it. */
function outputLost(cause: NodeJS.ErrnoException): LifeboatError {
  return new LifeboatError({
    code: 'output-not-written',
    kind: 'usage',
    what: `What the command prints cannot be written: ${messageOf(cause).replace(/^write /, '')}.`,
    meaning: 'The output is incomplete; do not use what there is of it.',
    remedy: 'Make room where it goes, or let it go elsewhere, and run the command again.',
    cause,
  });
}

/** Resolves once everything written has been handed over: a pipe takes it piece by piece, and exit would cut it. */
export async function flushed(...streams: readonly Writable[]): Promise<void> {
  await Promise.all(
    streams.map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve()))),
  );
}
