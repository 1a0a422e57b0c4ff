import { type AddressInfo, createServer, type Server } from 'node:net';
import { LifeboatError, messageOf } from '../ground/errors.ts';
import { ClientConnection, type ConnectionHost } from './client-connection.ts';

/** Only this machine may connect, because the rows are those of a production database. */
const HOST = '127.0.0.1';

export interface ListenOptions extends Omit<ConnectionHost, 'cancel'> {
  /** 0: any free port. */
  readonly port: number;
  /** Called when the embedded server has failed. */
  readonly onFailure: (error: unknown) => void;
}

export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Ends every connection and stops listening. */
  close(): Promise<void>;
}

/** Listens for clients. Throws `browse-port-taken`, `browse-port-refused`. */
export async function listen({ port, onFailure, ...host }: ListenOptions): Promise<Listener> {
  const connections = new Set<ClientConnection>();
  const cancel = (processId: number, key: number) => {
    for (const { session, key: its } of connections) {
      if (session?.id === processId && its === key) host.server.cancel(session);
    }
  };
  const server = createServer((socket) => {
    const connection = new ClientConnection(socket, { ...host, cancel });
    connections.add(connection);
    connection
      .serve()
      .catch(onFailure)
      .finally(() => connections.delete(connection));
  });
  await opened(server, port);
  return {
    host: HOST,
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const connection of connections) connection.close();
      await closed;
    },
  };
}

async function opened(server: Server, port: number): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, HOST, resolve);
    });
  } catch (cause) {
    const isTaken = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE';
    throw new LifeboatError({
      code: isTaken ? 'browse-port-taken' : 'browse-port-refused',
      kind: 'usage',
      what: isTaken
        ? `Port ${port} of this machine is already in use.`
        : `Port ${port} cannot be used: ${messageOf(cause)}.`,
      remedy: 'Name another port with --port, or leave out --port to use any free one.',
      cause,
    });
  }
}
