import { Socket } from 'node:net';
import { receiveBuffer } from './copy-text.ts';

/**
 * A socket that reads into the memory in which rows are taken out of messages, up to 256 KiB at a time. Node would
 * allocate 64 KiB for each read, shrink them, and pass them on through a stream. All such sockets share the memory,
 * because what was read is used before the next read. It cannot carry TLS.
 */
export class CopySocket extends Socket {
  /** Gets what is read, as a view that is valid during the call. Without a reader, listeners to `data` get a copy. */
  reader: ((bytes: Buffer) => void) | undefined;

  constructor() {
    super({
      onread: {
        buffer: receiveBuffer,
        callback: (count) => {
          const bytes = receiveBuffer.subarray(0, count);
          if (this.reader) this.reader(bytes);
          else this.emit('data', Buffer.from(bytes));
          return true;
        },
      },
    });
  }
}
