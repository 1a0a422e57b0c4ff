import { setTimeout as delay } from 'node:timers/promises';
import type { PostgresServer } from '../../support/postgres-server.ts';

/** Clients that read and write all the time, each in transactions of one statement. */
export interface BusyClients {
  /** How many statements each client has completed. */
  completed(): readonly number[];
  /** Resolves when every client has completed so many more statements than now. */
  progress(statements: number): Promise<void>;
  /** Ends them; gives the longest that any statement took, and the errors that were not expected. */
  stop(): Promise<{
    readonly longestMs: number;
    readonly errors: readonly string[];
    readonly statements: number;
  }>;
}

export interface BusyOptions {
  readonly database: string;
  readonly clients: number;
  /** The statements of a client, which it runs again and again. */
  readonly statements: (client: number) => readonly string[];
  /** SQLSTATEs of errors that a client must expect: 42P01 while a table is lost. */
  readonly expects?: readonly string[];
}

export async function busyClients(server: PostgresServer, options: BusyOptions): Promise<BusyClients> {
  const { database, clients, statements, expects = [] } = options;
  const counts = Array.from({ length: clients }, () => 0);
  const errors: string[] = [];
  let longestMs = 0;
  let isStopping = false;
  const run = async (number: number) => {
    const client = await server.connect(database);
    try {
      for (let at = 0; !isStopping; at += 1) {
        const own = statements(number);
        const startedAt = performance.now();
        await client
          .query(own[at % own.length] ?? 'SELECT')
          .catch((error: { code?: string; message: string }) => {
            // The connection is gone.
            if (error.code === undefined) isStopping = true;
            if (!expects.includes(error.code ?? '')) errors.push(`${error.code}: ${error.message}`);
          });
        longestMs = Math.max(longestMs, performance.now() - startedAt);
        counts[number] = (counts[number] ?? 0) + 1;
      }
    } finally {
      await client.end();
    }
  };
  const running = counts.map((_, number) => run(number));
  return {
    completed: () => [...counts],
    async progress(wanted) {
      const goals = counts.map((count) => count + wanted);
      while (!isStopping && goals.some((goal, number) => (counts[number] ?? 0) < goal)) await delay(10);
    },
    async stop() {
      isStopping = true;
      await Promise.all(running);
      return { longestMs, errors, statements: counts.reduce((sum, count) => sum + count, 0) };
    },
  };
}
