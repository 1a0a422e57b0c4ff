import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly method: string;
  /** The path with its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Cuts the connection instead of answering. */
  readonly cut?: boolean;
  /** Never answers. */
  readonly silent?: boolean;
}

/** A service that takes messages, over HTTP on this machine. */
export interface Receiver {
  /** `127.0.0.1:40123` */
  readonly host: string;
  readonly received: Received[];
  /** What it answers to the next requests; 200 to those after. */
  answers: Answer[];
  /** What it answers when no other answer is left. */
  usual: Answer;
  stop(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece) => pieces.push(piece));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      receiver.received.push({ method, path: url, headers, body: Buffer.concat(pieces).toString('utf8') });
      const {
        status = 200,
        headers: sent = {},
        body = 'ok',
        cut,
        silent,
      } = receiver.answers.shift() ?? receiver.usual;
      if (silent) return;
      if (cut) request.socket.destroy();
      else response.writeHead(status, sent).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const receiver: Receiver = {
    host: `127.0.0.1:${port}`,
    received: [],
    answers: [],
    usual: {},
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return receiver;
}
