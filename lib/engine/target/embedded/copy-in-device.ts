/** The part of Emscripten's file system that a device needs. */
interface DeviceFileSystem {
  makedev(major: number, minor: number): number;
  registerDevice(device: number, operations: DeviceOperations): void;
  mkdev(path: string, device: number): void;
}

interface DeviceStream {
  position: number;
}

interface DeviceOperations {
  open(stream: DeviceStream): void;
  close(stream: DeviceStream): void;
  read(stream: DeviceStream, buffer: Uint8Array, offset: number, length: number, position: number): number;
  llseek(stream: DeviceStream, offset: number, whence: number): number;
}

/** A device number that Emscripten and PGlite do not use (64 is PGlite's /dev/blob). */
const MAJOR = 65;

/**
 * A file inside the embedded server whose content is set from outside. It replaces PGlite's own `/dev/blob`,
 * which copies byte by byte, and takes its data as a Blob that is copied as a whole once more.
 */
export class CopyInDevice {
  #content: Uint8Array = new Uint8Array(0);

  constructor(fileSystem: DeviceFileSystem, path: string) {
    const device = fileSystem.makedev(MAJOR, 0);
    fileSystem.registerDevice(device, {
      open: () => {},
      close: () => {},
      read: (_stream, buffer, offset, length, position) => {
        const piece = this.#content.subarray(position, position + length);
        buffer.set(piece, offset);
        return piece.length;
      },
      llseek: (stream, offset, whence) => {
        const origin = [0, stream.position, this.#content.length][whence] ?? 0;
        return origin + offset;
      },
    });
    fileSystem.mkdev(path, device);
  }

  /** Runs `read` while the file holds `content`. */
  async holding<T>(content: Uint8Array, read: () => Promise<T>): Promise<T> {
    this.#content = content;
    try {
      return await read();
    } finally {
      this.#content = new Uint8Array(0);
    }
  }
}
