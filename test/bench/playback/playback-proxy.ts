import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { AnswerFrames } from './answer-frames.ts';
import { type ClientMessage, clientMessages, sqlOf } from './client-messages.ts';
import { RecordedAnswers, type Recording } from './recorded-answers.ts';

/** One statement that sends rows to the client, and nothing behind it; before it, what Lifeboat locks the table with. */
const COPY_OUT = /^(?:ROLLBACK TO [^;]*; (?:LOCK [^;]*; )?)?COPY\s[^;]*\sTO STDOUT\b[^;]*;?\s*$/i;
/** Query, FunctionCall, Sync: what a server answers with ReadyForQuery (PostgreSQL manual, "Message Flow"). */
const ENDS_WITH_READY = new Set(['Q', 'F', 'S']);

export interface PlaybackProxy {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * A line to a server of this machine that makes it look as if it were another machine's: everything passes as it is, but the
 * answer to a `COPY … TO STDOUT` (as a simple query) is recorded when it is first given, and from then on played back, so
 * that the server's work of writing rows as text is done by nobody.
 *
 * It is no network: neither latency nor a limit of bandwidth is added, and who waits here waits for no more than a socket
 * of this machine, so that what is measured through it is a lower bound of the waiting.
 *
 * A statement's text and whether it comes in a transaction are all that an answer is known by: everybody asks for the same
 * database, of the same contents, in the same settings. TLS is declined. Errors are never played back.
 *
 * `onCopyAsked` is told of every such statement that the server has to answer itself.
 */
export async function startPlaybackProxy(
  target: { readonly port: number },
  onCopyAsked: () => void = () => {},
): Promise<PlaybackProxy> {
  const answers = new RecordedAnswers();
  const sockets = new Set<Socket>();
  const listener = createServer({ noDelay: true }, (client) => {
    const server = connect({ port: target.port, host: '127.0.0.1', noDelay: true });
    for (const socket of [client, server]) {
      sockets.add(socket);
      // Whoever reads or writes learns of it.
      socket.on('error', () => {});
      socket.once('close', () => sockets.delete(socket));
    }
    void passOn(client, server, answers, onCopyAsked);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    port: (listener.address() as AddressInfo).port,
    async stop() {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

/** One connection, until either end closes it. */
async function passOn(
  client: Socket,
  server: Socket,
  answers: RecordedAnswers,
  onCopyAsked: () => void,
): Promise<void> {
  const frames = new AnswerFrames();
  /** Of the last ReadyForQuery. */
  let status = '';
  /** How many times the server still has to say that it is ready; once after connecting. */
  let answersUnderWay = 1;
  let recording: Recording | undefined;
  /** Nothing that the server says by itself may come between the pieces of an answer that is played back. */
  let playing: Promise<void> = Promise.resolve();

  function listenTo(piece: Buffer): void {
    let at = 0;
    for (;;) {
      const ended = frames.read(piece, at);
      recording?.add(piece.subarray(at, ended?.end ?? piece.length));
      if (!ended) return;
      ({ status, end: at } = ended);
      answersUnderWay -= 1;
      if (ended.hasFailed) recording?.drop();
      else recording?.keep();
      recording = undefined;
    }
  }

  /** The answer to be played back; else, when it is worth it, listens to the one that the server will give. */
  function recall(message: ClientMessage): readonly Buffer[] | undefined {
    if (message.type !== 'Q') return undefined;
    const sql = sqlOf(message);
    if (!COPY_OUT.test(sql)) return undefined;
    // Behind other questions it would be answered before them.
    const key = answersUnderWay === 0 ? `${status} ${sql}` : undefined;
    const answer = key === undefined ? undefined : answers.get(key);
    if (answer) return answer;
    onCopyAsked();
    if (key !== undefined) recording = answers.record(key);
    return undefined;
  }

  async function fromClient(): Promise<void> {
    for await (const message of clientMessages(client)) {
      if (message.type === 'encryption') {
        await send(client, Buffer.from('N'));
        continue;
      }
      const answer = recall(message);
      if (answer) {
        playing = play(client, answer);
        await playing;
        continue;
      }
      if (ENDS_WITH_READY.has(message.type)) answersUnderWay += 1;
      await send(server, message.bytes);
    }
    server.end();
  }

  async function fromServer(): Promise<void> {
    for await (const piece of server) {
      await playing;
      listenTo(piece);
      await send(client, piece);
    }
    client.end();
  }

  try {
    await Promise.all([fromClient(), fromServer()]);
  } catch {
    // One of the two hung up; the other one learns it by what follows.
  } finally {
    recording?.drop();
    client.destroy();
    server.destroy();
  }
}

async function play(client: Socket, answer: readonly Buffer[]): Promise<void> {
  for (const block of answer) await send(client, block);
}

/** Resolves when the kernel has taken the bytes: nobody reads on before. */
function send(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
