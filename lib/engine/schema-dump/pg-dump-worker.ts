import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { PGlite } from '@electric-sql/pglite';
import { messageOf } from '../ground/errors.ts';
import { AnswerBell } from './answer-bell.ts';
import { LibpqPeer } from './libpq-peer.ts';
import type { PgDumpOrder, PgDumpThreadInput, PgDumpThreadOutcome } from './pg-dump-thread.ts';
import { recordOutput } from './program-output.ts';

/**
 * Runs pg_dump, compiled to WebAssembly, in a thread that may stand still: its database calls are synchronous, and wait
 * here until the main thread has carried the bytes to the server and back.
 */
const input = workerData as PgDumpThreadInput;
const bell = new AnswerBell(input.bell);

/**
 * How much a WebAssembly function has to run before V8 compiles it again, better: a hundred times as much as V8 would have it.
 * Most of pg_dump is over in a tenth of a second, before what is compiled for it in other threads is ready (measured, 10 MB:
 * a quarter of the command's processor time and 40 MB); of 10,000 tables it still gets what it needs. It holds for what is
 * instantiated from here on in this process.
 */
const TIERING_BUDGET = 1_300_000_000;

/** However long it takes: who serves this thread ends it when the answer does not come. */
function askServer(request: Uint8Array): Uint8Array {
  bell.reset();
  input.port.postMessage(request);
  bell.wait();
  const answer: unknown = receiveMessageOnPort(input.port)?.message;
  if (!(answer instanceof Uint8Array)) throw new Error('the bell was rung, and no answer is there');
  return answer;
}

/** Of a PGlite instance, the library uses these three, and `exec` and `query` only to look after the search path. */
function databaseFor(peer: LibpqPeer): PGlite {
  const database = {
    query: async () => ({ rows: [{ search_path: "''" }] }),
    exec: async () => [],
    execProtocolRawStream: (bytes: Uint8Array, { onRawData }: { onRawData(bytes: Uint8Array): void }) =>
      onRawData(peer.receive(bytes)),
  };
  return database as unknown as PGlite;
}

async function run(order: Promise<PgDumpOrder>): Promise<PgDumpThreadOutcome> {
  // The program's name, which begins each of its messages.
  process.argv[1] = 'pg_dump';
  const output = recordOutput();
  setFlagsFromString(`--wasm-tiering-budget=${TIERING_BUDGET}`);
  // Loaded while the order is still to come.
  const { pgDump } = await import('@electric-sql/pglite-tools/pg_dump');
  const { args, parameters } = await order;
  const peer = new LibpqPeer(parameters, askServer);
  try {
    const dump = await pgDump({
      pg: databaseFor(peer),
      args: [...args],
    });
    const { file, stderr } = output();
    return { file, stderr, libraryChanged: (await dump.text()) !== asLibraryReturns(file) };
  } catch (error) {
    return { file: new Uint8Array(0), stderr: output().stderr, failure: messageOf(error) };
  } finally {
    // pg_dump's exit status is not this thread's.
    process.exitCode = 0;
  }
}

/** pg_dump.ts of pglite-tools 0.4.8: decoded as UTF-8, and without every line that begins with a psql restriction. */
function asLibraryReturns(file: Buffer): string {
  return new TextDecoder().decode(file).replace(/^(?:\\(?:un)?restrict\b.*\r?\n?)/gim, '');
}

if (parentPort) {
  const order = once(parentPort, 'message').then(([message]: PgDumpOrder[]) => message as PgDumpOrder);
  parentPort.postMessage(await run(order));
}
input.port.close();
