/** The output of a WebAssembly program, byte for byte. */
export interface ProgramOutput {
  readonly file: Buffer;
  readonly stderr: Buffer;
}

/** The part of WebAssembly's interface that is used here. TypeScript declares it for browsers only. */
interface WebAssemblyInterface {
  instantiate(source: unknown, imports?: Imports): Promise<unknown>;
}
interface Imports {
  readonly env?: { readonly memory?: Memory };
  readonly wasi_snapshot_preview1?: { readonly fd_write?: WriteFunction };
}
interface Memory {
  readonly buffer: ArrayBuffer;
}

type WriteFunction = (descriptor: number, vectors: number, vectorCount: number, written: number) => number;

const STDERR = 2;

/**
 * Records the output of the next WebAssembly program of this thread. The library that runs pg_dump decodes
 * the dump as UTF-8, deletes lines from it, and joins the lines of stderr. This function records below the
 * library, at the WASI call `fd_write`. Use it only in a separate worker thread, because it replaces
 * `WebAssembly.instantiate`.
 */
export function recordOutput(): () => ProgramOutput {
  const file: Uint8Array[] = [];
  const stderr: Uint8Array[] = [];
  let fileDescriptor: number | undefined;
  const record = (descriptor: number, bytes: Uint8Array): void => {
    if (descriptor === STDERR) {
      stderr.push(bytes);
    } else if (descriptor > STDERR) {
      fileDescriptor ??= descriptor;
      if (descriptor !== fileDescriptor) throw new Error('the program wrote more than one file');
      file.push(bytes);
    }
  };

  const { WebAssembly: host } = globalThis as unknown as { WebAssembly: WebAssemblyInterface };
  const instantiate = host.instantiate;
  host.instantiate = (source, imports) => {
    const memory = imports?.env?.memory;
    const write = imports?.wasi_snapshot_preview1?.fd_write;
    if (!memory || !write) return instantiate(source, imports);
    const recordingWrite: WriteFunction = (descriptor, vectors, vectorCount, written) => {
      const status = write(descriptor, vectors, vectorCount, written);
      if (status === 0) record(descriptor, writtenBytes(memory, vectors, written));
      return status;
    };
    const wasi = { ...imports.wasi_snapshot_preview1, fd_write: recordingWrite };
    return instantiate(source, { ...imports, wasi_snapshot_preview1: wasi });
  };
  return () => ({ file: Buffer.concat(file), stderr: Buffer.concat(stderr) });
}

/** Copies the first `*written` bytes of the vectors (address, length). */
function writtenBytes(memory: Memory, vectors: number, written: number): Uint8Array {
  const view = new DataView(memory.buffer);
  const bytes = new Uint8Array(view.getUint32(written, true));
  for (let at = 0, vector = vectors; at < bytes.length; vector += 8) {
    const address = view.getUint32(vector, true);
    const length = Math.min(view.getUint32(vector + 4, true), bytes.length - at);
    bytes.set(new Uint8Array(memory.buffer, address, length), at);
    at += length;
  }
  return bytes;
}
