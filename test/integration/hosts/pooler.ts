import { createServer, type Socket } from 'node:net';
import pg from 'pg';

/** How long a client keeps a session of the server: as PgBouncer's pool_mode says it. */
export type PoolMode = 'session' | 'transaction';

export interface Pooler {
  readonly port: number;
  /** Every query that was passed on. */
  readonly queries: readonly string[];
  close(): Promise<void>;
}

interface Upstream {
  readonly client: pg.Client;
  readonly socket: Socket;
}

const SSL_REQUEST = 80_877_103;

/** What PgBouncer does, for simple queries of one user: its clients log in without a password. */
export async function startPooler(url: string, mode: PoolMode): Promise<Pooler> {
  const sockets = new Set<Socket>();
  const upstreams: Upstream[] = [];
  const idle: Upstream[] = [];
  const queries: string[] = [];

  async function acquire(): Promise<Upstream> {
    const free = mode === 'transaction' ? idle.pop() : undefined;
    if (free) return free;
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    await client.connect();
    const { stream: socket } = (client as unknown as { connection: { stream: Socket } }).connection;
    socket.removeAllListeners('data');
    const upstream = { client, socket };
    upstreams.push(upstream);
    return upstream;
  }

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    let held: Upstream | undefined;
    let started = false;
    let received = Buffer.alloc(0);
    let turn = Promise.resolve();
    socket.on('data', (data: Buffer) => {
      received = Buffer.concat([received, data]);
      for (let message = next(); message; message = next()) {
        const one = message;
        turn = turn.then(() => answer(one));
      }
    });

    function next(): Buffer | undefined {
      const at = started ? 1 : 0;
      if (received.length < at + 4) return undefined;
      const length = at + received.readInt32BE(at);
      if (received.length < length) return undefined;
      const message = received.subarray(0, length);
      received = received.subarray(length);
      if (!started && message.readInt32BE(4) !== SSL_REQUEST) started = true;
      return message;
    }

    async function answer(message: Buffer): Promise<void> {
      if (message[0] === 0) {
        if (message.readInt32BE(4) === SSL_REQUEST) socket.write('N');
        else
          socket.write(
            Buffer.concat([tagged('R', [0]), tagged('K', [4711, 1]), Buffer.from('Z\0\0\0\x05I')]),
          );
        return;
      }
      if (String.fromCharCode(message[0] ?? 0) === 'X') {
        socket.end();
        return;
      }
      if (message[0] === 'Q'.charCodeAt(0)) queries.push(message.toString('utf8', 5, message.length - 1));
      held ??= await acquire();
      const inTransaction = await exchange(held.socket, message, socket);
      if (mode === 'transaction' && !inTransaction) {
        idle.push(held);
        held = undefined;
      }
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    queries,
    port: address && typeof address === 'object' ? address.port : 0,
    async close() {
      for (const socket of sockets) socket.destroy();
      for (const { socket } of upstreams) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Passes one query on and its answer back. Answers with whether the session is inside a transaction then. */
function exchange(upstream: Socket, message: Buffer, client: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    let answer = Buffer.alloc(0);
    const onData = (data: Buffer) => {
      client.write(data);
      answer = Buffer.concat([answer, data]);
      for (;;) {
        if (answer.length < 5) return;
        const length = 1 + answer.readInt32BE(1);
        if (answer.length < length) return;
        if (answer[0] === 'Z'.charCodeAt(0)) {
          upstream.off('data', onData);
          resolve(answer[5] !== 'I'.charCodeAt(0));
          return;
        }
        answer = answer.subarray(length);
      }
    };
    upstream.on('data', onData);
    upstream.write(message);
  });
}

function tagged(type: string, integers: readonly number[]): Buffer {
  const message = Buffer.alloc(5 + integers.length * 4);
  message.write(type, 'latin1');
  message.writeInt32BE(4 + integers.length * 4, 1);
  for (const [index, value] of integers.entries()) message.writeInt32BE(value, 5 + index * 4);
  return message;
}
