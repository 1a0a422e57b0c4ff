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
 * Runs pg_dump, compiled to WebAssembly, in a thread that may block. Its database calls are synchronous: they
 * wait here until the main thread has sent the request to the server and returned the answer.
 */
const input = workerData as PgDumpThreadInput;
const bell = new AnswerBell(input.bell);

/**
 * The budget that a WebAssembly function uses up before V8 optimizes it: a hundred times V8's default. Most
 * runs of pg_dump end within a tenth of a second, before the optimized code from other threads is ready
 * (measured with 10 MB: it cost a quarter of the command's processor time and 40 MB). With 10,000 tables,
 * functions are still optimized. The flag applies to all modules that are instantiated in this process from
 * now on.
 */
const TIERING_BUDGET = 1_300_000_000;

/** Waits without a time limit: the main thread terminates this thread if no answer comes. */
function askServer(request: Uint8Array): Uint8Array {
  bell.reset();
  input.port.postMessage(request);
  bell.wait();
  const answer: unknown = receiveMessageOnPort(input.port)?.message;
  if (!(answer instanceof Uint8Array)) throw new Error('the bell was rung, and no answer is there');
  return answer;
}

/**
 * The three members of a PGlite instance that the library uses; `exec` and `query` only concern the search
 * path.
 */
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
  // The program's name, which is the prefix of each of its messages.
  process.argv[1] = 'pg_dump';
  const output = recordOutput();
  setFlagsFromString(`--wasm-tiering-budget=${TIERING_BUDGET}`);
  // The library is loaded before the order comes.
  const { pgDump } = await import('@electric-sql/pglite-tools/pg_dump');
  const { args, parameters, writesNoData } = await order;
  const peer = new LibpqPeer(parameters, askServer, { writesNoData });
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

/**
 * The changes by pg_dump.ts of pglite-tools 0.4.8: it decodes UTF-8, and removes lines that begin with a psql
 * restriction.
 */
function asLibraryReturns(file: Buffer): string {
  return new TextDecoder().decode(file).replace(/^(?:\\(?:un)?restrict\b.*\r?\n?)/gim, '');
}

if (parentPort) {
  const order = once(parentPort, 'message').then(([message]: PgDumpOrder[]) => message as PgDumpOrder);
  parentPort.postMessage(await run(order));
}
input.port.close();
