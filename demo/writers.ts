import { setTimeout as pause } from 'node:timers/promises';
import type { PostgresServer } from '../test/support/postgres-server.ts';

/** Customers who keep ordering, each on its own connection. */
export interface Writers {
  /** Orders committed so far. */
  readonly committed: number;
  /** Ends each writer after its current order. Resolves to the number of orders. */
  stop(): Promise<number>;
}

/** Between two orders of one writer: a busy shop, not a benchmark. */
const PAUSE_MS = 4;

export async function startWriters(server: PostgresServer, count: number): Promise<Writers> {
  const clients = await Promise.all(Array.from({ length: count }, () => server.connect('shop')));
  let committed = 0;
  let open = true;
  const running = clients.map(async (client, index) => {
    for (let order = 0; open; order += 1) {
      await client.query('SELECT place_order($1, $2)', [
        1 + ((index * 6007 + order * 13) % 20_000),
        1 + (order % 4),
      ]);
      committed += 1;
      await pause(PAUSE_MS);
    }
    await client.end();
  });
  // stop() reports a failed writer. Until then the rejection must not count as unhandled.
  for (const writer of running) writer.catch(() => {});
  return {
    get committed() {
      return committed;
    },
    async stop() {
      open = false;
      await Promise.all(running);
      return committed;
    },
  };
}
