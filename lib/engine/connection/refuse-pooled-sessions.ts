import type pg from 'pg';
import { LifeboatError } from '../ground/errors.ts';
import type { ConnectionSettings } from './connection-settings.ts';

const ROUNDS = 3;

/**
 * Refuses a pooler that gives each transaction to any free server session. Behind such a pooler a client
 * keeps neither its locks nor its settings. The check runs before any SET, because the setting would stay for
 * somebody else's transaction. A pooler that keeps one server session for each client is accepted.
 * `openProbe` opens a second connection. It is called only if there is a pooler: then the server's process
 * differs from the one that the connection was told of.
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
        what: `${settings.host}:${settings.port} is a pooler that gives each transaction another server session.`,
        meaning: 'A consistent backup needs server sessions that keep their locks and their snapshot.',
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

/**
 * The process number from BackendKeyData, which a pooler invents for its clients. pg does not declare its
 * type.
 */
function toldProcess(client: pg.Client): number | undefined {
  return 'processID' in client && typeof client.processID === 'number' ? client.processID : undefined;
}
