import type { OutputStream } from '../../present/terminal/page.ts';
import { interruptedError } from './failure.ts';

interface WithCallback {
  write(bytes: Uint8Array, done: (error?: NodeJS.ErrnoException | null) => void): unknown;
}

/** Writes bytes and waits until the stream has taken them, so that a slow reader does not fill the memory. */
export async function writeBytes(stream: OutputStream, bytes: Uint8Array): Promise<void> {
  if (!('once' in stream)) {
    // Not a stream of Node's: it takes text, and takes it at once.
    stream.write(Buffer.from(bytes).toString('utf8'));
    return;
  }
  await new Promise<void>((resolve, reject) => {
    (stream as unknown as WithCallback).write(bytes, (error) => {
      if (!error) resolve();
      else if (error.code === 'EPIPE') reject(interruptedError('Nobody reads the output any more.'));
      else reject(error);
    });
  });
}
