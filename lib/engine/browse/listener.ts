import { type AddressInfo, createServer, type Server } from 'node:net';
import { LifeboatError, messageOf } from '../ground/errors.ts';
import { ClientConnection, type ConnectionHost } from './client-connection.ts';

/** Only from this machine: what is shown are the rows of somebody's production. */
const HOST = '127.0.0.1';

export interface ListenOptions extends Omit<ConnectionHost, 'cancel'> {
  /** 0: any that is free. */
  readonly port: number;
  /** The server cannot be had any more. */
  readonly onFailure: (error: unknown) => void;
}

export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Ends every connection, and listens no more. */
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
        ? `Port ${port} of this machine is taken.`
        : `Port ${port} cannot be used: ${messageOf(cause)}.`,
      remedy: 'Name another one with --port, or none.',
      cause,
    });
  }
}
