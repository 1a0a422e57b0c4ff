import type { Writable } from 'node:stream';

/** `lifeboat list | head -1`: a reader that has seen enough is no error, and never ends a backup. */
export function outliveReaders(...streams: readonly Writable[]): void {
  for (const stream of streams) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

/** Resolves once everything written has been handed over: a pipe takes it piece by piece, and exit would cut it. */
export async function flushed(...streams: readonly Writable[]): Promise<void> {
  await Promise.all(
    streams.map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve()))),
  );
}
