import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../ground/errors.ts';
import { AnswerPieces } from './answer-pieces.ts';
import { DeadError, EmbeddedServer, RefusedError, runInitdb } from './embedded-server.ts';
import { keepPrepared } from './prepared-directory.ts';
import type { WorkerReply, WorkerRequest, WorkerTask } from './worker-protocol.ts';

/**
 * The entry file of the embedded PostgreSQL, separate so that a bundler can make an entry of it. As a
 * program, it initializes the given data directory and keeps a copy (embedded/initialize.ts). As a thread, it
 * serves the data directory (embedded/worker-session.ts).
 */
if (parentPort) {
  await serve(parentPort, workerData as WorkerTask);
} else {
  const [dataDirectory, prepared = '', ...initdbArguments] = process.argv.slice(2);
  if (dataDirectory === undefined) throw new Error('the data directory is missing');
  await runInitdb(dataDirectory, initdbArguments);
  if (prepared !== '') await keepPrepared(prepared, dataDirectory);
}

async function serve(port: NonNullable<typeof parentPort>, task: WorkerTask): Promise<void> {
  const reply = (message: WorkerReply) => port.postMessage(message);
  const server = await EmbeddedServer.open(task);
  port.on('message', (request: WorkerRequest) => {
    answer(server, request, reply).then(reply, (error: unknown) => reply(failure(error)));
  });
  reply({ kind: 'booted' });
}

async function answer(
  server: EmbeddedServer,
  request: WorkerRequest,
  reply: (message: WorkerReply) => void,
): Promise<WorkerReply> {
  switch (request.kind) {
    case 'execute':
      return { kind: 'executed', ...(await server.execute(request.sql)) };
    case 'copy-in':
      return { kind: 'copied-in', ...(await server.copyIn(request.sql, request.blob)) };
    case 'copy-out':
      return {
        kind: 'copied-out',
        content: await server.copyOut(request.sql, () => reply({ kind: 'progress' })),
      };
    case 'converse': {
      const pieces = new AnswerPieces(request.window, (piece) => reply({ kind: 'said', piece }));
      await server.converse(request.messages, (piece) => pieces.add(piece));
      pieces.flush();
      return { kind: 'conversed' };
    }
    case 'act-as':
      server.actAs(request.role, request.confined);
      return { kind: 'acting' };
  }
}

function failure(error: unknown): WorkerReply {
  if (error instanceof RefusedError) return { kind: 'refused', error: error.error };
  if (error instanceof DeadError) return { kind: 'dead', why: error.message };
  return { kind: 'dead', why: `its thread failed: ${messageOf(error)}` };
}
