import type pg from 'pg';
import { LifeboatError } from '../ground/errors.ts';
import type { ConnectionSettings } from './connection-settings.ts';

const ROUNDS = 3;

/**
 * Refuses a pooler that gives each transaction to whichever server session is free, wherever it runs and whatever it is
 * called. Behind it neither locks nor settings stay with us: so it is asked before anything is set, which somebody else's
 * transaction would run with. One that keeps a server session for each of ours is fine. `openProbe` opens a second
 * connection; it is called only where something stands between: there the process that the server names is not the one
 * that the connection was told of.
 */
export async function refusePooledSessions(
  client: pg.Client,
  settings: ConnectionSettings,
  openProbe: () => Promise<pg.Client>,
): Promise<void> {
  const first = await serverProcess(client);
  if (first === toldProcess(client)) return;
  const probe = await openProbe();
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const theirs = await serverProcess(probe);
      const ours = await serverProcess(client);
      if (ours === first && ours !== theirs) continue;
      throw new LifeboatError({
        code: 'source-address-unusable',
        kind: 'source',
        what: `${settings.host}:${settings.port} is a pooler that gives each transaction another session of the server.`,
        meaning: 'A consistent backup needs sessions that stay, with their locks and their snapshot.',
        remedy: "Use the server's own address, or a pool in session mode (PgBouncer: pool_mode = session).",
      });
    }
  } finally {
    await probe.end();
  }
}

async function serverProcess(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: string }>('SELECT pg_catalog.pg_backend_pid()::text AS pid');
  return Number(rows[0]?.pid);
}

/** From BackendKeyData, which a pooler makes up for its clients; its type is not declared. */
function toldProcess(client: pg.Client): number | undefined {
  return 'processID' in client && typeof client.processID === 'number' ? client.processID : undefined;
}
